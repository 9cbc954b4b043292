"""Delete my account: the week between asking for it and its beginning, and what is in its way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail

from accounts.domain import Role
from accounts.models import Erasure
from accounts.privacy import due
from accounts.privacy.erasing import ErasureRefused, ask_for_erasure, take_back
from accounts.privacy.obstacles import RUNS_THE_PLATFORM
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.dynamodb import Unavailable
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from organizations.services.members import change_member
from tests.accounts.privacy.conftest import Clock
from tests.factories import NOW, make_entry
from tests.fixtures.faults import Faults
from tests.fixtures.people import Person, show_proof

URL = "/settings/delete/"
WEEK = NOW.replace(microsecond=0) + timedelta(days=7)


def words(response: object) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())  # type: ignore[attr-defined]
    return " ".join(text.split())


def actions(person: Person) -> list[str]:
    return [each.action for each in AuditRepository(person_subject(person.user_id)).all()]


def test_it_waits_seven_days_and_the_person_is_told(alice: Person, time: Clock) -> None:
    erase_at = ask_for_erasure(alice.user, by=alice.profile)
    time.move(days=1)
    again = ask_for_erasure(alice.user, by=alice.profile)

    alice.user.refresh_from_db()
    assert erase_at == again == alice.user.erase_at == WEEK
    assert [each.subject for each in mail.outbox] == ["Your account will be deleted on 29 November 2026"]
    assert actions(alice) == ["account.erasure_asked"]
    assert list(due.due()) == []


def test_it_is_taken_back_with_one_click_and_nothing_has_changed(alice: Person, time: Clock) -> None:
    ask_for_erasure(alice.user, by=alice.profile)
    banner = words(alice.client.get("/entries/"))

    response = alice.client.post("/settings/keep/", follow=True)

    alice.user.refresh_from_db()
    assert "Your account will be deleted on 29 November 2026" in banner
    assert "Your account stays." in words(response)
    assert "will be deleted on" not in words(response)
    assert alice.user.erase_at is None
    assert not Erasure.objects.exists()
    assert actions(alice) == ["account.erasure_asked", "account.erasure_taken_back"]
    assert mail.outbox[-1].subject == "Your account stays"


def test_once_it_has_begun_it_cannot_be_taken_back_and_nobody_gets_in(alice: Person, time: Clock) -> None:
    ask_for_erasure(alice.user, by=alice.profile)
    time.move(days=7)

    assert due.begin(alice.user_id) is None

    assert take_back(alice.user, by=alice.profile) is False
    assert alice.client.get("/entries/").status_code == 302
    alice.user.refresh_from_db()
    assert (alice.user.is_active, alice.user.has_usable_password()) == (False, False)


def test_staff_asks_in_the_persons_own_trail(alice: Person, grace: Person, time: Clock) -> None:
    ask_for_erasure(alice.user, by=grace.stored_profile())

    assert actions(alice) == ["staff.erasure_started"]
    assert "The staff of CarbonTrack is going to delete your account." in mail.outbox[-1].body


def test_where_the_trail_cannot_be_written_nothing_is_asked_for(alice: Person, faults: Faults) -> None:
    faults.fail("TransactWriteItems", times=100)

    with pytest.raises(Unavailable):
        ask_for_erasure(alice.user, by=alice.profile)

    alice.user.refresh_from_db()
    assert (alice.user.erase_at, Erasure.objects.count(), mail.outbox) == (None, 0, [])


def test_the_last_administrator_hands_over_first(alice: Person, bob: Person, acme: Organization) -> None:
    refused = alice.client.post(URL, {"understood": "on"})
    with pytest.raises(ErasureRefused, match="Acme has no other administrator"):
        ask_for_erasure(alice.user, by=alice.stored_profile())
    _promote(alice, bob)
    asked = alice.client.post(URL, {"understood": "on"})

    assert refused.status_code == 422
    assert "Acme has no other administrator. Make somebody else" in words(refused)
    assert "Delete my account in 7 days" not in words(refused)
    assert (asked.status_code, Erasure.objects.count()) == (302, 1)


def test_who_runs_the_platform_gives_that_away_first(grace: Person) -> None:
    with pytest.raises(ErasureRefused, match=RUNS_THE_PLATFORM):
        ask_for_erasure(grace.user, by=grace.stored_profile())


def test_what_came_in_its_way_since_makes_it_wait_and_is_mailed_once(
    alice: Person, bob: Person, acme: Organization, time: Clock
) -> None:
    _promote(alice, bob)
    ask_for_erasure(alice.user, by=alice.stored_profile())
    _demote(alice, bob)
    time.move(days=8)
    mail.outbox.clear()

    waiting = [due.begin(alice.user_id), due.begin(alice.user_id)]

    assert all(each is not None and "Acme has no other" in each.reason for each in waiting)
    assert [each.subject for each in mail.outbox] == ["Your account cannot be deleted yet"]
    alice.user.refresh_from_db()
    assert alice.user.is_active
    _promote(alice, bob)
    assert due.begin(alice.user_id) is None


def test_the_page_says_what_goes_and_what_remains_in_whose_totals(bob: Person, acme: Organization) -> None:
    record_entries(bob.user_id, [make_entry(1, user_id=bob.user_id)])
    work = make_entry(2, user_id=bob.user_id, organization_id=acme.id)
    record_entries(bob.user_id, [work], organization=acme)

    page = words(bob.client.get(URL))

    assert "Your 2 entries, archived ones too" in page
    assert "Your membership of Acme." in page
    assert "In the totals of Acme: the kg CO2e of the 1 entry you logged for it" in page


def test_a_form_without_the_tick_comes_back_and_a_stale_session_is_asked_first(alice: Person) -> None:
    response = alice.client.post(URL, {})
    show_proof(alice.client, alice.user, seconds_ago=3600)
    stale = alice.client.post(URL, {"understood": "on"})

    assert response.status_code == 422
    assert "Tick this first" in words(response)
    assert "/reauthenticate/" in stale["Location"]
    assert not Erasure.objects.exists()


def _promote(actor: Person, member: Person) -> None:
    _set_role(actor, member, Role.ORG_ADMIN)


def _demote(actor: Person, member: Person) -> None:
    _set_role(actor, member, Role.USER)


def _set_role(actor: Person, member: Person, role: Role) -> None:
    change_member(
        actor.stored_profile(),
        member.user_id,
        role=role,
        department_id=None,
        managed_departments=None,
        seen_version=member.stored_profile().membership_version,
    )
