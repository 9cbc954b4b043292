"""The first administrator of the platform, made from a terminal: the others are made in the staff console."""

from __future__ import annotations

from accounts.domain import Profile, Role
from accounts.mail import send_notice
from accounts.models import User
from accounts.privacy.sessions import end_sessions
from accounts.privacy.trail import SYSTEM_ID, SYSTEM_NAME
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import Conflict, WriteTransaction


class NotAppointed(Exception):
    """Why somebody cannot run the platform, as a sentence that says what to do first."""


def appoint(email: str) -> Profile | None:
    """Let somebody run the platform; None where they do already. They have to sign in again.

    Raises NotAppointed.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotAppointed(f"Nobody has signed up as {email}. Sign up first, in the browser.")
    if not user.is_active or user.erase_at is not None:
        raise NotAppointed(f"The account of {email} is disabled, or going to be deleted.")
    profile = ProfileRepository().ensure(user)
    if profile.role is Role.ADMIN:
        return None
    if profile.role is Role.ORG_ADMIN:
        raise NotAppointed(
            f"{email} administers an organization, and an account has one role. Let somebody else administer "
            "it first, or sign up with another address."
        )
    appointed = _give_role(profile)
    end_sessions(profile.user_id)
    send_notice(user.email, "accounts/email/appointed", {})
    return appointed


def _give_role(profile: Profile) -> Profile:
    """The role and its record, or neither. Raises Conflict if the membership has changed since."""
    with WriteTransaction() as transaction:
        appointed = ProfileRepository().set_membership(
            profile,
            organization_id=profile.organization_id,
            role=Role.ADMIN,
            department_id=profile.department_id,
            managed_departments=None,
            error=Conflict(f"{profile.email} was changed a moment ago: run this again."),
            transaction=transaction,
        )
        record = AuditRecord(
            action="staff.role_changed",
            actor_id=SYSTEM_ID,
            actor_name=SYSTEM_NAME,
            about=profile.display_name,
            about_id=profile.user_id,
            before={"role": profile.role.value},
            after={"role": Role.ADMIN.value},
        )
        AuditRepository(person_subject(profile.user_id)).add(record, transaction=transaction)
    return appointed
