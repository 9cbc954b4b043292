"""Members: what they may do and where they belong is changed, they are removed, they leave.

Each is one transaction: the person's profile as it was read, the organization's counters (which refuse to let
the last administrator go), the right of whoever asks, and an audit record. Where somebody was faster, nothing
is changed and the error says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.domain import Profile, Role
from accounts.mail import send_notice
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import ItemNotFound, WriteTransaction
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.repositories.members import MemberRepository, kind_of
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import Change, demand_administrator, demand_lasting, queue_record

MEMBER_CHANGED = "Somebody else changed this member a moment ago, so nothing was saved."
MEMBERSHIP_CHANGED = "Your membership changed a moment ago. Look at it as it is now, then try again."
CLOSED_DEPARTMENT = "Choose a department that is open, or none."
NO_DEPARTMENT_TICKED = "Tick at least one department."
SYSTEM_ADMINISTRATOR = (
    "This person administers CarbonTrack itself, and an account has one role: it stays as it is."
)


@dataclass(frozen=True, slots=True)
class Membership:
    """What an administrator decides of a member. `managed_departments` as in `Profile`."""

    role: Role
    department_id: str | None
    managed_departments: tuple[str, ...] | None

    @classmethod
    def of(cls, profile: Profile) -> Membership:
        return cls(profile.role, profile.department_id, profile.managed_departments)

    @property
    def is_full_administrator(self) -> bool:
        return self.role is Role.ORG_ADMIN and self.managed_departments is None


def change_member(
    actor: Profile,
    user_id: str,
    *,
    role: Role,
    department_id: str | None,
    managed_departments: tuple[str, ...] | None,
    seen_version: int,
) -> Profile:
    """Let a member do more or less, or put them into another department. Returns them as they are now.

    Raises ItemNotFound for who is not in the actor's organization, OrganizationRefused for what cannot be
    chosen, and OrganizationConflict if the membership is not at `seen_version` any more or if nobody would be
    left to administer the organization. A change to what is stored writes nothing.
    """
    organization = _organization_of(actor)
    member = _member(actor, user_id)
    wanted = Membership(
        _allowed_role(member, role),
        _open_department(organization, member, department_id),
        _limits(organization, member, managed_departments) if role is Role.ORG_ADMIN else None,
    )
    if wanted == Membership.of(member):
        return member
    _demand_as_seen(member, seen_version)
    before, after = _difference(organization, Membership.of(member), wanted)
    change: Change = {"action": "member.changed", "before": before, "after": after}
    changed = _commit(actor, member, wanted, organization_id=organization.id, change=change)
    if kind_of(changed) != kind_of(member) or changed.managed_departments != member.managed_departments:
        _tell(changed, "member_changed", actor, organization)
    return changed


def remove_member(actor: Profile, user_id: str, *, seen_version: int) -> Profile:
    """Let a member go. Returns them as they are now; they are told by mail.

    Raises as `change_member` does. Their work entries go on counting where they were logged.
    """
    if user_id == actor.user_id:
        return leave(actor)
    organization = _organization_of(actor)
    member = _member(actor, user_id)
    _demand_as_seen(member, seen_version)
    removed = _let_go(actor, member, organization, action="member.removed")
    _tell(removed, "member_removed", actor, organization)
    return removed


def leave(profile: Profile) -> Profile:
    """Let somebody go who wants to. Returns them as they are now.

    Raises OrganizationConflict for the last administrator of the whole organization.
    """
    if profile.organization_id is None:
        raise ItemNotFound("organization")
    organization = OrganizationRepository(profile.organization_id).get()
    return _let_go(profile, profile, organization, action="member.left")


# -- Rules --------------------------------------------------------------------------------------------------


def _organization_of(actor: Profile) -> Organization:
    organization = OrganizationRepository(actor.organization_id or "").get()
    demand_lasting(organization)
    return organization


def _member(actor: Profile, user_id: str) -> Profile:
    member = MemberRepository(actor.organization_id or "").get(user_id)
    if member.user_id == actor.user_id and member.membership_version != actor.membership_version:
        raise RightsLost  # else somebody demoted just now could take their rights back
    return member


def _demand_as_seen(member: Profile, seen_version: int) -> None:
    if member.membership_version != seen_version:
        raise OrganizationConflict(MEMBER_CHANGED)


def _allowed_role(member: Profile, role: Role) -> Role:
    """Nobody becomes an administrator of the platform here, or stops being one."""
    if member.role is Role.ADMIN:
        if role is not Role.USER:
            raise OrganizationRefused(SYSTEM_ADMINISTRATOR, field="access")
        return Role.ADMIN
    if role is Role.ADMIN:
        raise ValueError("an organization gives no rights over the platform")
    return role


def _open_department(organization: Organization, member: Profile, department_id: str | None) -> str | None:
    """Where the member belongs then. Who stays where they are may stay, in an archived one as well."""
    wanted = organization.effective_department(department_id)
    stored = organization.effective_department(member.department_id)
    if wanted is not None and stored is not None and wanted.id == stored.id:
        return member.department_id
    if wanted is None and department_id is None:
        return None
    if wanted is None or not wanted.is_open:
        raise OrganizationRefused(CLOSED_DEPARTMENT, field="department")
    return wanted.id


def _limits(
    organization: Organization, member: Profile, managed_departments: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """What a limited administrator administers, in the order departments are listed; archived ones too."""
    if managed_departments is None:
        return None
    wanted = _effective_ids(organization, managed_departments)
    if not wanted:
        raise OrganizationRefused(NO_DEPARTMENT_TICKED, field="departments")
    stored = member.managed_departments
    if stored is not None and _effective_ids(organization, stored) == wanted:
        return stored
    return wanted


def _effective_ids(organization: Organization, department_ids: tuple[str, ...]) -> tuple[str, ...]:
    found = {organization.effective_department(each) for each in department_ids}
    return tuple(each.id for each in organization.listed_departments if each in found)


# -- Parts --------------------------------------------------------------------------------------------------


def _let_go(actor: Profile, member: Profile, organization: Organization, *, action: str) -> Profile:
    change: Change = {"action": action, "before": describe_held(organization, member)}
    role = Role.ADMIN if member.role is Role.ADMIN else Role.USER
    return _commit(actor, member, Membership(role, None, None), organization_id=None, change=change)


def _commit(
    actor: Profile,
    member: Profile,
    wanted: Membership,
    *,
    organization_id: str | None,
    change: Change,
) -> Profile:
    """The change with all that depends on it, or nothing.

    `organization_id` is where the member is then; `change` is what the audit trail says.
    """
    stored, own = Membership.of(member), actor.user_id == member.user_id
    departments: dict[str, int] = {}
    if organization_id is None or stored.department_id != wanted.department_id:
        departments = {each: -1 for each in [stored.department_id] if each is not None}
        departments |= {each: 1 for each in [wanted.department_id] if each is not None}
    asked_in = actor.organization_id or ""
    with WriteTransaction() as transaction:
        if not own:  # the condition on the profile says it already
            demand_administrator(actor, transaction)
        changed = ProfileRepository().set_membership(
            member,
            organization_id=organization_id,
            role=wanted.role,
            department_id=wanted.department_id,
            managed_departments=wanted.managed_departments,
            error=OrganizationConflict(MEMBERSHIP_CHANGED if own else MEMBER_CHANGED),
            transaction=transaction,
        )
        OrganizationRepository(asked_in).count_members(
            members=-int(organization_id is None),
            administrators=int(wanted.is_full_administrator) - int(stored.is_full_administrator),
            departments=departments,
            transaction=transaction,
        )
        about: Change = {**change, "about": member.display_name, "about_id": member.user_id}
        queue_record(actor, asked_in, transaction, **about)
    return changed


#: What the audit trail calls each part of a membership.
_WORDS = {"role": "role", "department_id": "department", "managed_departments": "limited_to"}


def describe(organization: Organization, membership: Membership) -> dict[str, Any]:
    """A membership in words, for the audit trail."""
    managed = _effective_ids(organization, membership.managed_departments or ())
    return {
        "role": Role.ORG_ADMIN.value if membership.role is Role.ORG_ADMIN else Role.USER.value,
        "department": organization.department_label(membership.department_id),
        "limited_to": [organization.department_label(each) for each in managed],
    }


def describe_held(organization: Organization, member: Profile) -> dict[str, Any]:
    """What somebody has there, in words, and nothing of what they have not."""
    words = describe(organization, Membership.of(member))
    return {name: value for name, value in words.items() if value}


def _difference(
    organization: Organization, stored: Membership, wanted: Membership
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes, in words: before and after."""
    names = [words for name, words in _WORDS.items() if getattr(stored, name) != getattr(wanted, name)]
    before, after = describe(organization, stored), describe(organization, wanted)
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _tell(member: Profile, template: str, actor: Profile, organization: Organization) -> None:
    """Mail to whom it happened."""
    managed = _effective_ids(organization, member.managed_departments or ())
    context = {
        "organization": organization.name,
        "actor": actor.display_name,
        "kind": kind_of(member),
        "departments": organization.department_labels(managed),
    }
    send_notice(member.email, f"organizations/email/{template}", context)
