"""Answering an invitation: once, in time, by its addressee, with consent where it moves them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.domain import Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, update_item
from carbontrack.dynamodb.tables import USERS
from organizations.domain import Department, Invitation, Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.invitations import InvitationRepository
from organizations.repositories.organizations import NOBODY_JOINS, OrganizationRepository
from organizations.services.acceptance import ConsentMissing, accept, decline
from organizations.services.invitations import resend, revoke
from organizations.services.links import InvitationLink
from organizations.services.members import Membership, remove_member
from organizations.services.refusals import AlreadyMember, InvitationRefused, Refusal, masked
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person
from tests.organizations.invitations import (
    ADMINISTRATOR,
    TEN_O_CLOCK,
    address_of,
    audit_of,
    dana,
    link_of,
    mailed_tokens,
    raw_items,
    send,
)
from tests.organizations.members import counters, item_of


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK)


def accepting(
    person: Person, token: str, *, moving_from: str | None = None, email_is_verified: bool = False
) -> Organization:
    return accept(
        person.stored_profile(),
        link_of(token),
        email_is_verified=email_is_verified,
        moving_from=moving_from,
    )


def refusal(action: Callable[[], Any]) -> Refusal:
    with pytest.raises(InvitationRefused) as refused:
        action()
    return refused.value.refusal


def save(organization: Organization, **changes: Any) -> Organization:
    """Store a change around the services."""
    stored = OrganizationRepository(organization.id).get()
    with WriteTransaction() as transaction:
        return OrganizationRepository(organization.id).save(
            replace(stored, **changes), seen_version=stored.version, transaction=transaction
        )


# -- Joining ------------------------------------------------------------------------------------------------


def test_accepted_it_makes_a_member_counted_and_noted(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.USER, SALES, None))

    accepting(person, token)

    stored = item_of(person)
    assert (stored["organization_id"], stored["role"], stored["department_id"]) == (acme.id, "user", SALES)
    assert (stored["joined_on"], int(stored["membership_version"])) == ("2026-11-22", 1)
    assert counters(acme) == (3, 1, {SALES: 2})
    assert raw_items(acme, "invitation#") == []
    record = audit_of(acme.id)[-1]
    assert (record.action, record.actor_name, record.about) == ("member.joined", "Dana", "Dana")
    assert record.after == {"role": "user", "department": "Sales", "invited_by": "Alice"}


def test_an_administrator_is_counted_as_one_unless_limited(acme: Organization, alice: Person) -> None:
    person = dana()

    accepting(person, send(alice, "dana@example.com", Membership(Role.ORG_ADMIN, SALES, (SALES,))))
    limited = counters(acme)
    seen = person.stored_profile()
    remove_member(alice.stored_profile(), person.user_id, seen_version=seen.membership_version)
    accepting(person, send(alice, "dana@example.com", ADMINISTRATOR))

    assert seen.managed_departments == (SALES,)
    assert (limited, counters(acme)) == ((3, 1, {SALES: 2}), (3, 2, {SALES: 1}))
    assert person.stored_profile().is_full_organization_admin


def test_probe_09_the_address_decides_not_its_capitals(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    update_item(USERS, {"user_id": person.user_id}, set={"email": "Dana@Example.com"})

    assert accepting(person, token).id == acme.id


# -- Refused ------------------------------------------------------------------------------------------------


def test_probe_09_a_link_works_once(acme: Organization, alice: Person, charlie: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    accepting(person, token)

    with pytest.raises(AlreadyMember):
        accepting(person, token)
    assert refusal(lambda: accepting(charlie, token)) is Refusal.USED
    assert counters(acme)[0] == 3


def test_probe_09_who_was_removed_does_not_come_back_by_the_same_link(
    acme: Organization, alice: Person
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    accepting(person, token)
    remove_member(alice.stored_profile(), person.user_id, seen_version=1)

    assert refusal(lambda: accepting(person, token)) is Refusal.USED


def test_probe_09_expired_it_is_refused_at_once(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    end = TEN_O_CLOCK + timedelta(days=14)

    monkeypatch.setattr(clock, "now", lambda: end)
    assert refusal(lambda: accepting(person, token)) is Refusal.EXPIRED
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(milliseconds=1))
    assert accepting(person, token).id == acme.id


def test_probe_09_one_that_expires_while_it_is_accepted_is_refused(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction looks at the time as well: by the look at the link alone it would still be open."""
    person = dana()
    token = send(alice, "dana@example.com")
    moments = [TEN_O_CLOCK]  # of the first look
    monkeypatch.setattr(clock, "now", lambda: moments.pop() if moments else TEN_O_CLOCK + timedelta(days=14))

    assert refusal(lambda: accepting(person, token)) is Refusal.EXPIRED
    assert counters(acme)[0] == 2


