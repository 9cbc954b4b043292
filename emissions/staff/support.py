"""What a support visit shows, as the organization or the person sees it themselves: to read, nothing else.

No page here has a form that changes anything but the one that ends the visit, or hands out a file. What a
member logged for themselves is in no visit of their organization: these pages read totals, members and
months of that organization, and entries only of a person who is visited themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.audit import AuditRepository
from carbontrack.dynamodb import ItemNotFound, acting_for
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from emissions.days import local_today
from emissions.domain.entries import Entry
from emissions.explanation import Explanation, explain_entry
from emissions.factors import choices
from emissions.forms.filters import FilterForm
from emissions.repositories.entries import EntryRepository
from emissions.views.work.dashboard import read_figures
from emissions.views.work.months import asked_before, months_context
from emissions.work.links import WorkLinks
from emissions.work.page import build_page
from organizations.domain import Member, Organization
from organizations.forms.members import KIND_LABELS, MemberFilterForm
from organizations.repositories.members import MemberRepository, kind_of
from organizations.repositories.organizations import OrganizationRepository
from organizations.repositories.visits import SupportVisit, VisitKind, VisitRepository
from organizations.services.visits import look, subject_of
from organizations.trail import row_of
from organizations.views.audit import ListedRow

#: page, label: what each kind of visit opens.
_PAGES = {
    VisitKind.ORGANIZATION: (
        ("dashboard", "Dashboard"),
        ("members", "Members"),
        ("months", "Months"),
        ("audit", "Audit trail"),
    ),
    VisitKind.PERSON: (("entries", "Entries"), ("audit", "Activity")),
}
Show = Callable[[PersonRequest, SupportVisit], HttpResponse]


def on_visit(page: str) -> Callable[[Show], Callable[[PersonRequest, str], HttpResponse]]:
    """Let a page be shown on one's own visit that is still open, and note the look at it before.

    Raises ItemNotFound for a visit of somebody else, and for a page that this kind of visit does not open.
    """

    def decorate(show: Show) -> Callable[[PersonRequest, str], HttpResponse]:
        @wraps(show)
        def view(request: PersonRequest, visit_id: str) -> HttpResponse:
            visit = VisitRepository(request.profile.user_id).get(visit_id)
            if page not in dict(_PAGES[visit.kind]):
                raise ItemNotFound(page)
            if visit.is_open(clock.now()) and look(request.profile, visit, page):
                return show(request, visit)
            context = _frame(request, visit, page)
            return TemplateResponse(request, "staff/visits/over.html", context, status=HTTPStatus.GONE)

        return view

    return decorate


def _frame(request: PersonRequest, visit: SupportVisit, page: str) -> dict[str, Any]:
    """What every page of a visit has: the band on top, the places within, the reader's time zone."""
    return {
        "visit": visit,
        "places": [
            (label, reverse(f"staff:support-{name}", args=[visit.id]), name == page)
            for name, label in _PAGES[visit.kind]
        ],
        "time_zone": zone_or_utc(request.profile.preferences.time_zone),
    }


# -- An organization ----------------------------------------------------------------------------------------


@vary_on_headers("HX-Request")
@on_visit("dashboard")
def support_dashboard(request: PersonRequest, visit: SupportVisit) -> HttpResponse:
    """Its dashboard, withheld where it is withheld from its own administrators."""
    overview = OrganizationRepository(visit.about_id).overview()
    today = local_today(request.profile.preferences.time_zone)
    figures = read_figures(request.GET, overview, None, today)
    url = reverse("staff:support-dashboard", args=[visit.id])
    links = WorkLinks(page=url, file="", is_limited=False)
    is_partial = wants_partial(request)
    context = _frame(request, visit, "dashboard") | {
        "page": build_page(overview, figures, today=today, is_limited=False, links=links),
        "is_partial": is_partial,
        "is_led": is_partial and request.headers.get("HX-Trigger") != "work-filters",
    }
    template = "staff/visits/dashboard.html"
    response = TemplateResponse(request, f"{template}#work-dashboard" if is_partial else template, context)
    return push_url(response, links.to(figures.filters)) if is_partial else response


@dataclass(frozen=True, slots=True)
class VisitedMember:
    member: Member
    department: str
    role: str
    limits: str


@on_visit("members")
def support_members(request: PersonRequest, visit: SupportVisit) -> HttpResponse:
    organization = OrganizationRepository(visit.about_id).get()
    form = MemberFilterForm(request.GET, organization=organization, managed=None)
    cursor = request.GET.get("cursor")
    page = MemberRepository(organization.id).page(form.filters, cursor)
    context = _frame(request, visit, "members") | {
        "organization": organization,
        "form": form,
        "rows": [_member(organization, each) for each in page.items],
        "cursor": cursor,
        "next_query": urlencode(form.query | {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return TemplateResponse(request, "staff/visits/members.html", context)


def _member(organization: Organization, member: Member) -> VisitedMember:
    return VisitedMember(
        member,
        department=organization.department_label(member.department_id),
        role=KIND_LABELS[kind_of(member)],
        limits=organization.department_labels(member.managed_departments),
    )


@on_visit("months")
def support_months(request: PersonRequest, visit: SupportVisit) -> HttpResponse:
    """Open, closed and archived ones, two years at a time."""
    overview = OrganizationRepository(visit.about_id).overview()
    months = months_context(overview, asked_before(request))
    return TemplateResponse(request, "staff/visits/months.html", _frame(request, visit, "months") | months)


# -- Both ---------------------------------------------------------------------------------------------------


@on_visit("audit")
def support_audit(request: PersonRequest, visit: SupportVisit) -> HttpResponse:
    """The trail of whoever is visited; this visit is at its top."""
    cursor = request.GET.get("cursor")
    page = AuditRepository(subject_of(visit)).page(cursor)
    frame = _frame(request, visit, "audit")
    context = frame | {
        "rows": [ListedRow(row_of(each), each.at.astimezone(frame["time_zone"])) for each in page.items],
        "cursor": cursor,
        "next_cursor": page.next_cursor,
    }
    return TemplateResponse(request, "staff/visits/audit.html", context)


# -- A person -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitedEntry:
    """An entry with its figure explained; nothing to change it with."""

    entry: Entry
    label: str
    explanation: Explanation


@on_visit("entries")
def support_entries(request: PersonRequest, visit: SupportVisit) -> HttpResponse:
    """What the person logged, personal and for work, newest first. Archived months are not among it."""
    today = local_today(request.profile.preferences.time_zone)
    form = FilterForm(request.GET, today=today, is_member=True)
    cursor = request.GET.get("cursor")
    with acting_for(visit.about_id):  # entries are read with the rights of whose they are
        page = EntryRepository(visit.about_id).page(form.filters, cursor)
    context = _frame(request, visit, "entries") | {
        "form": form,
        "rows": [VisitedEntry(each, choices.label(each.variant), explain_entry(each)) for each in page.items],
        "cursor": cursor,
        "next_query": urlencode(form.query | {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return TemplateResponse(request, "staff/visits/entries.html", context)
