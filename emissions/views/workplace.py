"""Where entries count: what pages read of the organization, and how they say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.http import HttpResponse
from django.utils.formats import date_format

from accounts.domain import Profile
from carbontrack import recent
from carbontrack.dynamodb.errors import ItemNotFound
from emissions.domain.entries import Entry
from emissions.domain.scopes import WorkScope
from organizations.domain import Organization, OrganizationOverview
from organizations.repositories.organizations import OrganizationRepository

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest, PersonRequest


def organization_of(profile: Profile) -> Organization | None:
    """The organization of a member as it was a moment ago, in one read; None without one for others."""
    if profile.organization_id is None:
        return None
    return OrganizationRepository(profile.organization_id).find(consistent=False)


def step_first(request: PersonRequest, organization: Organization | None, back: str) -> HttpResponse | None:
    """For who administers without the second step that their organization demands: the way to it, and from
    there to the page `back`. None for everybody else.
    """
    asking = cast("AnyRequest", request)
    if (
        organization is None
        or not organization.demands_second_step(of_administrator=request.profile.is_organization_admin)
        or recent.has_second_step(asking)
    ):
        return None
    return recent.ask_for_second_step(asking, back=back)


def organization_behind(profile: Profile, entry: Entry) -> Organization | None:
    """The organization that a work entry counts for, while its author is in it; no read for other entries."""
    return organization_of(profile) if entry.organization_id == profile.organization_id else None


def counts_at(entry: Entry, organization: Organization | None) -> str:
    """`Sales at Acme`, or `Acme` without a department; empty where it does not count for that."""
    if organization is None or entry.organization_id != organization.id:
        return ""
    department = organization.effective_department(entry.department_id)
    return organization.name if department is None else f"{department.name} at {organization.name}"


def work_badge(entry: Entry, organization: Organization | None) -> str:
    """`Work · Sales`; empty for a personal entry."""
    if not entry.is_work:
        return ""
    if organization is None or entry.organization_id != organization.id:
        return "Work · former organization"
    department = organization.effective_department(entry.department_id)
    return f"Work · {organization.name if department is None else department.name}"


@dataclass(frozen=True, slots=True)
class Counting:
    """What the page of an entry says about where it counts.

    `organization` is the author's own, if it counts there: then `where` names it, and `closed` says so if its
    month is closed. `scope` is empty for a personal entry.
    """

    organization: Organization | None = None
    where: str = ""
    scope: str = ""
    closed: str = ""


def counting_of(profile: Profile, entry: Entry) -> Counting:
    """One read for a work entry of the author's own organization, none for others."""
    if entry.organization_id is None:
        return Counting()
    scope = WorkScope(entry.scope, entry.scope3_category).label
    if entry.organization_id != profile.organization_id:
        return Counting(scope=scope)
    try:
        overview = OrganizationRepository(entry.organization_id).overview()
    except ItemNotFound:  # it is being deleted
        return Counting(scope=scope)
    return Counting(
        overview.organization,
        where=counts_at(entry, overview.organization),
        scope=scope,
        closed=_closed_words(entry, overview),
    )


def _closed_words(entry: Entry, overview: OrganizationOverview) -> str:
    if not overview.is_closed(entry.month):
        return ""
    month = date_format(entry.local_date, "F Y")
    return (
        f"{overview.organization.name} has closed {month}: this entry cannot be changed any more. "
        "An administrator can reopen the month."
    )
