"""Suspending, restoring and handing over: what stops, what goes on, who is told, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core import mail

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS, USERS
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.organization_items import item_key
from organizations.repositories.organizations import NOBODY_JOINS, OrganizationRepository
from organizations.services import acceptance, handing_over, suspension
from organizations.services.acceptance import accept
from organizations.services.changes import SUSPENDED
from organizations.services.refusals import InvitationRefused, Refusal
from tests.fixtures.people import Person
from tests.organizations import suspended
from tests.organizations.invitations import (
    TEN_O_CLOCK,
    address_of,
    dana,
    link_of,
    mailed_tokens,
    raw_items,
    send,
)
from tests.organizations.members import counters, records

NOW = TEN_O_CLOCK
REASON = "Its administrator asked for it by phone."


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def stored(organization: Organization) -> Organization:
    return OrganizationRepository(organization.id).get()


def hand_over(actor: Person, organization: Organization, email: str) -> Any:
    return handing_over.hand_over(
        actor.stored_profile(), stored(organization), email, reason=REASON, address_of=address_of
    )


# -- Suspending ---------------------------------------------------------------------------------------------


def test_suspending_and_restoring_leaves_everything_as_it_was(acme: Organization, grace: Person) -> None:
    before = raw_items(acme)

    suspended_one = suspension.suspend(grace.stored_profile(), acme.id, reason=REASON)
    again = suspension.suspend(grace.stored_profile(), acme.id, reason="Once more, to be sure.")
    restored = suspension.restore(grace.stored_profile(), acme.id)
    suspension.restore(grace.stored_profile(), acme.id)

    assert suspended_one == again
    assert suspended_one.suspended_at == NOW
    assert restored == replace(acme, version=3)
    assert [each | {"version": 1} for each in raw_items(acme)] == before
    assert records(acme) == [
        ("organization.suspended", "Grace", "Acme", {}, {"reason": REASON}),
        ("organization.restored", "Grace", "Acme", {}, {}),
    ]
    told = [(message.to, message.subject) for message in mail.outbox]
    assert told == [
        (["alice@example.com"], "Acme is suspended in CarbonTrack"),
        (["alice@example.com"], "Acme is open again in CarbonTrack"),
    ]
    assert REASON in mail.outbox[0].body


def test_a_change_by_its_own_administrator_at_the_same_moment_does_not_keep_it_open(
    acme: Organization, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = OrganizationRepository.get

    def read_then_changed(self: OrganizationRepository) -> Organization:
        organization = read(self)
        monkeypatch.setattr(OrganizationRepository, "get", read)
        suspended.store(organization, name="Acme Ltd")
        return organization

    monkeypatch.setattr(OrganizationRepository, "get", read_then_changed)
    suspension.suspend(grace.stored_profile(), acme.id, reason=REASON)

    assert (stored(acme).name, stored(acme).suspended_at) == ("Acme Ltd", NOW)


def test_one_that_is_being_deleted_is_not_suspended(acme: Organization, grace: Person) -> None:
    suspended.store(acme, deleting_at=NOW)

    with pytest.raises(OrganizationConflict):
        suspension.suspend(grace.stored_profile(), acme.id, reason=REASON)

    assert (stored(acme).suspended_at, records(acme)) == (None, [])


def test_nobody_is_invited_to_one_that_is_suspended(acme: Organization, alice: Person) -> None:
    suspended.suspend(acme)

    with pytest.raises(OrganizationConflict) as refused:
        send(alice, "dana@example.com")

    assert (refused.value.sentence, mail.outbox) == (SUSPENDED, [])


def test_an_invitation_waits_until_it_is_restored(acme: Organization, alice: Person, grace: Person) -> None:
    token, guest = send(alice, "dana@example.com"), dana()
    suspended.suspend(acme)

    with pytest.raises(InvitationRefused) as refused:
        accept(guest.stored_profile(), link_of(token), email_is_verified=True, moving_from=None)
    suspension.restore(grace.stored_profile(), acme.id)
    accept(guest.stored_profile(), link_of(token), email_is_verified=True, moving_from=None)

    assert refused.value.refusal is Refusal.ORGANIZATION_SUSPENDED
    assert guest.stored_profile().organization_id == acme.id


def test_who_accepts_while_it_is_being_suspended_does_not_join(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, guest = send(alice, "dana@example.com"), dana()
    join = acceptance._join

    def late(*args: Any) -> None:
        suspended.suspend(acme)
        join(*args)

    monkeypatch.setattr(acceptance, "_join", late)
    with pytest.raises(OrganizationConflict) as conflict:
        accept(guest.stored_profile(), link_of(token), email_is_verified=True, moving_from=None)

    assert conflict.value.sentence == NOBODY_JOINS
    assert guest.stored_profile().organization_id is None


# -- Handing over -------------------------------------------------------------------------------------------


def test_a_member_who_takes_over_administers_all_of_it_at_once(
    acme: Organization, alice: Person, bob: Person, grace: Person
) -> None:
    suspended.suspend(acme)

    hand_over(grace, acme, "BOB@example.com")

    profile = bob.stored_profile()
    assert (profile.role, profile.managed_departments) == (Role.ORG_ADMIN, None)
    assert profile.department_id == "SALES001"
    assert alice.stored_profile().is_full_organization_admin
    assert counters(acme) == (2, 2, {"SALES001": 1})
    assert records(acme) == [("organization.handed_over", "Grace", "Bob", {}, {"reason": REASON})]
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["bob@example.com"], "You now administer Acme")
    with pytest.raises(OrganizationRefused, match="already"):
        hand_over(grace, acme, "bob@example.com")


@pytest.mark.parametrize("email", ["dana@example.com", "charlie@example.com"])
def test_an_address_of_nobody_there_is_invited_to_administer_it(
    acme: Organization, globex: Organization, grace: Person, email: str
) -> None:
    """Whether or not somebody has an account by it, elsewhere or nowhere."""
    assert hand_over(grace, acme, email) is None

    (token,) = mailed_tokens()
    guest = dana() if email.startswith("dana") else None
    if guest is not None:
        accept(guest.stored_profile(), link_of(token), email_is_verified=True, moving_from=None)
        assert guest.stored_profile().is_full_organization_admin
    assert [each[:3] for each in records(acme)[:2]] == [
        ("invitation.sent", "Grace", email),
        ("organization.handed_over", "Grace", email),
    ]


def test_an_administrator_of_the_platform_keeps_that_role(
    acme: Organization, bob: Person, grace: Person
) -> None:
    update_item(USERS, {"user_id": bob.user_id}, set={"role": "admin"})

    with pytest.raises(OrganizationRefused):
        hand_over(grace, acme, "bob@example.com")

    assert bob.stored_profile().role is Role.ADMIN


def test_the_directory_follows_a_new_name(acme: Organization) -> None:
    update_item(ORGANIZATIONS, item_key(acme.id), set={"directory_name": "old"})

    suspended.store(acme, name="Ärger & Söhne")

    [item] = raw_items(acme, "organization")
    assert (item["directory"], item["directory_name"]) == ("organizations", f"arger & sohne#{acme.id}")
