"""Closing and reopening months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.repository import ProfileRepository
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from carbontrack.http import MemberRequest
from emissions.dashboard.periods import Month
from emissions.days import EARLIEST_DAY
from emissions.domain.totals import MonthTotals, Subject
from emissions.forms.work import ReopenForm
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.months import close_month, reopen_month
from organizations.domain import ClosedMonth, OrganizationOverview, closing_begins_at
from organizations.errors import OrganizationRefused
from organizations.forms.fields import focus_first_error
from organizations.views.frame import being_deleted

MONTHS_PER_PAGE = 24
EARLIEST = Month.of(EARLIEST_DAY)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of the list. `entries` is None where too few people logged to say, `archived` if it is away.

    `closing_from` is when an open month may be closed, None once it may. `form` is that of a closed one.
    """

    month: Month
    entries: int | None
    closed: ClosedMonth | None
    closed_by: str
    closing_from: datetime | None
    archived: bool
    form: ReopenForm | None


def month_list(request: MemberRequest) -> HttpResponse:
    """The last two years, or with `?before=2024-12` the two years before that month."""
    return _page(request, request.overview)


def month_close(request: MemberRequest, month: str) -> HttpResponse:
    closing = _month(month)
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    try:
        close_month(request.profile, overview.organization, closing)
    except OrganizationRefused as refused:
        messages.warning(request, refused.message)
        return _page(request, overview, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, f"{closing.label} is closed: its work entries are locked.")
    return _back_to(closing)


def month_reopen(request: MemberRequest, month: str) -> HttpResponse:
    opening = _month(month)
    overview = request.overview
    if overview.organization.deleting_at is not None:
        return being_deleted(request, overview.organization)
    form = ReopenForm(request.POST, month=month)
    if not form.is_valid() and overview.is_closed(month):
        focus_first_error(form)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, overview, before=_first_page_with(opening), refused=form, status=status)
    reopen_month(request.profile, overview, opening, reason=form.cleaned_data.get("reason", ""))
    messages.success(request, f"{opening.label} is open again.")
    return _back_to(opening)


def _month(text: str) -> Month:
    """The month in an address. Raises ItemNotFound for what can be none of an organization."""
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise ItemNotFound(text) from error
    if month < EARLIEST:
        raise ItemNotFound(text)
    return month


def _back_to(month: Month) -> HttpResponse:
    """The page of the list that has the month, scrolled to it."""
    before = _first_page_with(month)
    query = f"?{urlencode({'before': before})}" if before is not None else ""
    return redirect(f"{reverse('emissions:month-list')}{query}#month-{month}")


def _running() -> Month:
    return Month.of(clock.now().date())


def _first_page_with(month: Month) -> Month | None:
    """The `before` of the page that has a month; None for the first page."""
    before = _running().shift(1)
    while month < before.shift(-MONTHS_PER_PAGE):
        before = before.shift(-MONTHS_PER_PAGE)
    return None if before > _running() else before


def _page(
    request: MemberRequest,
    overview: OrganizationOverview,
    *,
    before: Month | None = None,
    refused: ReopenForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    organization = overview.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    before = before or asked_before(request)
    context = months_context(overview, before, refused=refused) | {
        "time_zone": zone_or_utc(request.profile.preferences.time_zone)
    }
    return TemplateResponse(request, "emissions/work/month_list.html", context, status=status)


def months_context(
    overview: OrganizationOverview, before: Month | None, *, refused: ReopenForm | None = None
) -> dict[str, Any]:
    """Two years of months before another, or the last two: a Query of totals and one of the archive."""
    organization = overview.organization
    last = (before or _running().shift(1)).shift(-1)
    first = max(last.shift(1 - MONTHS_PER_PAGE), EARLIEST)
    totals = TotalsRepository().months(Subject.organization(organization.id), str(first), str(last))
    archive = ArchiveRepository(Subject.organization(organization.id)).months(str(first), str(last))
    archived = {record.month for record in archive.values() if record.is_locked}
    return {
        "organization": organization,
        "rows": _rows(overview, totals, archived, refused=refused),
        "earlier": str(first) if first > EARLIEST else "",
        "is_first_page": before is None,
    }


def asked_before(request: HttpRequest) -> Month | None:
    """`?before=2024-12`; None for nonsense, and for what the first page has."""
    try:
        before = Month.parse(request.GET.get("before", ""))
    except ValueError:
        return None
    return before if EARLIEST < before <= _running() else None


def _rows(
    overview: OrganizationOverview,
    totals: list[MonthTotals],
    archived: set[str],
    *,
    refused: ReopenForm | None,
) -> list[MonthRow]:
    """Newest first."""
    closed = {each.month: each for each in overview.closed_months}
    names = _names({closed[each.month].closed_by for each in totals if each.month in closed}, overview)
    return [
        _row(
            each,
            closed.get(each.month),
            names,
            overview.organization.minimum_group,
            refused,
            archived=each.month in archived,
        )
        for each in reversed(totals)
    ]


def _row(
    totals: MonthTotals,
    closed: ClosedMonth | None,
    names: Mapping[str, str],
    minimum_group: int,
    refused: ReopenForm | None,
    *,
    archived: bool,
) -> MonthRow:
    begins_at = closing_begins_at(totals.month)
    form = None
    if closed is not None:
        is_refused = refused is not None and refused.month == totals.month
        form = refused if is_refused else ReopenForm(month=totals.month)
    return MonthRow(
        month=Month.parse(totals.month),
        entries=None if 0 < totals.participants < minimum_group else totals.entries,
        closed=closed,
        closed_by="" if closed is None else names[closed.closed_by],
        closing_from=None if closed is not None or begins_at <= clock.now() else begins_at,
        archived=archived,
        form=form,
    )


def _names(user_ids: set[str], overview: OrganizationOverview) -> dict[str, str]:
    """What those who closed months are called; who has left is named in the audit trail only."""
    names = {}
    for user_id in user_ids:
        profile = ProfileRepository().find(user_id, consistent=False)
        is_member = profile is not None and profile.organization_id == overview.organization.id
        names[user_id] = (
            profile.display_name if profile is not None and is_member else "somebody who has left"
        )
    return names
