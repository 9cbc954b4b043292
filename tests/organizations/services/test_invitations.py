"""Inviting: who may offer what, what became of each address, the limit of the hour, taking back."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound, count_requests
from organizations.domain import InvitationState, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.invitations import InvitationRepository, ReceivedInvitationRepository
from organizations.services import sending
from organizations.services.invitations import Outcome, invite, may_handle, resend, revoke
from organizations.services.members import Membership
from organizations.services.sending import VALID_FOR, InvitationLimitReached, Offer
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person
from tests.organizations.invitations import (
    ADMINISTRATOR,
    MEMBER,
    TEN_O_CLOCK,
    address_of,
    audit_of,
    dana,
    link_of,
    mailed_tokens,
    organization_of,
    raw_items,
    send,
    send_many,
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK)


def make_limited(person: Person, organization: Organization, *departments: str) -> None:
    """Let somebody administer some departments of an organization."""
    join(person.user_id, organization.id, role=Role.ORG_ADMIN, managed_departments=departments)


def addresses(number: int, start: int = 0) -> list[str]:
    return [f"person{each}@example.org" for each in range(start, start + number)]


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


# -- What is stored and mailed ------------------------------------------------------------------------------


def test_probe_09_only_the_hash_of_the_secret_is_stored(acme: Organization, alice: Person) -> None:
    token = send(alice, "ann@example.org", Membership(Role.USER, SALES, None))

    secret = link_of(token).secret
    assert secret is not None
    assert len(secret) == 43
    assert raw_items(acme, "invitation#") == [
        {
            "organization_id": acme.id,
            "record": f"invitation#{link_of(token).invitation_id}",
            "organization_name": "Acme",
            "email": "ann@example.org",
            "token_hash": hashlib.sha256(secret.encode()).hexdigest(),
            "role": "user",
            "department_id": SALES,
            "invited_by": alice.user_id,
            "invited_by_name": "Alice",
            "created_at": "2026-11-22T10:20:30Z",
            "expires_at": int((TEN_O_CLOCK + timedelta(days=14)).timestamp()),
            "version": 1,
        }
    ]
    assert not [item for item in raw_items(acme) if secret in str(item)]
    assert not [record for record in audit_of(acme.id) if secret in str(record)]


def test_mail_says_who_where_until_when_and_what_joining_means(acme: Organization, alice: Person) -> None:
    token = send(alice, "ann@example.org", Membership(Role.USER, FIELD, None))

    (message,) = mail.outbox
    text = " ".join(str(message.body).split())
    html = html_of(message)
    assert (message.to, message.subject) == (["ann@example.org"], "Alice invites you to Acme")
    assert text.startswith("Alice invites you to join Acme in CarbonTrack, in Sales › Field. ")
    assert "for the address that this mail was sent to, until 6 December 2026, 10:20 UTC." in text
    assert "What you log for yourself stays yours" in text
    assert "Ignore the mail: nothing happens unless you accept." in text
    assert f'href="http://testserver/invitations/{token}/"' in html


def test_probe_27_a_name_cannot_write_a_paragraph_into_the_mail(acme: Organization, alice: Person) -> None:
    evil = replace(acme, name="Acme\n\nhttp://evil.example\n\nBcc: everybody@example.org")

    invite(alice.stored_profile(), evil, [Offer("ann@example.org", MEMBER)], address_of=address_of)

    (message,) = mail.outbox
    assert "\n" not in message.subject
    assert "\nhttp://evil.example" not in message.body
    assert 'href="http://evil.example' not in html_of(message)


def test_each_invitation_is_in_the_audit_trail(acme: Organization, alice: Person) -> None:
    send(alice, "ann@example.org", Membership(Role.ORG_ADMIN, SALES, (SALES, ENGINEERING)))

    (record,) = audit_of(acme.id)
    assert (record.action, record.actor_name, record.about) == ("invitation.sent", "Alice", "ann@example.org")
    assert record.after == {
        "role": "org_admin",
        "department": "Sales",
        "limited_to": ["Engineering", "Sales"],
        "expires_at": "2026-12-06T10:20:30Z",
    }


# -- What became of each ------------------------------------------------------------------------------------


def test_each_address_of_a_list_has_its_own_outcome(acme: Organization, alice: Person, bob: Person) -> None:
    send(alice, "known@example.org")

    outcomes = send_many(
        alice, ["new@example.org", "known@example.org", "bob@example.com", "new@example.org"]
    )

    assert outcomes == [Outcome.SENT, Outcome.RENEWED, Outcome.MEMBER, Outcome.DUPLICATE]
    assert len(mail.outbox) == 3
    assert sorted(InvitationRepository(acme.id).by_address()) == ["known@example.org", "new@example.org"]


def test_a_renewed_invitation_has_a_new_link_and_what_is_offered_now(
    acme: Organization, alice: Person
) -> None:
    first = send(alice, "ann@example.org")
    second = send(alice, "ann@example.org", ADMINISTRATOR)

    (invitation,) = InvitationRepository(acme.id).page().items
    assert link_of(first).invitation_id == link_of(second).invitation_id
    assert (link_of(first).opens(invitation.token_hash), link_of(second).opens(invitation.token_hash)) == (
        False,
        True,
    )
    assert (invitation.role, invitation.version) == (Role.ORG_ADMIN, 2)
    assert [record.action for record in audit_of(acme.id)] == ["invitation.sent", "invitation.resent"]
    assert [record.before.get("role") for record in audit_of(acme.id)] == [None, "user"]


def test_an_expired_one_is_simply_sent(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice, "ann@example.org")
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK + timedelta(days=14))

    assert send_many(alice, ["ann@example.org"]) == [Outcome.SENT]
    assert len(InvitationRepository(acme.id).page().items) == 1


def test_probe_10_a_known_address_costs_and_answers_as_an_unknown_one(
    acme: Organization, alice: Person
) -> None:
    known = dana().user.email
    counts, outcomes = [], []

    for email in (known, "nobody@example.com"):
        with count_requests() as meter:
            outcomes.append(send_many(alice, [email]))
        counts.append([(request.operation, request.table) for request in meter.requests])

    assert outcomes == [[Outcome.SENT], [Outcome.SENT]]
    assert counts[0] == counts[1]


def test_thirty_one_go_in_two_transactions(acme: Organization, alice: Person) -> None:
    with count_requests() as meter:
        outcomes = send_many(alice, addresses(31))

    assert outcomes == [Outcome.SENT] * 31
    assert [each.operation for each in meter.requests].count("transact_write_items") == 2
    assert len(set(mailed_tokens())) == 31


# -- Who may offer what -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (Membership(Role.ADMIN, None, None), "access"),
        (Membership(Role.USER, "NOSUCH", None), "department"),
        (Membership(Role.ORG_ADMIN, None, ()), "departments"),
        (Membership(Role.ORG_ADMIN, None, ("NOSUCH",)), "departments"),
        (Membership(Role.USER, None, (SALES,)), "departments"),
    ],
)
def test_what_does_not_exist_is_not_offered(
    acme: Organization, alice: Person, place: Membership, field: str
) -> None:
    with pytest.raises(OrganizationRefused) as refused:
        send(alice, "ann@example.org", place)

    assert refused.value.field == field
    assert raw_items(acme, "invitation") == []


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (Membership(Role.ORG_ADMIN, SALES, None), "access"),
        (Membership(Role.ORG_ADMIN, SALES, (SALES,)), "access"),
        (Membership(Role.USER, ENGINEERING, None), "department"),
        (Membership(Role.USER, None, None), "department"),
    ],
)
def test_a_limited_administrator_invites_members_into_their_departments_only(
    acme: Organization, charlie: Person, place: Membership, field: str
) -> None:
    make_limited(charlie, acme, SALES)

    with pytest.raises(OrganizationRefused) as refused:
        send(charlie, "ann@example.org", place)
    send(charlie, "eve@example.org", Membership(Role.USER, FIELD, None))

    assert refused.value.field == field
    assert [item["email"] for item in raw_items(acme, "invitation#")] == ["eve@example.org"]


def test_a_limited_administrator_takes_over_no_invitation_of_elsewhere(
    acme: Organization, alice: Person, charlie: Person
) -> None:
    make_limited(charlie, acme, SALES)
    token = send(alice, "ann@example.org", ADMINISTRATOR)

    outcomes = send_many(charlie, ["ann@example.org"], Membership(Role.USER, SALES, None))

    (invitation,) = InvitationRepository(acme.id).page().items
    assert outcomes == [Outcome.ELSEWHERE]
    assert link_of(token).opens(invitation.token_hash)


def test_probe_10_a_limited_administrator_cannot_tell_a_member_of_elsewhere_from_somebody_invited(
    acme: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    make_limited(charlie, acme, ENGINEERING)
    send(alice, "ann@example.org", Membership(Role.USER, SALES, None))
    emails = ["ann@example.org", bob.user.email, charlie.user.email]
    place = Membership(Role.USER, ENGINEERING, None)

    for_some, for_all = send_many(charlie, emails, place), send_many(alice, emails[1:], place)

    assert for_some == [Outcome.ELSEWHERE] * 3
    assert for_all == [Outcome.MEMBER] * 2


def test_probe_03_a_limited_administrator_revives_no_invitation_of_an_administrator(
    acme: Organization, alice: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_limited(charlie, acme, SALES)
    token = send(alice, "dana@example.com", Membership(Role.ORG_ADMIN, SALES, None))
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK + VALID_FOR)
    profile, invitation_id = charlie.stored_profile(), link_of(token).invitation_id

    with pytest.raises(PermissionDenied):
        resend(profile, acme, invitation_id, address_of=address_of)
    with pytest.raises(PermissionDenied):
        revoke(profile, acme, invitation_id)

    (invitation,) = InvitationRepository(acme.id).page().items
    assert invitation.state(clock.now()) is InvitationState.EXPIRED
    assert not may_handle(profile, acme, invitation)


def test_probe_04_somebody_demoted_a_moment_ago_sends_nothing(acme: Organization, alice: Person) -> None:
    seen = alice.stored_profile()
    join(alice.user_id, acme.id)  # as a plain member, at another version
    stale = replace(seen, membership_version=7)

    with pytest.raises(OrganizationConflict):
        invite(stale, acme, [Offer("ann@example.org", MEMBER)], address_of=address_of)

    assert raw_items(acme, "invitation") == []
    assert mail.outbox == []


def test_nobody_is_invited_into_an_organization_that_is_being_deleted(
    acme: Organization, alice: Person
) -> None:
    with pytest.raises(OrganizationConflict):
        invite(
            alice.stored_profile(),
            replace(acme, deleting_at=TEN_O_CLOCK),
            [Offer("ann@example.org", MEMBER)],
            address_of=address_of,
        )

    assert raw_items(acme, "invitation") == []


# -- The limit of the hour ----------------------------------------------------------------------------------


def test_probe_10_of_fifty_invitations_of_a_new_organization_forty_one_are_sent(
    charlie: Person, globex: Organization
) -> None:
    outcomes = send_many(charlie, addresses(50))

    assert outcomes == [Outcome.SENT] * 41 + [Outcome.OVER_LIMIT] * 9
    assert len(raw_items(globex, "invitation#")) == len(mail.outbox) == 41


def test_the_limit_grows_with_the_members(acme: Organization, alice: Person, settings: Any) -> None:
    settings.INVITATIONS_PER_HOUR = 3

    outcomes = send_many(alice, addresses(6))  # acme has two members

    assert [outcome.is_sent for outcome in outcomes] == [True] * 5 + [False]


def test_the_next_hour_begins_anew(
    acme: Organization, alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    first = send_many(alice, addresses(4))
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK.replace(hour=11, minute=0, second=0))

    second = send_many(alice, addresses(1, start=10))

    assert (first[-1], second) == (Outcome.OVER_LIMIT, [Outcome.SENT])
    counters = raw_items(acme, "invitation-limit#")
    assert [(item["record"], int(item["count"])) for item in counters] == [
        ("invitation-limit#2026-11-22T10", 3),
        ("invitation-limit#2026-11-22T11", 1),
    ]
    assert int(counters[0]["expires_at"]) == int(TEN_O_CLOCK.replace(hour=13, minute=0, second=0).timestamp())


def test_sending_again_counts_too(acme: Organization, alice: Person, settings: Any) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    token = send(alice, "ann@example.org")
    invitation_id = link_of(token).invitation_id
    for _ in range(2):
        resend(alice.stored_profile(), acme, invitation_id, address_of=address_of)

    with pytest.raises(InvitationLimitReached) as limit:
        resend(alice.stored_profile(), acme, invitation_id, address_of=address_of)

    assert limit.value.limit == 3
    assert limit.value.until == TEN_O_CLOCK.replace(hour=11, minute=0, second=0)
    assert len(mail.outbox) == 3


def test_probe_10_the_limit_holds_for_two_who_invite_at_once(
    acme: Organization, alice: Person, charlie: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is read before it is written, so both may believe there is room."""
    settings.INVITATIONS_PER_HOUR = 20  # and three members
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN)
    monkeypatch.setattr(sending.Sending, "_mail", lambda *_: None)  # SQL of a test belongs to one thread
    profiles, organization = [alice.stored_profile(), charlie.stored_profile()], organization_of(alice)

    def send_twenty(number: int) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for email in addresses(20, start=100 * number):  # one by one, so that they take turns
            outcomes += invite(
                profiles[number], organization, [Offer(email, MEMBER)], address_of=address_of
            ).outcomes
        return outcomes

    with ThreadPoolExecutor(2) as threads:
        sent = [each.is_sent for batch in threads.map(send_twenty, range(2)) for each in batch]

    assert sum(sent) == len(raw_items(acme, "invitation#")) == 23
    assert int(raw_items(acme, "invitation-limit#")[0]["count"]) == 23


