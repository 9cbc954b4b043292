"""Targets of an organization: set one and see its path first, look at those that are set, remove one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest
from emissions.dashboard.periods import Month
from emissions.days import local_today
from emissions.forms.work import TargetForm
from emissions.services.targets import (
    BaseYear,
    base_year_of,
    label_of,
    remove_target,
    set_target,
)
from emissions.work.charts.path import PathChart, path_chart
from emissions.work.progress import PathPoint, path_points
from emissions.work.years import ReportingYear
from organizations.domain import Organization, OrganizationOverview, Target
from organizations.errors import OrganizationRefused
from organizations.forms.fields import show_refusal
from organizations.views.frame import being_deleted


@dataclass(frozen=True, slots=True)
class TargetPreview:
    """What the form would set, as far as it is filled in. `chart` is None while there is no path to draw."""

    base: BaseYear
    target: Target | None = None
    points: tuple[PathPoint, ...] = ()
    chart: PathChart | None = None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target of the list. The one that counts is drawn on the dashboard."""

    target: Target
    label: str
    base_label: str
    target_label: str
    counts: bool


@vary_on_headers("HX-Request")
def target_list(request: MemberRequest) -> HttpResponse:
    """The targets, with a form for another one. HTMX asks for the path of what is filled in so far."""
    overview = request.overview
    organization = overview.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    this_year = _this_year(request.profile, organization)
    if request.method == "POST":
        return _set(request, overview, this_year)
    data = request.GET if "reduction_percent" in request.GET else None
    form = TargetForm(data, organization=organization, this_year=this_year)
    if wants_partial(request):
        preview = _preview(request.profile, organization, form)
        context = {"organization": organization, "form": form, "preview": preview, "part": True}
        return render(request, "emissions/work/target_list.html#target-preview", context)
    return _page(request, overview, form)


def _set(request: MemberRequest, overview: OrganizationOverview, this_year: ReportingYear) -> HttpResponse:
    key = request.POST.get("key", "")
    target_id = read_form_key(request.profile.user_id, key)
    form = TargetForm(request.POST, organization=overview.organization, this_year=this_year)
    if not form.is_valid():
        return _page(request, overview, form, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if "preview" in request.POST:
        return _page(request, overview, form, key=key)
    today = local_today(request.profile.preferences.time_zone)
    try:
        target = set_target(request.profile, overview, form.draft(), target_id=target_id, today=today)
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _page(request, overview, form, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(
        request,
        f"The target is set: {label_of(target, overview.organization)}. The dashboard shows its path.",
    )
    return redirect("emissions:target-list")


def target_remove(request: MemberRequest, target_id: str) -> HttpResponse:
    overview = request.overview
    target = remove_target(request.profile, overview, target_id)
    messages.success(request, f"The target is removed: {label_of(target, overview.organization)}.")
    return redirect("emissions:target-list")


def _page(
    request: MemberRequest,
    overview: OrganizationOverview,
    form: TargetForm,
    *,
    key: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    organization = overview.organization
    context = {
        "organization": organization,
        "form": form,
        "key": key or new_form_key(request.profile.user_id),
        "preview": _preview(request.profile, organization, form),
        "rows": _rows(overview),
    }
    return TemplateResponse(request, "emissions/work/target_list.html", context, status=status)


def _rows(overview: OrganizationOverview) -> list[TargetRow]:
    """Newest first: the first one counts."""
    begins_in = overview.organization.reporting_year_start
    newest_first = sorted(overview.targets, key=lambda each: (each.created_at, each.id), reverse=True)
    return [
        TargetRow(
            target=target,
            label=label_of(target, overview.organization),
            base_label=ReportingYear.beginning(target.base_year, begins_in=begins_in).label,
            target_label=ReportingYear.beginning(target.target_year, begins_in=begins_in).label,
            counts=target == overview.target,
        )
        for target in newest_first
    ]


def _preview(profile: Profile, organization: Organization, form: TargetForm) -> TargetPreview:
    is_valid = form.is_valid()
    today = local_today(profile.preferences.time_zone)
    base = base_year_of(organization, form.chosen_base_year, today=today)
    if not is_valid:
        return TargetPreview(base)
    draft = form.draft()
    base_kg = draft.base_kg or base.kg
    if base_kg is None:
        return TargetPreview(base)
    target = _target_of(draft.base_year, base_kg, draft.reduction_percent, draft.target_year)
    points = path_points(target, begins_in=organization.reporting_year_start)
    return TargetPreview(base, target, points, path_chart(points))


def _target_of(base_year: int, base_kg: Decimal, reduction_percent: Decimal, target_year: int) -> Target:
    """A target to look at, which is not stored."""
    return Target("", base_year, base_kg, reduction_percent, target_year, created_at=clock.now())


def _this_year(profile: Profile, organization: Organization) -> ReportingYear:
    today = local_today(profile.preferences.time_zone)
    return ReportingYear.containing(Month.of(today), begins_in=organization.reporting_year_start)
