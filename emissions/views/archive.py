"""Archives: how long entries stay at hand, which months are in the archive, and their way back."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.vary import vary_on_headers

from accounts.repository import ProfileRepository
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.dynamodb import Conflict, ItemNotFound
from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest, PersonRequest
from carbontrack.jobs import ProgressRepository
from emissions.archive import files
from emissions.dashboard.periods import Month
from emissions.domain.archives import HELD
from emissions.domain.totals import Subject
from emissions.forms.archive import KeepForm, keep_label, keep_value
from emissions.repositories.archives import ArchiveRepository
from emissions.services.archiving.due import JOB_ID
from emissions.services.archiving.keeping import keep_for, keep_for_organization
from emissions.services.archiving.restoring import begin_restore
from emissions.tasks.archive import queue_archiving, queue_restore
from emissions.views.archived_months import ArchivedYear, years_of
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, RightsLost
from organizations.repositories.organizations import OrganizationRepository
from organizations.views.frame import being_deleted

TEMPLATE = "emissions/archive/archive.html"
MONTHS_PER_PAGE = 24


# -- A person's ---------------------------------------------------------------------------------------------


@vary_on_headers("HX-Request")
def archive(request: PersonRequest) -> HttpResponse:
    """A person's own archive. A POST chooses how long entries stay, or goes on with what has stopped."""
    profile = request.profile
    owner = Subject.user(profile.user_id)
    if request.method != "POST":
        form = KeepForm(stored=profile.preferences.keep_months, version=profile.version)
        return _page(request, owner, form)
    if "go_on" in request.POST:
        return _gone_on(owner)
    form = KeepForm(request.POST, stored=profile.preferences.keep_months, version=profile.version)
    if not form.is_valid():
        return _page(request, owner, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    keep_months = form.cleaned_data["keep_months"]
    try:
        keep_for(profile, keep_months, seen_version=form.cleaned_data["seen_version"])
    except Conflict:
        request.profile = ProfileRepository().get(profile.user_id)
        stored = request.profile.preferences.keep_months
        again = KeepForm(_chosen(form, request.profile.version), stored=stored, version=0)
        return _page(request, owner, again, status=HTTPStatus.CONFLICT, conflict=keep_label(stored))
    return _kept(request, owner, keep_months)


def archive_restore(request: PersonRequest, month: str) -> HttpResponse:
    """Bring a month back, or all of a year."""
    return _restored(request, Subject.user(request.profile.user_id), month)


# -- An organization's --------------------------------------------------------------------------------------


@vary_on_headers("HX-Request")
def organization_archive(request: MemberRequest) -> HttpResponse:
    """The same for the work entries of an organization."""
    owner = Subject.organization(request.organization_id)
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        form = KeepForm(stored=organization.keep_months, version=organization.version)
        return _page(request, owner, form, organization=organization)
    if "go_on" in request.POST:
        return _gone_on(owner)
    form = KeepForm(request.POST, stored=organization.keep_months, version=organization.version)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, owner, form, organization=organization, status=status)
    keep_months = form.cleaned_data["keep_months"]
    try:
        seen_version = form.cleaned_data["seen_version"]
        keep_for_organization(request.profile, organization, keep_months, seen_version=seen_version)
    except RightsLost:
        raise
    except OrganizationConflict:
        return _organization_changed(request, owner, form)
    return _kept(request, owner, keep_months)


def _organization_changed(request: MemberRequest, owner: Subject, form: KeepForm) -> HttpResponse:
    organization = OrganizationRepository(request.organization_id).get()
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    stored = organization.keep_months
    again = KeepForm(_chosen(form, organization.version), stored=stored, version=0)
    status, conflict = HTTPStatus.CONFLICT, keep_label(stored)
    return _page(request, owner, again, organization=organization, status=status, conflict=conflict)


def organization_archive_restore(request: MemberRequest, month: str) -> HttpResponse:
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    return _restored(request, Subject.organization(organization.id), month)


# -- Both ---------------------------------------------------------------------------------------------------


