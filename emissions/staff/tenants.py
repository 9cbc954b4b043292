"""One organization as staff of the platform see it: who is in it, how much it is used, what happened there.

How much its people emit is told as far as its own administrators may know it, and no further. Who logged what
is not here at all: that takes a support visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.response import TemplateResponse

from accounts import countries
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.http import PersonRequest
from emissions.dashboard.periods import Month
from emissions.domain.totals import MonthTotals, Subject
from emissions.repositories.totals import TotalsRepository
from emissions.work.cells import Cells
from emissions.work.filters import WorkFilters
from organizations.domain import Member, Organization, SecondStep
from organizations.forms.members import KIND_LABELS
from organizations.repositories.members import MemberKind, MemberRepository, kind_of
from organizations.sectors import sector_name
from organizations.staff.organizations import find_organization, state_of
from organizations.trail import row_of, without_figures
from organizations.views.audit import ListedRow
from organizations.views.tree import tree_of

#: Of the trail, on this page; the rest is in the audit trail of the staff console.
NEWEST = 10
MONTHS = 12
MEMBERS_PER_PAGE = 10
SECOND_STEP_WORDS = {
    SecondStep.NOBODY: "Nobody",
    SecondStep.ADMINISTRATORS: "Administrators",
    SecondStep.EVERYBODY: "Everybody",
}


@dataclass(frozen=True, slots=True)
class MonthOfUse:
    """Work entries of a month and how many people logged them; `kg` is None where that is withheld."""

    month: Month
    entries: int
    people: int
    kg: Decimal | None


@dataclass(frozen=True, slots=True)
class StaffMemberRow:
    member: Member
    department: str
    role: str
    may_be_promoted: bool


def organization_detail(request: PersonRequest, organization_id: str) -> HttpResponse:
    """Four requests besides the caller's profile: itself, its totals, a page of members, its trail."""
    organization = find_organization(organization_id)
    cursor = request.GET.get("cursor")
    members = MemberRepository(organization.id).page(cursor=cursor, page_size=MEMBERS_PER_PAGE)
    trail = AuditRepository(organization_subject(organization.id)).page()
    zone = zone_or_utc(request.profile.preferences.time_zone)
    context: dict[str, Any] = {
        "organization": organization,
        "state": state_of(organization),
        "country": countries.name(organization.country),
        "sector": sector_name(organization.sector),
        "second_step": SECOND_STEP_WORDS[organization.second_step],
        "months": _months(organization),
        "tree": tree_of(organization),
        "members": [_member(organization, each) for each in members.items],
        "cursor": cursor,
        "next_query": urlencode({"cursor": members.next_cursor}) if members.next_cursor else "",
        "trail": [
            ListedRow(row_of(without_figures(each)), each.at.astimezone(zone))
            for each in trail.items[:NEWEST]
        ],
        "time_zone": zone,
    }
    return TemplateResponse(request, "staff/organizations/detail.html", context)


def _member(organization: Organization, member: Member) -> StaffMemberRow:
    kind = kind_of(member)
    return StaffMemberRow(
        member,
        department=organization.department_label(member.department_id),
        role=KIND_LABELS[kind],
        may_be_promoted=kind is not MemberKind.ADMINISTRATOR,
    )


def _months(organization: Organization) -> list[MonthOfUse]:
    """The last twelve, newest first, as its own dashboard would withhold them."""
    today = clock.now().date()
    last = Month.of(today)
    totals = TotalsRepository().months(
        Subject.organization(organization.id), str(last.shift(1 - MONTHS)), str(last)
    )
    cells = Cells(totals, minimum=organization.minimum_group)
    filters = WorkFilters.of(organization, today=today)
    return [_month(each, cells, filters) for each in reversed(totals)]


def _month(totals: MonthTotals, cells: Cells, filters: WorkFilters) -> MonthOfUse:
    month = Month.parse(totals.month)
    visible = cells.visible(month, None)
    kg = visible.total(filters) if visible.state.has_figure else None
    return MonthOfUse(month, totals.entries, totals.participants, kg if totals.entries else Decimal(0))
