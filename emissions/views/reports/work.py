"""An organization's reports, for its administrators: those of some departments see theirs."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse, QueryDict
from django.views.decorators.vary import vary_on_headers

from carbontrack.http import MemberRequest
from emissions.days import local_today
from emissions.forms.reports import Options, ReportForm
from emissions.reports.preparing import WorkRequest
from emissions.services.reporting import work_request
from emissions.views.reports import shared
from emissions.work.filters import NONE, WorkFilters
from emissions.work.parts import WITHOUT_DEPARTMENT, department_parts
from organizations.domain import Organization, OrganizationOverview
from organizations.services.changes import demand_lasting
from organizations.services.exports import note_export
from organizations.views.frame import being_deleted


def organization_report(request: MemberRequest) -> HttpResponse:
    """The report of a period, of all the caller may see or of a department.

    Besides the caller's profile and the organization it costs a Query of totals, one for each department that
    is looked at, one for the entries of each month (at most 2,000 of them), and two of the audit trail. With
    more entries, two GetItems: a job reads them.
    """
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    form = _form(request, overview, request.GET)
    if not form.is_valid() or form.chosen is None:
        return shared.refused_page(request, _place(overview), form)
    return shared.report_page(request, _place(overview), form, _asked(request, overview, form))


def organization_report_prepare(request: MemberRequest) -> HttpResponse:
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    form = _form(request, overview, request.POST)
    if not form.is_valid() or form.chosen is None:
        return shared.refused_page(request, _place(overview), form)
    return shared.prepare(request, _place(overview), _asked(request, overview, form))


@vary_on_headers("HX-Request")
def organization_report_progress(request: MemberRequest, report_id: str) -> HttpResponse:
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    asked = work_request(request.profile, overview, report_id)
    return shared.progress_page(request, _place(overview), asked)


def organization_report_file(request: MemberRequest, report_id: str) -> HttpResponse:
    """The report as a file. Who took it, and of what, is in the audit trail."""
    overview = request.overview
    demand_lasting(overview.organization)
    asked = work_request(request.profile, overview, report_id)
    response = shared.report_file(request, _place(overview), asked)
    if request.method == "GET" and "Content-Disposition" in response:
        extension = request.GET.get("format", "pdf")
        about = {"file": extension.upper(), "period": asked.period.full_label}
        if not asked.part.is_organization:
            about["department"] = asked.part.label
        note_export(request.profile, overview.organization, action="report.exported", about=about)
    return response


def _place(overview: OrganizationOverview) -> shared.Place:
    return shared.Place(
        "emissions:organization-report",
        "emissions:organization-report-prepare",
        "emissions:organization-report-progress",
        "emissions:organization-report-file",
        {"organization": overview.organization},
    )


def _form(request: MemberRequest, overview: OrganizationOverview, data: QueryDict) -> ReportForm:
    organization = overview.organization
    return ReportForm(
        data.dict(),
        today=_today(request),
        begins_in=organization.reporting_year_start,
        departments=_departments(request, organization),
    )


def _asked(request: MemberRequest, overview: OrganizationOverview, form: ReportForm) -> WorkRequest:
    """Raises ItemNotFound for a department that the caller may not see."""
    assert form.chosen is not None
    organization = overview.organization
    managed = organization.managed_ids(request.profile.managed_departments)
    params = {"department": form.cleaned_data.get("department", "")}
    filters = WorkFilters.parse(params, organization, managed=managed, today=_today(request))
    return WorkRequest.read(request.profile, overview, filters, managed, form.chosen)


def _departments(request: MemberRequest, organization: Organization) -> Options:
    """The parts that a report may be about, as the dashboard offers them; none where there is one only."""
    managed = organization.managed_ids(request.profile.managed_departments)
    parts = [each for family, inner in department_parts(organization, managed) for each in (family, *inner)]
    options = [(each.id or "", each.label) for each in parts]
    if managed is not None:
        return [("", "All your departments"), *options] if len(options) > 1 else []
    return [("", "The whole organization"), *options, (NONE, WITHOUT_DEPARTMENT)] if options else []


def _today(request: MemberRequest) -> date:
    return local_today(request.profile.preferences.time_zone)
