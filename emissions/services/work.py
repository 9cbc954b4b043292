"""For whom an entry may count: what a draft says of work, held against the organization as it is now."""

from __future__ import annotations

from dataclasses import replace

from accounts.domain import Profile
from emissions.domain.entries import Entry
from emissions.errors import EntryRefused
from emissions.factors import Catalog, catalog, catalog_for
from emissions.services.drafts import EntryDraft, Work
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository


def settle_work(
    profile: Profile,
    draft: EntryDraft,
    *,
    previous: Entry | None = None,
    organization: Organization | None = None,
) -> tuple[EntryDraft, Organization | None]:
    """The draft with the department that its work counts for today, and the organization if it is known.

    New work, or work for another department than the `previous` entry's, must be for the person's own
    organization and an open department: else EntryRefused. What an entry says already it may go on saying,
    whoever its author works for by now. For a suspended organization nothing is added or changed, also not by
    who has left it. Reads the organization only where it must and nobody has.
    """
    work, before = draft.work, Work.of(previous) if previous else None
    if work is None:
        return draft, organization
    if before is not None and work.organization_id == before.organization_id:
        _demand_changeable(work.organization_id, organization)
    if work == before:
        return draft, organization
    if work.organization_id != profile.organization_id:
        raise EntryRefused(
            "You do not belong to this organization any more, so its department and scope stay. "
            "You can leave it as it is, or make the entry personal."
        )
    if before is not None and _place(work) == _place(before):
        return draft, organization
    organization = _organization(work.organization_id, organization)
    if before is not None and work.organization_id == before.organization_id:
        filed = organization.effective_department(before.department_id)
        if filed is not None and filed.id == work.department_id:  # merged since: it stays where it was logged
            return replace(draft, work=replace(work, department_id=before.department_id)), organization
    department_id = _open_department(organization, work.department_id)
    return replace(draft, work=replace(work, department_id=department_id)), organization


def factors_for(work: Work | None, organization: Organization | None) -> Catalog:
    """What an activity is worked out with: for work, the organization's own factors go before everybody's.

    Reads the organization only where nobody has; one that is gone has none.
    """
    if work is None:
        return catalog()
    if organization is None or organization.id != work.organization_id:
        organization = OrganizationRepository(work.organization_id).find()
    return catalog_for(organization)


def _place(work: Work) -> tuple[str, str | None]:
    return work.organization_id, work.department_id


def _organization(organization_id: str, known: Organization | None) -> Organization:
    """The organization, if new work can be logged for it. Raises EntryRefused."""
    organization = known
    if organization is None or organization.id != organization_id:
        organization = OrganizationRepository(organization_id).find()
    if organization is None or organization.deleting_at is not None:
        raise EntryRefused(
            "Your organization is being deleted, so nothing more can be logged for it. "
            "You can save this as a personal entry."
        )
    _demand_not_suspended(organization)
    return organization


def _demand_changeable(organization_id: str, known: Organization | None) -> None:
    """Raise EntryRefused for work of a suspended organization. Of one that is gone nothing is asked."""
    if known is None or known.id != organization_id:
        known = OrganizationRepository(organization_id).find()
    if known is not None:
        _demand_not_suspended(known)


def _demand_not_suspended(organization: Organization) -> None:
    if organization.suspended_at is not None:
        raise EntryRefused(
            f"{organization.name} is suspended, so work entries can neither be added nor changed for now. "
            "Personal ones can."
        )


def _open_department(organization: Organization, department_id: str | None) -> str | None:
    """The id of the department that a choice stands for today. Raises EntryRefused."""
    if department_id is None:
        return None
    department = organization.effective_department(department_id)
    if department is None or not department.is_open:
        raise EntryRefused("This department is closed. Please choose another one.", field="department")
    return department.id
