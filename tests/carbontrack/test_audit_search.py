"""Looking through all trails at once: by whom, to whom, in which trail, what, when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from carbontrack import audit_search
from carbontrack.audit import (
    PLATFORM_SUBJECT,
    AuditRecord,
    AuditRepository,
    organization_subject,
    person_subject,
)
from carbontrack.audit_search import Search
from carbontrack.dynamodb import InvalidCursor, WriteTransaction, count_requests

pytestmark = pytest.mark.dynamodb

LAST = date(2026, 3, 31)
MARCH = Search(since=date(2026, 3, 1), until=LAST)


def note(subject: str, day: int, action: str = "member.left", **values: Any) -> None:
    """A record of a day in March, at noon."""
    defaults: dict[str, Any] = {"actor_id": "alice", "actor_name": "Alice", "about": f"Day {day}"}
    record = AuditRecord(action=action, at=datetime(2026, 3, day, 12, tzinfo=UTC), **(defaults | values))
    with WriteTransaction() as transaction:
        AuditRepository(subject).add(record, transaction=transaction)


def days(search: Search, cursor: str | None = None) -> list[str]:
    return [record.about for record in search.page(cursor).items]


def test_without_anybody_named_every_trail_is_looked_through_day_by_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_search, "DAYS_A_PAGE", 14)
    note(organization_subject("acme"), 31)
    note(person_subject("bob"), 30)
    note(PLATFORM_SUBJECT, 20)
    note(PLATFORM_SUBJECT, 2)
    search = MARCH

    with count_requests() as meter:
        first = search.page()
    second = search.page(first.next_cursor)
    third = search.page(second.next_cursor)

    assert [record.about for record in first.items] == ["Day 31", "Day 30", "Day 20"]
    assert [record.subject for record in first.items] == ["organization#acme", "user#bob", "platform"]
    assert meter.count == 14
    assert (second.items, second.next_cursor is None) == ((), False)
    assert [record.about for record in third.items] == ["Day 2"]
    assert third.next_cursor is None
    assert [record.about for record in search.all()] == ["Day 31", "Day 30", "Day 20", "Day 2"]


def test_page_that_is_full_within_a_day_goes_on_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_search, "PAGE_SIZE", 2)
    for number in range(3):
        note(person_subject(f"p{number}"), 31)
    note(PLATFORM_SUBJECT, 30)
    search = MARCH

    seen: list[str] = []
    cursor: str | None = None
    for _ in range(9):
        page = search.page(cursor)
        seen += [record.subject for record in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(seen) == ["platform", "user#p0", "user#p1", "user#p2"]


def test_search_is_narrowed_by_whom_to_whom_trail_action_and_days() -> None:
    note(organization_subject("acme"), 10, "support.opened", actor_id="grace", about_id="acme")
    note(person_subject("bob"), 11, "staff.role_changed", actor_id="grace", about_id="bob")
    note(person_subject("bob"), 12, "account.signed_in", actor_id="bob", about_id="bob")
    note(PLATFORM_SUBJECT, 13, "factors.published", actor_id="alice")

    assert days(replace(MARCH, actor_id="grace")) == ["Day 11", "Day 10"]
    assert days(replace(MARCH, actor_id="grace", about_id="bob")) == ["Day 11"]
    assert days(replace(MARCH, about_id="bob")) == ["Day 12", "Day 11"]
    assert days(replace(MARCH, subject=person_subject("bob"))) == ["Day 12", "Day 11"]
    assert days(replace(MARCH, subject=person_subject("bob"), actions="account.")) == ["Day 12"]
    assert days(Search(since=LAST - timedelta(days=20), until=LAST, actor_id="grace")) == ["Day 11"]
    assert days(Search(since=date(2026, 3, 1), until=date(2026, 3, 10), actor_id="grace")) == ["Day 10"]
    assert days(Search(since=date(2026, 3, 20), until=LAST, actions="factors.")) == []


def test_one_named_search_is_one_request() -> None:
    for day in range(1, 6):
        note(person_subject("bob"), day)

    with count_requests() as meter:
        replace(MARCH, actor_id="alice").page()

    assert meter.count == 1


def test_probe_06_cursor_of_another_search_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_search, "PAGE_SIZE", 1)
    for day in (30, 31):
        note(person_subject("bob"), day, about_id="bob")
    by_days = MARCH.page().next_cursor
    by_alice = replace(MARCH, actor_id="alice").page().next_cursor
    assert by_days
    assert by_alice

    for search, cursor in (
        (Search(since=date(2026, 3, 2), until=LAST), by_days),
        (replace(MARCH, about_id="bob"), by_alice),
        (replace(MARCH, actor_id="alice"), by_days),
        (MARCH, by_days[:-1] + ("a" if by_days[-1] != "a" else "b")),
    ):
        with pytest.raises(InvalidCursor):
            search.page(cursor)
