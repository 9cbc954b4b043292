"""The list of everybody: its order, its pages, and how it is narrowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from accounts.domain import Role
from accounts.models import User
from accounts.staff import directory
from accounts.staff.directory import Filters, PersonRow, State, people_page
from carbontrack.dynamodb import InvalidCursor, count_requests, update_item
from carbontrack.dynamodb.tables import USERS
from tests.fixtures.people import Person, make_user


def emails(filters: Filters | None = None) -> list[str]:
    """The names before the @ of all pages, one after the other."""
    return [row.email.partition("@")[0] for row in _all(filters or Filters())]


def _all(filters: Filters) -> Iterator[PersonRow]:
    cursor: str | None = None
    while True:
        page = people_page(filters, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


@pytest.fixture
def people(alice: Person, bob: Person) -> None:
    """alice, bob, a bear who never confirmed nor signed in, a boa that is disabled, a cat to be deleted."""
    make_user("bear@example.com", verified=False)
    make_user("boa@example.com")
    make_user("cat@example.com")
    User.objects.filter(email="boa@example.com").update(is_active=False)
    User.objects.filter(email="cat@example.com").update(erase_at=datetime(2026, 12, 1, tzinfo=UTC))
    update_item(USERS, {"user_id": bob.user_id}, set={"role": Role.ORG_ADMIN.value})


def test_everybody_is_listed_by_address_and_narrowed_by_state_role_prefix_and_id(
    people: None, alice: Person
) -> None:
    assert emails() == ["alice", "bear", "boa", "bob", "cat"]
    assert emails(Filters(text="BO")) == ["boa", "bob"]
    assert emails(Filters(text=alice.user_id)) == ["alice"]
    assert emails(Filters(text="%")) == []
    assert emails(Filters(state=State.ACTIVE)) == ["alice", "bob"]
    assert emails(Filters(state=State.UNVERIFIED)) == ["bear"]
    assert emails(Filters(state=State.DISABLED)) == ["boa"]
    assert emails(Filters(state=State.ERASING)) == ["cat"]
    assert emails(Filters(role=Role.ORG_ADMIN)) == ["bob"]


def test_probe_06_pages_follow_each_other_and_a_cursor_opens_no_other_list(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE_SIZE", 2)

    with count_requests() as meter:
        first = people_page(Filters())

    assert meter.count == 1
    assert [row.profile.name if row.profile else None for row in first.items] == ["Alice", None]
    assert emails() == ["alice", "bear", "boa", "bob", "cat"]
    for filters in (Filters(text="b"), Filters(state=State.ACTIVE), Filters(role=Role.USER)):
        with pytest.raises(InvalidCursor):
            people_page(filters, first.next_cursor)


def test_looking_for_a_role_stops_somewhere_and_goes_on_there(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_LOOKED_AT", 3)
    monkeypatch.setattr(directory, "_CHUNK", 2)

    page = people_page(Filters(role=Role.ORG_ADMIN))

    assert page.items == ()
    assert page.next_cursor
    assert emails(Filters(role=Role.ORG_ADMIN)) == ["bob"]
