""" "Download my data" and "Delete my account"."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from accounts.models import Erasure
from accounts.privacy.erasing import GRACE, ErasureRefused, ask_for_erasure, take_back
from accounts.privacy.exporting import note_taken, request_export, status_of
from accounts.privacy.exports import KEPT, ExportRepository
from accounts.privacy.forms import DeletionForm
from accounts.privacy.obstacles import obstacle, remains
from accounts.time_zones import zone_or_utc
from carbontrack.dynamodb import ItemNotFound
from carbontrack.files import FileRepository
from carbontrack.htmx import go_to, wants_partial
from carbontrack.http import PersonRequest

DATA = "accounts/privacy/data.html"
PROGRESS = "accounts/privacy/data_progress.html"
DELETE = "accounts/privacy/delete.html"


def data(request: PersonRequest) -> HttpResponse:
    """What one may take away, and what has been prepared; a POST prepares it, unless that is under way."""
    user_id = request.profile.user_id
    if request.method == "POST":
        return redirect("accounts:data-progress", request_export(user_id, by=request.profile))
    exports = [status_of(each) for each in ExportRepository(user_id).newest()]
    context = {
        "exports": exports,
        "is_under_way": any(each.is_under_way for each in exports[:1]),
        "days": KEPT.days,
        "zone": zone_or_utc(request.profile.preferences.time_zone),
    }
    return TemplateResponse(request, DATA, context)


@vary_on_headers("HX-Request")
def data_progress(request: PersonRequest, export_id: str) -> HttpResponse:
    """How far an export is, and then where to take it. Raises ItemNotFound for somebody else's."""
    status = status_of(ExportRepository(request.profile.user_id).get(export_id))
    context = {"status": status, "zone": zone_or_utc(request.profile.preferences.time_zone)}
    if wants_partial(request):
        if status.is_ready:  # the whole page, so that its heading is right as well
            return go_to(request, "accounts:data-progress", export_id)
        return render(request, f"{PROGRESS}#export-progress", context)
    return TemplateResponse(request, PROGRESS, context)


def data_file(request: PersonRequest, export_id: str) -> HttpResponseBase:
    """The file, as it is read. Raises ItemNotFound for one that is over, or of somebody else."""
    files = FileRepository(request.profile.user_id)
    stored = files.find(ExportRepository(request.profile.user_id).get(export_id).job_id)
    if stored is None:
        raise ItemNotFound(f"file of export {export_id}")
    if request.method == "GET":
        note_taken(request.profile)
    return StreamingHttpResponse(
        files.read(stored),
        content_type=stored.content_type,
        headers={"Content-Disposition": f'attachment; filename="{stored.name}"'},
    )


def delete_account(request: PersonRequest) -> HttpResponse:
    """What goes, what stays and why; a POST that has ticked it asks for it to happen in a week."""
    if request.method != "POST":
        return _delete_page(request, DeletionForm())
    form = DeletionForm(request.POST)
    if not form.is_valid():
        return _delete_page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        erase_at = ask_for_erasure(request.user, by=request.profile)
    except ErasureRefused:  # the page says why: it looks for itself
        return _delete_page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(
        request,
        f"Your account will be deleted on {erase_at.day} {erase_at:%B %Y}. Until then you can keep it.",
    )
    return redirect("accounts:delete")


def _delete_page(request: PersonRequest, form: DeletionForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    profile = request.profile
    context = {
        "form": form,
        "email": request.user.email,
        "obstacle": obstacle(profile.user_id),
        "remains": remains(profile.user_id, profile.organization_id),
        "erasure": Erasure.objects.filter(pk=request.user.pk).first(),
        "days": GRACE.days,
    }
    return TemplateResponse(request, DELETE, context, status=status)


def keep_account(request: PersonRequest) -> HttpResponse:
    """Change one's mind, from the line on top of every page."""
    if take_back(request.user, by=request.profile):
        messages.success(request, "Your account stays. Everything is as it was.")
    else:
        messages.info(request, "Your account was not going to be deleted.")
    return redirect("emissions:home")
