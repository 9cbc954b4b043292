"""The list of imports with the upload, the template, and the page of one import, which follows its state."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.vary import vary_on_headers

from carbontrack import clock
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import go_to, wants_partial
from carbontrack.jobs import ProgressRepository
from emissions.domain.imports import Import, ImportState
from emissions.forms.imports import MYSELF, UploadForm
from emissions.imports.normal_form import FileRefused
from emissions.imports.reading import read_upload
from emissions.imports.template import template_file
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.creating import create_import
from emissions.services.importing.errors import AlreadyImported, ImportRefused
from emissions.views.imports.result import draw_result
from emissions.views.imports.steps import StateWords, has_stopped, state_words, steps_of, whose
from emissions.views.workplace import organization_of, step_first
from organizations.views.moments import clock_time, local_date

if TYPE_CHECKING:
    from accounts.domain import Profile
    from carbontrack.http import PersonRequest
    from organizations.domain import Organization

LIST = "emissions/imports/import_list.html"
DETAIL = "emissions/imports/import_detail.html"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as the list shows it. `day` is when it was uploaded.

    `entries` and `kg` are what is left of it in the log.
    """

    found: Import
    url: str
    day: str
    whose: str
    state: StateWords
    entries: int
    kg: Decimal


def import_list(request: PersonRequest) -> HttpResponse:
    """The upload, and what was uploaded before, newest first."""
    profile = request.profile
    organization = organization_of(profile)
    workplace = _workplace(profile, organization)
    if request.POST.get("target", MYSELF) != MYSELF:
        refusal = step_first(request, workplace, back=request.path)
        if refusal is not None:
            return refusal
    if request.method != "POST":
        return _list_page(request, UploadForm(profile=profile, organization=workplace), organization)
    import_id = read_form_key(profile.user_id, request.POST.get("key", ""))
    form = UploadForm(request.POST, request.FILES, profile=profile, organization=workplace)
    if form.is_valid() and (found := _create(profile, form, import_id)) is not None:
        return redirect("emissions:import-columns", found.id)
    return _list_page(request, form, organization, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _workplace(profile: Profile, organization: Organization | None) -> Organization | None:
    """The organization that somebody may bring in work entries for; None for everybody but administrators."""
    if organization is None or not organization.is_working or not profile.is_organization_admin:
        return None
    return organization


def _create(profile: Profile, form: UploadForm, import_id: str) -> Import | None:
    """Store what a valid form brings. None after the form has been told why that cannot be."""
    try:
        upload = read_upload(form.cleaned_data["file"])
    except FileRefused as refused:
        form.add_error("file", str(refused))
        return None
    try:
        return create_import(
            profile, upload, target=form.chosen_target, organization=form.organization, import_id=import_id
        )
    except AlreadyImported as standing:
        url = reverse("emissions:import-detail", args=[standing.import_id])
        form.add_error("file", format_html('{} <a href="{}">See that import</a>', standing.message, url))
    except ImportRefused as refused:
        form.add_error("target" if "target" in form.fields else "file", refused.message)
    finally:
        upload.close()
    return None


def _list_page(
    request: PersonRequest,
    form: UploadForm,
    organization: Organization | None,
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    profile = request.profile
    cursor = request.GET.get("cursor")
    page = ImportRepository(profile.user_id).page(cursor)
    context = {
        "form": form,
        "key": new_form_key(profile.user_id),
        "steps": steps_of(),
        "rows": [_row(found, profile, organization) for found in page.items],
        "cursor": cursor,
        "next_cursor": page.next_cursor,
    }
    return TemplateResponse(request, LIST, context, status=status)


def _row(found: Import, profile: Profile, organization: Organization | None) -> ImportRow:
    return ImportRow(
        found,
        url=reverse("emissions:import-detail", args=[found.id]),
        day=f"{local_date(found.created_at, profile)}, {clock_time(found.created_at, profile)}",
        whose=whose(found, organization),
        state=state_words(found),
        entries=found.created - found.undone.removed,
        kg=found.co2_emissions - found.undone.co2_emissions,
    )


def import_template(request: PersonRequest) -> HttpResponse:
    """The file to begin with, or the list of everything that may stand in it."""
    kinds: dict[str, Literal["csv", "xlsx", "activities"]] = {
        "csv": "csv",
        "xlsx": "xlsx",
        "activities": "activities",
    }
    kind = kinds.get(request.GET.get("format", "xlsx"))
    if kind is None:
        raise BadRequest("no such template")
    file = template_file(kind, request.profile)
    return HttpResponse(
        file.content,
        content_type=file.content_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


@vary_on_headers("HX-Request")
def import_detail(request: PersonRequest, import_id: str) -> HttpResponse:
    """What there is to see or decide now: the check, how far it is, or what became of it."""
    profile = request.profile
    found = ImportRepository(profile.user_id).get(import_id)
    if found.state is ImportState.UPLOADED:
        return go_to(request, "emissions:import-columns", found.id)
    progress = ProgressRepository(profile.user_id).find(found.job_id) if found.is_busy else None
    context: dict[str, Any] = {
        "found": found,
        "state": found.state.value,
        "steps": steps_of(found),
        "whose": whose(found, organization_of(profile) if found.is_work else None),
        "day": local_date(found.created_at, profile),
        "drawn": draw_result(found),
        "percent": progress.percent if progress and found.state is ImportState.CHECKING else found.percent,
        "has_stopped": has_stopped(found, progress, clock.now()),
    }
    return render(request, f"{DETAIL}#import" if wants_partial(request) else DETAIL, context)
