"""The end of an organization: what goes and what stays, its name typed, and then how far it is."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from carbontrack import clock
from carbontrack.htmx import go_to, wants_partial
from carbontrack.http import MemberRequest, PersonRequest
from carbontrack.jobs import SILENCE, Progress, ProgressRepository, has_stopped
from emissions.forms.work import DeletionForm
from emissions.services.deletion import FAREWELL, JOB_ID, start
from emissions.tasks.deletion import queue_deletion
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

TEMPLATE = "emissions/work/organization_delete.html"
PROGRESS = "emissions/work/deletion_progress.html"


def organization_delete(request: MemberRequest) -> HttpResponse:
    """Ask for the name, and begin. Once it has begun, a POST starts a job that has stopped once more."""
    overview = request.overview
    organization = overview.organization
    if organization.deleting_at is not None:
        progress = ProgressRepository(organization.id).find(JOB_ID)
        if request.method == "POST" and _has_stopped(progress, organization.deleting_at):
            queue_deletion(organization.id, request.profile.user_id)
        return redirect("emissions:deletion-progress")
    if request.method != "POST":
        return _page(request, organization, DeletionForm(organization=organization))
    form = DeletionForm(request.POST, organization=organization)
    if not form.is_valid():
        return _page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    start(request.profile, overview)
    queue_deletion(organization.id, request.profile.user_id)
    return redirect("emissions:deletion-progress")


def _page(
    request: MemberRequest, organization: Organization, form: DeletionForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"organization": organization, "form": form}
    return TemplateResponse(request, TEMPLATE, context, status=status)


@vary_on_headers("HX-Request")
def deletion_progress(request: PersonRequest) -> HttpResponse:
    """How far it is, and at last that it is over: whoever looks on belongs to no organization by then."""
    profile = request.profile
    organization = None
    if profile.organization_id is not None:
        if not profile.is_full_organization_admin:
            return go_to(request, "organizations:home")
        organization = OrganizationRepository(profile.organization_id).find()
    if organization is None:
        return _progress_page(request, {"is_over": True})
    if organization.deleting_at is None:
        return go_to(request, "emissions:organization-delete")
    progress = ProgressRepository(organization.id).find(JOB_ID)
    context = {
        "organization": organization,
        "progress": progress,
        "has_stopped": _has_stopped(progress, organization.deleting_at),
    }
    return _progress_page(request, context)


def _progress_page(request: PersonRequest, context: dict[str, Any]) -> HttpResponse:
    """The page, or for HTMX its part."""
    if wants_partial(request):
        return render(request, f"{PROGRESS}#deletion-progress", context)
    return TemplateResponse(request, PROGRESS, context)


def _has_stopped(progress: Progress | None, deleting_at: datetime) -> bool:
    """Whether nothing will happen by itself. Once all is emptied, the end takes its time to come."""
    now = clock.now()
    if progress is not None and progress.is_done:
        return now - progress.updated_at > FAREWELL + SILENCE
    return has_stopped(progress, now, asked_at=deleting_at)