def test_probe_09_taken_back_it_is_refused(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    revoke(alice.stored_profile(), acme, link_of(token).invitation_id)

    assert refusal(lambda: accepting(person, token)) is Refusal.REVOKED


def test_probe_09_sent_again_the_earlier_link_is_dead(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    resend(alice.stored_profile(), acme, link_of(token).invitation_id, address_of=address_of)

    assert refusal(lambda: accepting(person, token)) is Refusal.UNKNOWN
    assert accepting(person, mailed_tokens()[-1]).id == acme.id


def test_probe_09_another_address_is_refused(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "ann@example.org")

    assert refusal(lambda: accepting(person, token, email_is_verified=True)) is Refusal.OTHER_ADDRESS
    assert refusal(lambda: decline(person.stored_profile(), link_of(token), email_is_verified=True)) is (
        Refusal.OTHER_ADDRESS
    )
    assert len(raw_items(acme, "invitation#")) == 1


@pytest.mark.parametrize("part", range(3))
def test_probe_09_a_link_with_a_wrong_part_is_none(acme: Organization, alice: Person, part: int) -> None:
    parts = send(alice, "dana@example.com").split(".")
    parts[part] = parts[part][:-1] + ("A" if parts[part][-1] != "A" else "B")

    person = dana()
    assert refusal(lambda: accepting(person, ".".join(parts))) is Refusal.UNKNOWN


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "a.b." + "é" * 43, "a#b.c", "a.b\x00", "a" * 3000 + ".b", "a.b.c.d"]
)
def test_probe_08_what_is_no_link_is_not_looked_up(token: str) -> None:
    assert InvitationLink.parse(token) is None


@pytest.mark.parametrize("is_reference", [True, False])
def test_an_ended_one_says_why_only_to_who_has_its_link(
    acme: Organization, alice: Person, is_reference: bool
) -> None:
    token = send(alice, "dana@example.com")
    person = dana()
    revoke(alice.stored_profile(), acme, link_of(token).invitation_id)
    last = "A" if token[-1] != "A" else "B"
    forged = token.rpartition(".")[0] if is_reference else token[:-1] + last

    assert refusal(lambda: accepting(person, forged, email_is_verified=True)) is Refusal.UNKNOWN


def test_without_the_link_the_address_must_be_confirmed(acme: Organization, alice: Person) -> None:
    person = dana()
    reference = send(alice, "dana@example.com").rpartition(".")[0]

    assert refusal(lambda: accepting(person, reference)) is Refusal.UNCONFIRMED
    assert accepting(person, reference, email_is_verified=True).id == acme.id


def test_without_the_link_somebody_elses_is_none(acme: Organization, alice: Person) -> None:
    person = dana()
    reference = send(alice, "ann@example.org").rpartition(".")[0]

    assert refusal(lambda: accepting(person, reference, email_is_verified=True)) is Refusal.UNKNOWN


def test_nobody_joins_an_organization_that_is_being_deleted(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    save(acme, deleting_at=TEN_O_CLOCK)

    assert refusal(lambda: accepting(person, token)) is Refusal.ORGANIZATION_GONE
    assert person.stored_profile().organization_id is None


def test_nobody_loses_the_platforms_role_by_joining(acme: Organization, alice: Person) -> None:
    person = dana()
    update_item(USERS, {"user_id": person.user_id}, set={"role": "admin"})
    as_administrator = send(alice, "dana@example.com", ADMINISTRATOR)

    assert refusal(lambda: accepting(person, as_administrator)) is Refusal.SYSTEM_ADMINISTRATOR
    accepting(person, send(alice, "dana@example.com"))

    assert (person.stored_profile().role, person.stored_profile().organization_id) == (Role.ADMIN, acme.id)
    assert counters(acme) == (3, 1, {SALES: 1})


# -- What has changed since ---------------------------------------------------------------------------------


def test_a_merged_department_stands_for_the_one_it_was_merged_into(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.ORG_ADMIN, FIELD, (FIELD, SALES)))
    save(
        acme,
        departments=tuple(
            replace(each, merged_into=ENGINEERING) if each.id == FIELD else each for each in acme.departments
        ),
    )

    accepting(person, token)

    profile = person.stored_profile()
    assert (profile.department_id, profile.managed_departments) == (ENGINEERING, (ENGINEERING, SALES))