def test_who_finds_less_room_than_was_read_sends_what_fits(
    acme: Organization, alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INVITATIONS_PER_HOUR = 8  # ten with acme's two members
    send_many(alice, addresses(4))
    read, answers = InvitationRepository.sent_in_hour, [0]  # the first time as if nobody had sent any
    monkeypatch.setattr(
        InvitationRepository, "sent_in_hour", lambda self, now: answers.pop() if answers else read(self, now)
    )

    outcomes = send_many(alice, addresses(9, start=20))

    assert [outcome.is_sent for outcome in outcomes] == [True] * 6 + [False] * 3


def test_one_that_somebody_else_renews_a_moment_before_is_renewed_once_more(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice, "ann@example.org")
    store, first_time = sending.Sending._store, [True]

    def store_too_late(self: sending.Sending, *args: Any) -> None:
        if first_time and first_time.pop():
            send(alice, "ann@example.org")
        store(self, *args)

    monkeypatch.setattr(sending.Sending, "_store", store_too_late)
    outcomes = send_many(alice, ["ann@example.org"])

    (invitation,) = InvitationRepository(acme.id).page().items
    assert (outcomes, invitation.version) == ([Outcome.RENEWED], 3)
    assert link_of(mailed_tokens()[-1]).opens(invitation.token_hash)


def test_a_lost_answer_sends_once(acme: Organization, alice: Person, faults: Faults) -> None:
    faults.lose_reply("TransactWriteItems")

    assert send_many(alice, ["ann@example.org"]) == [Outcome.SENT]
    assert len(raw_items(acme, "invitation#")) == len(mail.outbox) == 1
    assert int(raw_items(acme, "invitation-limit#")[0]["count"]) == 1


# -- Sending again, taking back -----------------------------------------------------------------------------


def test_sent_again_it_has_a_new_link_and_another_two_weeks(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(alice, "ann@example.org", Membership(Role.ORG_ADMIN, SALES, (SALES,)))
    later = TEN_O_CLOCK + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: later)

    resend(alice.stored_profile(), acme, link_of(first).invitation_id, address_of=address_of)

    (invitation,) = InvitationRepository(acme.id).page().items
    assert invitation.expires_at == later + timedelta(days=14)
    assert (invitation.department_id, invitation.managed_departments) == (SALES, (SALES,))
    assert not link_of(first).opens(invitation.token_hash)
    assert link_of(mailed_tokens()[-1]).opens(invitation.token_hash)


def test_taken_back_it_is_gone_and_the_trail_knows(acme: Organization, alice: Person) -> None:
    token = send(alice, "ann@example.org")

    revoke(alice.stored_profile(), acme, link_of(token).invitation_id)

    record = audit_of(acme.id)[-1]
    assert raw_items(acme, "invitation#") == []
    assert ReceivedInvitationRepository("ann@example.org").pending(TEN_O_CLOCK) == ()
    assert (record.action, record.about, record.before["role"]) == (
        "invitation.revoked",
        "ann@example.org",
        "user",
    )


def test_probe_02_an_invitation_of_another_organization_is_none(
    acme: Organization, alice: Person, globex: Organization, charlie: Person
) -> None:
    theirs = link_of(send(charlie, "ann@example.org")).invitation_id

    for invitation_id in (theirs, "NOSUCH", "a#b", "x" * 3000, "\x00"):
        with pytest.raises(ItemNotFound):
            revoke(alice.stored_profile(), acme, invitation_id)
        with pytest.raises(ItemNotFound):
            resend(alice.stored_profile(), acme, invitation_id, address_of=address_of)

    assert len(raw_items(globex, "invitation#")) == 1


def test_a_limited_administrator_handles_invitations_into_their_departments_only(
    acme: Organization, alice: Person, charlie: Person
) -> None:
    make_limited(charlie, acme, SALES)
    own = link_of(send(alice, "own@example.org", Membership(Role.USER, FIELD, None))).invitation_id
    other = link_of(send(alice, "other@example.org", Membership(Role.USER, ENGINEERING, None))).invitation_id
    profile = charlie.stored_profile()

    resend(profile, acme, own, address_of=address_of)
    revoke(profile, acme, own)
    with pytest.raises(PermissionDenied):
        revoke(profile, acme, other)
    with pytest.raises(PermissionDenied):
        resend(profile, acme, other, address_of=address_of)

    assert [item["email"] for item in raw_items(acme, "invitation#")] == ["other@example.org"]


def test_the_list_is_newest_first_and_one_request_a_page(acme: Organization, alice: Person) -> None:
    for email in addresses(3):
        send(alice, email)

    with count_requests() as meter:
        page = InvitationRepository(acme.id).page()

    assert {each.email for each in page.items} == set(addresses(3))
    assert page.items == tuple(sorted(page.items, key=lambda each: each.id, reverse=True))
    assert meter.count == 1
    assert InvitationRepository(make_organization("01HS0000000000000000INITECH").id).page().items == ()