def _page(
    request: PersonRequest,
    owner: Subject,
    form: KeepForm,
    *,
    organization: Organization | None = None,
    status: int = HTTPStatus.OK,
    conflict: str = "",
) -> HttpResponse:
    now = clock.now()
    before = _asked_before(request)
    records = ArchiveRepository(owner).newest(MONTHS_PER_PAGE + 1, before=before)
    progress = ProgressRepository(owner.owner_id).find(JOB_ID)
    years = years_of(records[:MONTHS_PER_PAGE], now, organization)
    has_stopped = progress is not None and progress.has_stopped(now)
    context: dict[str, Any] = {
        "organization": organization,
        "url": reverse(_route(owner)),
        "form": form,
        "conflict": conflict,
        "is_set_up": files.is_set_up(),
        "held_days": HELD.days,
        "years": years,
        "before": before,
        "before_label": Month.parse(before).label if before else "",
        "earlier": records[MONTHS_PER_PAGE - 1].month if len(records) > MONTHS_PER_PAGE else "",
        "progress": progress,
        "has_stopped": has_stopped,
        "is_busy": _is_busy(years) or (progress is not None and not progress.is_done and not has_stopped),
        "time_zone": zone_or_utc(request.profile.preferences.time_zone),
    }
    if wants_partial(request):
        return render(request, f"{TEMPLATE}#archived", context, status=status)
    return TemplateResponse(request, TEMPLATE, context, status=status)


def _is_busy(years: Iterable[ArchivedYear]) -> bool:
    """Whether a month moves, so that looking again will show something else."""
    return any(row.is_moving and not row.has_stopped for year in years for row in year.rows)


def _chosen(form: KeepForm, version: int) -> dict[str, Any]:
    """What was chosen, over the version that is stored by now: saving once more keeps it."""
    return {"keep_months": keep_value(form.cleaned_data["keep_months"]), "seen_version": version}


def _kept(request: PersonRequest, owner: Subject, keep_months: int | None) -> HttpResponse:
    if keep_months is None:
        said = "Nothing more is archived. Months that are in the archive stay there until you restore them."
    else:
        queue_archiving(owner)
        said = f"Entries stay for {keep_label(keep_months)}. Older ones go to the archive now."
    messages.success(request, said)
    return redirect(_route(owner))


def _gone_on(owner: Subject) -> HttpResponse:
    queue_archiving(owner)
    return redirect(_route(owner))


def _restored(request: PersonRequest, owner: Subject, text: str) -> HttpResponse:
    asked = _months(text)
    coming = [month for month in asked if begin_restore(owner, month, actor=request.profile)]
    if coming:
        queue_restore(owner, coming)
        what = Month.parse(coming[0]).label if len(coming) == 1 else f"{len(coming)} months"
        on_the_way = "is on its way back" if len(coming) == 1 else "are on their way back"
        messages.success(request, f"{what} {on_the_way} to the list of entries.")
    else:
        messages.info(request, "There is nothing to restore: no entry of that time is in the archive.")
    before = request.POST.get("before") or _first_page_with(owner, asked[-1])
    query = f"?{urlencode({'before': before})}" if before else ""
    return redirect(f"{reverse(_route(owner))}{query}#year-{asked[-1][:4]}")


def _months(text: str) -> list[str]:
    """A month, or the months of a year. Raises ItemNotFound for anything else."""
    try:
        if len(text) == 4:
            return [str(month) for month in Month.parse(f"{text}-01").until(Month.parse(f"{text}-12"))]
        return [str(Month.parse(text))]
    except ValueError as error:
        raise ItemNotFound(text) from error


def _first_page_with(owner: Subject, month: str) -> str:
    """The `before` of a page that shows the month; empty where the first one does."""
    newest = ArchiveRepository(owner).newest(MONTHS_PER_PAGE)
    is_further = len(newest) == MONTHS_PER_PAGE and month < newest[-1].month
    return str(Month.parse(month).shift(1)) if is_further else ""


def _asked_before(request: PersonRequest) -> str:
    """`?before=2024-03`; nonsense shows the first page."""
    try:
        return str(Month.parse(request.GET.get("before", "")))
    except ValueError:
        return ""


def _route(owner: Subject) -> str:
    return "emissions:archive" if owner.is_user else "emissions:organization-archive"