def test_of_an_archived_department_nobody_becomes_a_member(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.USER, ENGINEERING, None))
    save(
        acme,
        departments=tuple(
            replace(each, archived_at=TEN_O_CLOCK) if each.id == ENGINEERING else each
            for each in acme.departments
        ),
    )

    accepting(person, token)

    assert person.stored_profile().department_id is None
    assert counters(acme)[2] == {SALES: 1}


def test_who_should_administer_departments_that_are_gone_administers_nothing(
    acme: Organization, alice: Person
) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.ORG_ADMIN, None, (ENGINEERING,)))
    save(acme, departments=(Department(SALES, "Sales"),))

    accepting(person, token)

    profile = person.stored_profile()
    assert (profile.managed_departments, profile.is_full_organization_admin) == ((), False)


# -- Moving -------------------------------------------------------------------------------------------------


def test_a_member_of_another_organization_is_asked_first(
    acme: Organization, globex: Organization, charlie: Person
) -> None:
    person = dana()
    join(person.user_id, acme.id, department_id=SALES)
    token = send(charlie, "dana@example.com")

    for moving_from in (None, "", globex.id, "01HS0000000000000000000ELSE"):
        with pytest.raises(ConsentMissing):
            accepting(person, token, moving_from=moving_from)
    assert person.stored_profile().organization_id == acme.id

    accepting(person, token, moving_from=acme.id)

    assert person.stored_profile().organization_id == globex.id
    assert (counters(acme), counters(globex)) == ((2, 1, {SALES: 1}), (2, 1, {}))
    assert audit_of(acme.id)[-1].action == "member.left"
    assert audit_of(acme.id)[-1].before == {"role": "user", "department": "Sales"}
    assert audit_of(globex.id)[-1].action == "member.joined"


def test_the_last_administrator_does_not_move_away(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    token = send(alice, "charlie@example.com")

    with pytest.raises(OrganizationConflict, match="at least one administrator"):
        accepting(charlie, token, moving_from=globex.id)

    assert charlie.stored_profile().organization_id == globex.id
    assert (counters(acme), counters(globex)) == ((2, 1, {SALES: 1}), (1, 1, {}))
    assert len(raw_items(acme, "invitation#")) == 1


def test_who_moved_elsewhere_meanwhile_is_asked_anew(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    """Consent is to leave one organization, not whichever it is by now."""
    person = dana()
    join(person.user_id, acme.id)
    token = send(charlie, "dana@example.com")
    seen = person.stored_profile()
    elsewhere = make_organization("01HS0000000000000000INITECH", name="Initech")
    update_item(
        USERS, {"user_id": person.user_id}, set={"organization_id": elsewhere.id, "membership_version": 9}
    )

    with pytest.raises(ConsentMissing):
        accept(seen, link_of(token), email_is_verified=False, moving_from=acme.id)

    assert person.stored_profile().organization_id == elsewhere.id


# -- At the same moment -------------------------------------------------------------------------------------


def test_probe_09_two_sessions_with_one_link_make_one_membership(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.USER, SALES, None))
    profile, link = person.stored_profile(), link_of(token)

    def try_it(_: int) -> str:
        try:
            accept(profile, link, email_is_verified=False, moving_from=None)
        except AlreadyMember:
            return "already"
        return "joined"

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(try_it, range(4)))

    assert answers == ["already", "already", "already", "joined"]
    assert counters(acme) == (3, 1, {SALES: 2})
    assert [record.action for record in audit_of(acme.id)].count("member.joined") == 1


