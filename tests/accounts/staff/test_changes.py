"""What staff change of an account: what is stored, who may not, and what the trail says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail

from accounts.domain import Profile, Role
from accounts.models import Erasure, User
from accounts.staff import changes
from accounts.staff.errors import StaffConflict, StaffRefused
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.errors import Unavailable
from carbontrack.dynamodb.tables import USERS
from organizations.trail import sentence_of
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.people import Person, make_user

WHY = "They asked by post"


def trail(user: User) -> list[AuditRecord]:
    return list(AuditRepository(person_subject(str(user.pk))).all())


def give_role(person: Person, role: Role) -> None:
    update_item(USERS, {"user_id": person.user_id}, set={"role": role.value})


def change_role(actor: Profile, person: Person, role: Role) -> Profile:
    version = person.stored_profile().membership_version
    return changes.change_role(actor, person.user, role=role, reason=WHY, seen_version=version)


def told(subject: str) -> bool:
    """Whether a mail with this subject was sent."""
    return subject in {each.subject for each in mail.outbox}


def test_probe_04_disabled_person_is_out_with_their_next_request_and_back_when_enabled(
    grace: Person, bob: Person
) -> None:
    assert bob.client.get("/entries/").status_code == 200

    changes.disable(grace.stored_profile(), bob.user, reason=WHY)

    assert bob.client.get("/entries/").headers["Location"].startswith("/account/login/")
    assert bob.stored_profile().disabled_at is not None
    assert not bob.client.login(email=bob.user.email, password=bob.password)
    assert told("Your CarbonTrack account is disabled")
    bob.user.refresh_from_db()
    with pytest.raises(StaffRefused):
        changes.disable(grace.stored_profile(), bob.user, reason=WHY)

    changes.enable(grace.stored_profile(), bob.user)

    assert bob.stored_profile().disabled_at is None
    assert bob.client.login(email=bob.user.email, password=bob.password)
    assert [sentence_of(each) for each in trail(bob.user)] == [
        "Grace disabled the account of bob@example.com: “They asked by post”.",
        "Grace enabled the account of bob@example.com again.",
    ]


def test_who_never_signed_in_can_be_disabled_as_well(grace: Person) -> None:
    user = make_user("new@example.com")

    changes.disable(grace.stored_profile(), user, reason=WHY)

    assert not User.objects.get(pk=user.pk).is_active


def test_nothing_is_changed_where_the_trail_cannot_be_written(
    grace: Person, bob: Person, faults: Faults
) -> None:
    profile = grace.stored_profile()
    faults.fail("TransactWriteItems", times=ALWAYS)

    with pytest.raises(Unavailable):
        changes.disable(profile, bob.user, reason=WHY)

    assert User.objects.get(pk=bob.user.pk).is_active


def test_probe_27_role_is_given_and_taken_with_who_and_why_in_the_trail(grace: Person, bob: Person) -> None:
    change_role(grace.stored_profile(), bob, Role.ADMIN)
    assert bob.stored_profile().is_platform_admin
    change_role(grace.stored_profile(), bob, Role.USER)
    assert not bob.stored_profile().is_platform_admin

    assert [(each.actor_id, each.before["role"], each.after["role"]) for each in trail(bob.user)] == [
        (grace.user_id, "user", "admin"),
        (grace.user_id, "admin", "user"),
    ]
    assert told("What you may do in CarbonTrack has changed")


def test_nobody_changes_their_own_role_and_organizations_keep_theirs(grace: Person, bob: Person) -> None:
    with pytest.raises(StaffRefused, match="their own account"):
        change_role(grace.stored_profile(), grace, Role.USER)
    with pytest.raises(StaffRefused, match="administers an organization"):
        change_role(grace.stored_profile(), bob, Role.ORG_ADMIN)
    give_role(bob, Role.ORG_ADMIN)
    with pytest.raises(StaffRefused, match="administers an organization"):
        change_role(grace.stored_profile(), bob, Role.ADMIN)

    assert grace.stored_profile().is_platform_admin
    assert trail(bob.user) == []


def test_of_two_administrators_who_demote_each_other_one_stays(grace: Person, bob: Person) -> None:
    give_role(bob, Role.ADMIN)
    bob.client.get("/settings/")  # which puts the session on the list
    as_grace_was, as_bob_was = grace.stored_profile(), bob.stored_profile()

    change_role(as_bob_was, grace, Role.USER)
    for take in (
        lambda: change_role(as_grace_was, bob, Role.USER),
        lambda: changes.disable(as_grace_was, bob.user, reason=WHY),
        lambda: changes.note(as_grace_was, bob.user, "staff.verification_sent"),
        lambda: changes.end_every_session(as_grace_was, bob.user),
    ):
        with pytest.raises(StaffConflict):
            take()

    assert bob.client.get("/settings/").status_code == 200
    assert bob.stored_profile().is_platform_admin
    assert User.objects.get(pk=bob.user.pk).is_active
    assert trail(bob.user) == []


def test_role_that_changed_meanwhile_is_not_overwritten(grace: Person, bob: Person) -> None:
    with pytest.raises(StaffConflict, match="Somebody else"):
        changes.change_role(grace.stored_profile(), bob.user, role=Role.ADMIN, reason=WHY, seen_version=7)

    assert not bob.stored_profile().is_platform_admin


def test_second_step_is_taken_away_with_its_recovery_codes(grace: Person, bob: Person) -> None:
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=bob.user, type=kind, data={})

    changes.remove_second_step(grace.stored_profile(), bob.user, reason=WHY)

    assert not Authenticator.objects.filter(user=bob.user).exists()
    assert [each.action for each in trail(bob.user)] == ["staff.second_step_removed"]
    assert told("The second step of your CarbonTrack account was removed")
    with pytest.raises(StaffRefused, match="no second step"):
        changes.remove_second_step(grace.stored_profile(), bob.user, reason=WHY)


def test_account_whose_deletion_has_begun_is_left_alone(grace: Person, bob: Person) -> None:
    begun = datetime(2026, 11, 1, tzinfo=UTC)
    Erasure.objects.create(user=bob.user, asked_at=begun, begun_at=begun)
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    bob.user.refresh_from_db()

    with pytest.raises(StaffRefused, match="deleted for good"):
        changes.enable(grace.stored_profile(), bob.user)
