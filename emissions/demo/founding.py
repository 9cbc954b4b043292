"""Meadowbank as it is stored: founded once, its people made members once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from accounts.domain import Preferences, Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.demo import REGION, TIME_ZONE
from emissions.demo.organization import (
    DEPARTMENTS,
    FLOOR_AREA_M2,
    HEADCOUNT,
    MINIMUM_GROUP,
    NAME,
    ORGANIZATION_ID,
    SALES,
    SECTOR,
    Colleague,
)
from emissions.demo.people import make_profile, make_user
from organizations.domain import Department, Organization, Target
from organizations.errors import OrganizationConflict
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.organizations import OrganizationDraft, create_organization

#: The target: so much less than last year, so many years later.
REDUCTION_PERCENT = Decimal(30)
TARGET_YEARS = 4
TARGET_ID = "01HX3M0000DEM0TARGET000000"


def found(founder: Profile) -> Organization:
    """The organization with its departments; as it is now, if it was founded before."""
    existing = OrganizationRepository(ORGANIZATION_ID).find()
    if existing is not None:
        return existing
    draft = OrganizationDraft(
        name=NAME,
        country=REGION,
        sector=SECTOR,
        headcount=HEADCOUNT,
        floor_area_m2=FLOOR_AREA_M2,
        reporting_year_start=1,
        minimum_group=MINIMUM_GROUP,
    )
    organization = create_organization(founder, draft, organization_id=ORGANIZATION_ID)
    departments = tuple(Department(id, name, parent_id=parent) for id, name, parent, _ in DEPARTMENTS)
    with WriteTransaction() as transaction:
        return OrganizationRepository(ORGANIZATION_ID).save(
            replace(organization, departments=departments),
            seen_version=organization.version,
            transaction=transaction,
        )


def employ(colleague: Colleague, password: str | None) -> Profile:
    """The colleague's profile as a member: the first administers everything, the second Sales only."""
    user = make_user(colleague.email, password)
    profile = make_profile(user, colleague.name, Preferences(region=REGION, time_zone=TIME_ZONE))
    if colleague.number == 0:
        found(profile)
        profile = ProfileRepository().get(profile.user_id)
    if profile.department_id is not None or (
        profile.is_member and profile.organization_id != ORGANIZATION_ID
    ):
        return profile
    return _join(profile, colleague)


def _join(profile: Profile, colleague: Colleague) -> Profile:
    limited = colleague.number == 1
    with WriteTransaction() as transaction:
        ProfileRepository().set_membership(
            profile,
            organization_id=ORGANIZATION_ID,
            role=Role.ORG_ADMIN if colleague.number < 2 else Role.USER,
            department_id=colleague.department_id,
            managed_departments=[SALES] if limited else None,
            joined_on=clock.now().date(),
            error=OrganizationConflict(f"{profile.email} changed meanwhile."),
            transaction=transaction,
        )
        OrganizationRepository(ORGANIZATION_ID).count_members(
            members=0 if profile.is_member else 1,
            departments={colleague.department_id: 1},
            transaction=transaction,
        )
    return ProfileRepository().get(profile.user_id)


def set_target(base_kg: Decimal) -> None:
    """A reduction of last year's emissions, unless the demo has one."""
    repository = OrganizationRepository(ORGANIZATION_ID)
    now = clock.now().replace(microsecond=0)
    if repository.overview().targets or not base_kg:
        return
    target = Target(
        id=TARGET_ID,
        base_year=now.year - 1,
        base_kg=base_kg,
        reduction_percent=REDUCTION_PERCENT,
        target_year=now.year - 1 + TARGET_YEARS,
        created_at=now,
    )
    with WriteTransaction() as transaction:
        repository.add_target(target, transaction=transaction)