def test_of_a_double_click_the_second_is_a_member_although_it_looks_later(
    acme: Organization, alice: Person
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    before = person.stored_profile()
    accepting(person, token)

    with pytest.raises(AlreadyMember):
        accept(before, link_of(token), email_is_verified=False, moving_from=None)


def just_before_joining(monkeypatch: pytest.MonkeyPatch, action: Callable[[], Any]) -> None:
    """Let something happen after everything was looked at and before it is written, once."""
    set_membership, actions = ProfileRepository.set_membership, [action]

    def late(self: ProfileRepository, profile: Profile, **kwargs: Any) -> Profile:
        if actions:
            actions.pop()()
        return set_membership(self, profile, **kwargs)

    monkeypatch.setattr(ProfileRepository, "set_membership", late)


def test_taken_back_while_it_is_accepted_it_is_refused(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    invitation_id = link_of(token).invitation_id
    just_before_joining(monkeypatch, lambda: revoke(alice.stored_profile(), acme, invitation_id))

    assert refusal(lambda: accepting(person, token)) is Refusal.REVOKED
    assert counters(acme)[0] == 2


def test_sent_again_while_it_is_accepted_the_earlier_link_is_dead(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com", ADMINISTRATOR)
    just_before_joining(monkeypatch, lambda: send(alice, "dana@example.com"))

    assert refusal(lambda: accepting(person, token)) is Refusal.UNKNOWN
    assert counters(acme)[:2] == (2, 1)


def test_nobody_joins_an_organization_whose_deletion_begins_just_before(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    just_before_joining(monkeypatch, lambda: save(acme, deleting_at=TEN_O_CLOCK))

    with pytest.raises(OrganizationConflict) as conflict:
        accepting(person, token)

    assert conflict.value.sentence == NOBODY_JOINS
    assert person.stored_profile().organization_id is None
    assert counters(acme) == (2, 1, {SALES: 1})
    assert len(raw_items(acme, "invitation#")) == 1


def test_out_of_an_organization_that_is_being_deleted_one_may_move(
    acme: Organization, globex: Organization, bob: Person, charlie: Person
) -> None:
    token = send(charlie, "bob@example.com")
    save(acme, deleting_at=TEN_O_CLOCK)

    accepting(bob, token, moving_from=acme.id)

    assert (counters(acme), counters(globex)) == ((1, 1, {}), (2, 1, {}))


def test_accepted_while_it_is_taken_back_it_stays_accepted(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    get = InvitationRepository.get

    def get_and_be_overtaken(self: InvitationRepository, invitation_id: str) -> Invitation:
        invitation = get(self, invitation_id)
        accepting(person, token)
        return invitation

    monkeypatch.setattr(InvitationRepository, "get", get_and_be_overtaken)

    with pytest.raises(OrganizationConflict):
        revoke(alice.stored_profile(), acme, link_of(token).invitation_id)
    assert [record.action for record in audit_of(acme.id)] == ["invitation.sent", "member.joined"]


def test_a_name_saved_at_the_same_moment_does_not_stop_it(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    seen = person.stored_profile()
    ProfileRepository().save(replace(seen, name="Dana Scully"))

    accept(seen, link_of(token), email_is_verified=False, moving_from=None)

    assert item_of(person)["member_name"].startswith("dana scully#")


def test_two_invitations_to_one_address_leave_none_behind(acme: Organization, alice: Person) -> None:
    """Two administrators who invite at the same moment make two; the second must not outlive the first."""
    person = dana()
    token = send(alice, "dana@example.com")
    (invitation,) = InvitationRepository(acme.id).page().items
    twin = replace(invitation, id="01HS0000000000000000000TWIN", role=Role.ORG_ADMIN)
    with WriteTransaction() as transaction:
        InvitationRepository(acme.id).add(twin, transaction=transaction)

    accepting(person, token)

    assert raw_items(acme, "invitation#") == []


def test_a_lost_answer_joins_once(acme: Organization, alice: Person, faults: Faults) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    faults.lose_reply("TransactWriteItems")

    assert accepting(person, token).id == acme.id
    assert counters(acme)[0] == 3


# -- Declining ----------------------------------------------------------------------------------------------


def test_declined_it_is_gone_and_the_trail_knows(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")

    decline(person.stored_profile(), link_of(token), email_is_verified=False)

    assert raw_items(acme, "invitation#") == []
    assert (audit_of(acme.id)[-1].action, audit_of(acme.id)[-1].actor_name) == ("invitation.declined", "Dana")
    assert refusal(lambda: accepting(person, token)) is Refusal.DECLINED
    assert person.stored_profile().organization_id is None


def test_an_address_is_shown_to_others_in_part() -> None:
    assert masked("ann.example@example.org") == "a•••@example.org"


def test_what_is_left_of_an_ended_one_goes_after_a_month(acme: Organization, alice: Person) -> None:
    token = send(alice, "dana@example.com")
    revoke(alice.stored_profile(), acme, link_of(token).invitation_id)

    (ended,) = raw_items(acme, "ended-invitation#")
    assert int(ended["expires_at"]) == int((TEN_O_CLOCK + timedelta(days=30)).timestamp())
    assert ended.keys() == {"organization_id", "record", "token_hash", "end", "expires_at"}
