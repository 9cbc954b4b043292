"""Founding an organization, and changing what it says of itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any

from accounts.domain import Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import Conflict, ItemAlreadyExists, WriteTransaction
from organizations.domain import Organization, SecondStep
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import commit_change, demand_as_seen, queue_record

ALREADY_A_MEMBER = "You belong to an organization already, and one person belongs to one. Leave it first."
SYSTEM_ADMINISTRATOR = (
    "You administer CarbonTrack itself, and an account has one role. Create the organization with another."
)
PROFILE_CHANGED = (
    "Your profile changed a moment ago, so no organization was created. Send the form once more."
)
FORM_USED = "An organization was created with this form before. Open the form anew to create another one."

#: What the record of a founding leaves out.
_UNSAID = frozenset({None, "", SecondStep.NOBODY})


@dataclass(frozen=True, slots=True)
class OrganizationDraft:
    """What an organization says of itself. `sector` is a code of `organizations.sectors`, or empty."""

    name: str
    country: str
    sector: str
    headcount: int | None
    floor_area_m2: Decimal | None
    reporting_year_start: int
    minimum_group: int
    second_step: SecondStep = SecondStep.NOBODY

    @classmethod
    def of(cls, organization: Organization) -> OrganizationDraft:
        """What is stored."""
        return cls(**{each.name: getattr(organization, each.name) for each in fields(cls)})


def create_organization(profile: Profile, draft: OrganizationDraft, *, organization_id: str) -> Organization:
    """Found an organization with `profile` as its administrator.

    `organization_id` comes with the form: the same form sent again answers with the same organization,
    whatever it says then. Raises OrganizationRefused for somebody who belongs to another one.
    """
    if profile.organization_id == organization_id:
        return OrganizationRepository(organization_id).get()
    if profile.is_member:
        raise OrganizationRefused(ALREADY_A_MEMBER)
    if profile.role is Role.ADMIN:
        raise OrganizationRefused(SYSTEM_ADMINISTRATOR)
    founded = Organization(
        id=organization_id,
        created_at=clock.now().replace(microsecond=0),
        members=1,
        administrators=1,
        **asdict(draft),
    )
    try:
        _demand_unused(organization_id)
        _store(founded, founder=profile)
    except (ItemAlreadyExists, Conflict) as error:
        # Sent twice at once, the other one was a moment faster; or the person joined another meanwhile.
        if ProfileRepository().get(profile.user_id).organization_id == organization_id:
            return OrganizationRepository(organization_id).get()
        if isinstance(error, ItemAlreadyExists):
            raise OrganizationConflict(FORM_USED) from error
        raise
    return founded


def _demand_unused(organization_id: str) -> None:
    """Raise ItemAlreadyExists for an id that had an organization once: it is gone, its audit trail is not."""
    if AuditRepository(organization_subject(organization_id)).page().items:
        raise ItemAlreadyExists(f"organization {organization_id}")


def _store(founded: Organization, *, founder: Profile) -> None:
    """The organization, its first member and its first audit record: all of it or nothing."""
    with WriteTransaction() as transaction:
        OrganizationRepository(founded.id).add(founded, transaction=transaction)
        ProfileRepository().set_membership(
            founder,
            organization_id=founded.id,
            role=Role.ORG_ADMIN,
            department_id=None,
            managed_departments=None,
            joined_on=clock.now().date(),
            error=OrganizationConflict(PROFILE_CHANGED),
            transaction=transaction,
        )
        queue_record(
            founder,
            founded.id,
            transaction,
            action="organization.created",
            about=founded.name,
            about_id=founded.id,
            after={name: value for name, value in _stated(founded).items() if value not in _UNSAID},
        )


def change_organization(
    actor: Profile, organization: Organization, draft: OrganizationDraft, *, seen_version: int
) -> Organization:
    """Change what the organization says of itself. Returns it as it is now.

    `seen_version` is that of the organization when the form was drawn: raises OrganizationConflict if it
    changed since. A draft that changes nothing writes nothing.
    """
    demand_as_seen(organization, seen_version)
    changed = replace(organization, **asdict(draft))
    stored, wanted = _stated(organization), _stated(changed)
    different = [name for name in stored if stored[name] != wanted[name]]
    if not different:
        return organization
    return commit_change(
        actor,
        changed,
        action="organization.changed",
        about=changed.name,
        about_id=changed.id,
        before={name: stored[name] for name in different},
        after={name: wanted[name] for name in different},
    )


def _stated(organization: Organization) -> dict[str, Any]:
    return asdict(OrganizationDraft.of(organization))
