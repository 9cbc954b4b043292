"""What staff change of an account. Each change is in the person's own audit trail, with its reason.

SQL says who may sign in, DynamoDB what they may do. Both are written together: SQL is committed last, so that
a change which DynamoDB refuses leaves nothing behind, and one that is cut off can be made again.

Two administrators who take the right from each other at the same moment cannot both succeed: each
transaction demands that its author still has it. As nobody can do it to themselves, one is always left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction as sql

from accounts.domain import Profile, Role
from accounts.mail import send_notice
from accounts.models import Erasure, User
from accounts.privacy.sessions import end_sessions
from accounts.repository import ProfileRepository
from accounts.staff.errors import StaffConflict, StaffRefused
from accounts.staff.rights import demand_staff
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import WriteTransaction

CHANGED_MEANWHILE = (
    "Somebody else changed this person a moment ago. Look at them as they are now, then try again."
)
NOT_ONESELF = "Nobody does this to their own account. Ask another administrator of CarbonTrack."
BEING_ERASED = "This account is being deleted for good: nothing of it can be changed any more."
NO_PROFILE = "This person has never signed in, so there is nothing to give a role to. They sign in first."
ORGANIZATIONS_BUSINESS = (
    "This person administers an organization, and an account has one role. The organization takes that from "
    "them first, or is handed over."
)


def disable(actor: Profile, user: User, *, reason: str) -> None:
    """Let somebody sign in no more, and end what is open. What they recorded stays.

    Raises StaffRefused for oneself and for an account that is being erased; StaffConflict if `actor` has lost
    the right. So do all below.
    """
    _demand_other(actor, user)
    _demand_lasting(user)
    if not user.is_active:
        raise StaffRefused("This account is disabled already.")
    with sql.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        _commit(actor, user, "staff.person_disabled", after={"reason": reason}, disabled=True)
    end_sessions(str(user.pk))
    _tell(user, "disabled")


def enable(actor: Profile, user: User) -> None:
    """Let somebody sign in again, with everything as it was."""
    _demand_lasting(user)
    if user.is_active:
        raise StaffRefused("This account is not disabled.")
    with sql.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        _commit(actor, user, "staff.person_enabled", disabled=False)
    _tell(user, "enabled")


def change_role(actor: Profile, user: User, *, role: Role, reason: str, seen_version: int) -> Profile:
    """Let somebody run the platform, or no longer. Returns their profile as it is now; their sessions end.

    Raises StaffConflict also if the membership is not at `seen_version` any more.
    """
    _demand_other(actor, user)
    _demand_lasting(user)
    profile = ProfileRepository().find(str(user.pk))
    if profile is None:
        raise StaffRefused(NO_PROFILE)
    if Role.ORG_ADMIN in {profile.role, role}:
        raise StaffRefused(ORGANIZATIONS_BUSINESS)
    if profile.role is role:
        return profile
    if profile.membership_version != seen_version:
        raise StaffConflict(CHANGED_MEANWHILE)
    with WriteTransaction() as transaction:
        changed = ProfileRepository().set_membership(
            profile,
            organization_id=profile.organization_id,
            role=role,
            department_id=profile.department_id,
            managed_departments=None,
            error=StaffConflict(CHANGED_MEANWHILE),
            transaction=transaction,
        )
        before, after = {"role": profile.role.value}, {"role": role.value, "reason": reason}
        _queue(actor, user, transaction, "staff.role_changed", before=before, after=after)
    end_sessions(str(user.pk))
    _tell(user, "role", is_administrator=role is Role.ADMIN)
    return changed


def end_every_session(actor: Profile, user: User) -> int:
    """Sign somebody out everywhere; returns of how many sessions."""
    with sql.atomic():
        count = end_sessions(str(user.pk))
        note(actor, user, "staff.sessions_ended", after={"sessions": count})
    return count


def remove_second_step(actor: Profile, user: User, *, reason: str) -> None:
    """Take away what somebody shows beside the password: for who has lost it, and the recovery codes as well.

    Their sessions end, and they are told: it might not have been them who asked.
    """
    _demand_other(actor, user)
    _demand_lasting(user)
    with sql.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise StaffRefused("This account has no second step.")
        _commit(actor, user, "staff.second_step_removed", after={"reason": reason})
    end_sessions(str(user.pk))
    _tell(user, "second_step")


def note(actor: Profile, user: User, action: str, *, after: Mapping[str, Any] | None = None) -> None:
    """Note in the person's trail what was done elsewhere. Raises StaffConflict if the right is lost."""
    with WriteTransaction() as transaction:
        _queue(actor, user, transaction, action, after=after)


# -- Steps ---------------------------------------------------------------------------------------------------


def _demand_other(actor: Profile, user: User) -> None:
    if actor.user_id == str(user.pk):
        raise StaffRefused(NOT_ONESELF)


def _demand_lasting(user: User) -> None:
    """Raise StaffRefused once the deletion of an account has begun: it cannot be stopped any more."""
    if Erasure.objects.filter(user=user, begun_at__isnull=False).exists():
        raise StaffRefused(BEING_ERASED)


def _commit(
    actor: Profile,
    user: User,
    action: str,
    *,
    after: Mapping[str, Any] | None = None,
    disabled: bool | None = None,
) -> None:
    """Write the record, and beside it into the profile, if there is one, whether the account is disabled."""
    has_profile = disabled is not None and ProfileRepository().find(str(user.pk)) is not None
    with WriteTransaction() as transaction:
        if has_profile:
            at = clock.now() if disabled else None
            ProfileRepository().set_disabled(str(user.pk), at, transaction=transaction)
        _queue(actor, user, transaction, action, after=after)


def _queue(
    actor: Profile,
    user: User,
    transaction: WriteTransaction,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Queue a record, and that the transaction fails if `actor` does not run the platform any more."""
    if actor.user_id != str(user.pk):
        demand_staff(actor, transaction)
    record = AuditRecord(
        action=action,
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        about=user.email,
        about_id=str(user.pk),
        before=before or {},
        after=after or {},
    )
    AuditRepository(person_subject(str(user.pk))).add(record, transaction=transaction)


def _tell(user: User, what: str, **context: Any) -> None:
    """Tell somebody by mail what has been done to their account."""
    send_notice(user.email, f"accounts/email/staff_{what}", context)
