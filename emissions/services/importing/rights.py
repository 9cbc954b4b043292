"""For whom somebody may import: themselves, or a department of the organization that they administer."""

from __future__ import annotations

from accounts.domain import Profile
from emissions.services.importing.errors import ImportRefused
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

NOT_YOURS = "You do not administer this organization, or this department of it, so you cannot import for it."
BEING_DELETED = "Your organization is being deleted, so nothing can be imported for it any more."
SUSPENDED = "Your organization is suspended, so nothing can be imported for it for now."
DEPARTMENT_CLOSED = "This department is closed. Choose another one to import for."


def demand_target(
    profile: Profile,
    organization_id: str,
    department_id: str | None,
    *,
    organization: Organization | None = None,
) -> Organization:
    """The organization, if `profile` may import for the department, or for none of its departments.

    Raises ImportRefused. Only who administers all of it imports for none.
    """
    if profile.organization_id != organization_id or not profile.is_organization_admin:
        raise ImportRefused(NOT_YOURS)
    if organization is None or organization.id != organization_id:
        organization = OrganizationRepository(organization_id).find()
    if organization is None or organization.deleting_at is not None:
        raise ImportRefused(BEING_DELETED)
    if organization.suspended_at is not None:
        raise ImportRefused(SUSPENDED)
    managed = organization.managed_ids(profile.managed_departments)
    if managed is not None and department_id not in managed:
        raise ImportRefused(NOT_YOURS)
    if department_id is not None:
        department = organization.find_department(department_id)
        if department is None or not department.is_open:
            raise ImportRefused(DEPARTMENT_CLOSED)
    return organization
