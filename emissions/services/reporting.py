"""Preparing a report in a job: who asked, for what, with the rights they have when it runs."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import ItemNotFound
from carbontrack.jobs import Reporter
from emissions.days import local_today
from emissions.reports import store
from emissions.reports.periods import PeriodRefused, read_slug
from emissions.reports.preparing import PersonalRequest, ReportRequest, WorkRequest
from emissions.work.filters import WorkFilters
from organizations.domain import OrganizationOverview
from organizations.repositories.organizations import OrganizationRepository

PERSONAL, WORK = "personal", "work"


class NoReport(ItemNotFound):
    """A name that no report of this reader has."""


def names_of(request: ReportRequest) -> dict[str, str]:
    """What a task needs to find the request again."""
    if isinstance(request, PersonalRequest):
        return {"kind": PERSONAL, "slug": request.slug, "reader": request.profile.user_id}
    return {"kind": WORK, "slug": request.slug, "reader": request.reader.user_id}


def prepare(file_id: str, owner: str, names: Mapping[str, str]) -> None:
    """Build a report and keep it. Nothing is kept for a reader who lost the right to it meanwhile."""
    reader = ProfileRepository().find(names["reader"])
    request = None if reader is None else _request(reader, owner, names)
    if request is None or request.file_id != file_id:
        Reporter(owner, file_id).fail()
        return
    report = Reporter(owner, file_id, total=request.entry_count)
    report.step("Reading entries")
    document = request.build(report.advance)
    report.step("Writing page, PDF and workbook")
    store.keep(owner, file_id, document)
    report.finish()


def _request(reader: Profile, owner: str, names: Mapping[str, str]) -> ReportRequest | None:
    try:
        if names["kind"] == PERSONAL:
            return personal_request(reader, names["slug"]) if reader.user_id == owner else None
        if not reader.is_organization_admin or reader.organization_id != owner:
            return None
        overview = OrganizationRepository(owner).overview()
        return work_request(reader, overview, names["slug"]) if overview.organization.is_working else None
    except ItemNotFound:
        return None


def personal_request(reader: Profile, slug: str) -> PersonalRequest:
    """The request that a name in an address stands for. Raises NoReport."""
    try:
        period = read_slug(slug, local_today(reader.preferences.time_zone))
    except PeriodRefused as error:
        raise NoReport(slug) from error
    return PersonalRequest.read(reader, period)


def work_request(reader: Profile, overview: OrganizationOverview, slug: str) -> WorkRequest:
    """The same of an organization. Raises ItemNotFound for what the reader may not see."""
    organization = overview.organization
    managed = organization.managed_ids(reader.managed_departments)
    today = local_today(reader.preferences.time_zone)
    first, _, rest = slug.partition("_")
    last, _, department = rest.partition("_")
    try:
        period = read_slug(f"{first}_{last}", today, begins_in=organization.reporting_year_start)
    except PeriodRefused as error:
        raise NoReport(slug) from error
    filters = WorkFilters.parse({"department": department}, organization, managed=managed, today=today)
    return WorkRequest.read(reader, overview, filters, managed, period)
