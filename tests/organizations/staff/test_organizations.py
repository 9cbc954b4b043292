"""Organizations in the staff console: found, looked at, suspended, restored, handed over."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import InvalidCursor, count_requests
from organizations.domain import Organization
from organizations.repositories import directory
from organizations.repositories.directory import DirectoryRepository, OrganizationState
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.views.work.logged import log
from tests.fixtures.organizations import SALES, make_organization
from tests.fixtures.people import Person
from tests.organizations.suspended import store, suspend
from tests.pages import text_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIST = "/staff/organizations/"
REASON = "Two people asked for it in writing."


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page_of(organization: Organization, act: str = "") -> str:
    return f"{LIST}{organization.id}/{act}"


def names_in(response: Any) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', response.content.decode())


def found(beginning: str = "", state: OrganizationState | None = None) -> list[str]:
    return [each.name for each in DirectoryRepository().page(beginning, state).items]


def stored(organization: Organization) -> Organization:
    return OrganizationRepository(organization.id).get()


def errors_in(response: Any) -> list[str]:
    return re.findall(r'id="id_(\w+)_error"', response.content.decode())


# -- The list -----------------------------------------------------------------------------------------------


def test_they_are_found_by_the_beginning_of_a_name_however_it_is_typed(dynamodb: None) -> None:
    for name in ("Zebra", "élan Énergie", "Elandia", "acme"):
        make_organization(str(ULID()), name=name, departments=())

    assert found() == ["acme", "élan Énergie", "Elandia", "Zebra"]
    assert found("ELAN") == ["élan Énergie", "Elandia"]
    assert found("landia") == []
    assert found("elan#") == []


def test_they_are_narrowed_to_what_became_of_them(acme: Organization, globex: Organization) -> None:
    make_organization(str(ULID()), name="Initech")
    suspend(acme)
    store(globex, deleting_at=NOW, suspended_at=NOW)

    assert {state: found(state=state) for state in OrganizationState} == {
        OrganizationState.ACTIVE: ["Initech"],
        OrganizationState.SUSPENDED: ["Acme"],
        OrganizationState.DELETING: ["Globex"],
    }


def test_pages_follow_each_other_and_their_cursors_fit_nowhere_else(
    dynamodb: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE_SIZE", 2)
    for name in ("A1", "A2", "A3", "B1"):
        make_organization(str(ULID()), name=name, departments=())

    first = DirectoryRepository().page("a")
    second = DirectoryRepository().page("a", cursor=first.next_cursor)

    assert [each.name for each in (*first.items, *second.items)] == ["A1", "A2", "A3"]
    assert second.next_cursor is None
    with pytest.raises(InvalidCursor):
        DirectoryRepository().page("b", cursor=first.next_cursor)


def test_a_page_costs_a_query_and_a_batch_whatever_is_on_it(
    acme: Organization, globex: Organization, grace: Person
) -> None:
    with count_requests() as meter:
        response = grace.client.get(LIST)

    assert names_in(response) == ["Acme", "Globex"]
    assert "2 members" in text_of(response)
    assert [each.operation for each in meter.requests] == ["get_item", "query", "batch_get_item"]


def test_the_address_has_what_is_looked_for_and_an_id_finds_one(
    acme: Organization, globex: Organization, grace: Person
) -> None:
    assert names_in(grace.client.get(LIST, {"q": "GLO"})) == ["Globex"]
    assert names_in(grace.client.get(LIST, {"q": acme.id})) == ["Acme"]
    nothing = text_of(grace.client.get(LIST, {"q": "nobody\x00", "state": "x"}))
    assert "Nothing fits" in nothing


# -- One of them --------------------------------------------------------------------------------------------


def test_use_is_told_and_kg_only_where_its_own_administrators_see_them(
    acme: Organization, grace: Person
) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-11", SALES, "ab", "7")

    with count_requests() as meter:
        text = text_of(grace.client.get(page_of(acme)))

    assert "Oct 2026 3 3 30 kg CO2e" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Nov 2026 2 2 withheld" in text
    assert "14 kg" not in text
    assert "Alice alice@example.com No department Administrator" in text
    assert meter.count == 5


@pytest.mark.parametrize("act", ["", "suspend/", "hand-over/", "visit/"])
@pytest.mark.parametrize("organization_id", ["01HS0000000000000000000NONE", "a#b", "x" * 60])
def test_an_id_of_nothing_is_nothing_here(grace: Person, act: str, organization_id: str) -> None:
    response = grace.client.get(f"{LIST}{organization_id.replace('#', '%23')}/{act}")

    assert response.status_code == 404


# -- What staff do ------------------------------------------------------------------------------------------


def test_suspending_says_what_stops_takes_a_reason_and_can_be_taken_back(
    acme: Organization, grace: Person
) -> None:
    asked = grace.client.get(page_of(acme, "suspend/"))
    short = grace.client.post(page_of(acme, "suspend/"), {"reason": "because"})
    before = stored(acme)
    done = grace.client.post(page_of(acme, "suspend/"), {"reason": REASON}, follow=True)
    suspended_at = stored(acme).suspended_at
    restored = grace.client.post(page_of(acme, "restore/"), follow=True)

    assert "Nobody logs or imports work for it" in text_of(asked)
    assert (short.status_code, errors_in(short), before) == (422, ["reason"], acme)
    assert "because</textarea>" in short.content.decode()
    assert "Acme is suspended" in text_of(done)
    assert suspended_at == NOW
    assert "Acme is open again" in text_of(restored)
    assert stored(acme).suspended_at is None


def test_handing_over_names_a_member_or_invites_and_keeps_what_was_typed(
    acme: Organization, alice: Person, bob: Person, grace: Person
) -> None:
    url = page_of(acme, "hand-over/")
    filled = grace.client.get(url, {"email": "bob@example.com"})
    wrong = grace.client.post(url, {"email": "bob", "reason": "no"})
    refused = grace.client.post(url, {"email": "alice@example.com", "reason": REASON})
    done = grace.client.post(url, {"email": "bob@example.com", "reason": REASON}, follow=True)
    invited = grace.client.post(url, {"email": "dana@example.com", "reason": REASON}, follow=True)

    assert 'value="bob@example.com"' in filled.content.decode()
    assert (wrong.status_code, errors_in(wrong)) == (422, ["email", "reason"])
    assert (refused.status_code, errors_in(refused)) == (422, ["email"])
    assert REASON in refused.content.decode()
    assert "Bob now administers Acme" in text_of(done)
    assert bob.stored_profile().is_full_organization_admin
    assert "dana@example.com is invited to administer Acme." in text_of(invited)
    assert [message.to for message in mail.outbox] == [["bob@example.com"], ["dana@example.com"]]


def test_one_that_is_being_deleted_offers_nothing_and_refuses(acme: Organization, grace: Person) -> None:
    store(acme, deleting_at=NOW)

    shown = grace.client.get(page_of(acme)).content.decode()
    answers = [
        grace.client.post(page_of(acme, "suspend/"), {"reason": REASON}),
        grace.client.post(page_of(acme, "hand-over/"), {"email": "bob@example.com", "reason": REASON}),
        grace.client.post(page_of(acme, "restore/")),
    ]

    assert "hand-over" not in shown
    assert "suspend/" not in shown
    assert [each.status_code for each in answers] == [409, 409, 409]
