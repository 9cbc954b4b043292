"""What work emits: the organization's dashboard and its files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from carbontrack import clock
from carbontrack.htmx import wants_partial
from carbontrack.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_bytes, xlsx_bytes
from emissions.days import local_today
from emissions.domain.totals import Subject
from emissions.factors.categories import TYPE_LABELS
from emissions.repositories.totals import TotalsRepository
from emissions.work.export import export_name, export_sheets
from emissions.work.figures import WorkFigures, build_figures, departments_to_read, figures_window
from emissions.work.filters import WorkFilters
from emissions.work.links import WorkLinks
from emissions.work.page import build_page
from emissions.work.parts import PartKind, department_parts
from organizations.domain import Organization, OrganizationOverview
from organizations.services.changes import demand_lasting
from organizations.services.exports import note_export
from organizations.views.frame import being_deleted

if TYPE_CHECKING:
    from datetime import date

    from carbontrack.http import MemberRequest

_FORMATS = {"csv": (CSV_TYPE, csv_bytes), "xlsx": (XLSX_TYPE, xlsx_bytes)}


@vary_on_headers("HX-Request")
def organization_dashboard(request: MemberRequest) -> HttpResponse:
    """The dashboard of a reporting year, of the whole organization or of a department.

    The whole organization costs three requests, whatever its size: the caller's profile, the organization
    with its targets, its totals. A department costs one Query more for itself and one for each department
    inside it or merged into it, because categories are kept by department. Who administers some departments
    only is led to the first of them.
    """
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    managed = overview.organization.managed_ids(request.profile.managed_departments)
    today = local_today(request.profile.preferences.time_zone)
    links = WorkLinks.of(is_limited=managed is not None)
    if managed is not None and "department" not in request.GET:
        first = _first_department(overview.organization, managed)
        if first is not None:
            filters = WorkFilters.parse(request.GET, overview.organization, managed=managed, today=today)
            return redirect(links.to(filters.with_(department=first)))

    figures = read_figures(request.GET, overview, managed, today)
    is_partial = wants_partial(request)
    response = TemplateResponse(
        request,
        "emissions/work/dashboard.html#work-dashboard" if is_partial else "emissions/work/dashboard.html",
        {
            "page": build_page(overview, figures, today=today, is_limited=managed is not None),
            "organization": overview.organization,
            "is_partial": is_partial,
            # After a link in the page, reading goes on at its top; after a select, in the form.
            "is_led": is_partial and request.htmx.trigger != "work-filters",
        },
    )
    return push_url(response, links.to(figures.filters)) if is_partial else response


def organization_export(request: MemberRequest) -> HttpResponse:
    """What the page shows with the same filters, as a file: `?format=csv` or `xlsx`.

    Who took it, and with which filters, is in the audit trail.
    """
    extension = request.GET.get("format", "csv")
    if extension not in _FORMATS:
        raise BadRequest("a file is csv or xlsx")
    overview = request.overview
    demand_lasting(overview.organization)
    managed = overview.organization.managed_ids(request.profile.managed_departments)
    today = local_today(request.profile.preferences.time_zone)
    figures = read_figures(request.GET, overview, managed, today)
    content_type, write = _FORMATS[extension]
    content = write(export_sheets(figures, made_at=clock.now()))
    if request.method == "GET":
        about = _asked_for(figures, extension)
        note_export(request.profile, overview.organization, action="organization.exported", about=about)
    name = export_name(figures, extension)
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _asked_for(figures: WorkFigures, extension: str) -> dict[str, str]:
    """What a file is narrowed to, in the words of the audit trail."""
    filters, part = figures.filters, figures.part
    said = {
        "file": extension.upper(),
        "year": filters.year.label,
        "department": "all they administer" if part.kind is PartKind.MANAGED else part.label,
        "type": TYPE_LABELS[filters.activity_type] if filters.activity_type else "",
        "scope": f"{filters.scope:d}" if filters.scope else "",
    }
    if part.is_organization:
        del said["department"]
    return {name: words for name, words in said.items() if words}


def read_figures(
    params: Mapping[str, str], overview: OrganizationOverview, managed: Collection[str] | None, today: date
) -> WorkFigures:
    """The figures for the filters of an address: never more than the caller may see.

    Raises ItemNotFound for a department that is not theirs to see.
    """
    organization = overview.organization
    filters = WorkFilters.parse(params, organization, managed=managed, today=today)
    first, last = figures_window(filters, today=today)
    repository = TotalsRepository()
    totals = repository.months(Subject.organization(organization.id), str(first), str(last))
    # Categories are told of the chosen year only, so a department's year before is not read.
    year = str(filters.year.start)
    department_totals = {
        department: repository.months(Subject.department(organization.id, department), year, str(last))
        for department in departments_to_read(organization, filters, managed=managed)
    }
    return build_figures(overview, totals, department_totals, filters, managed=managed, today=today)


def _first_department(organization: Organization, managed: Collection[str]) -> str | None:
    """The first of the departments that are left of those somebody administers."""
    return next((each.id for each, _inner in department_parts(organization, managed)), None)
