"""What one can do with an import: let it run, take it back, throw it away, get the rows it refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from carbontrack import clock
from carbontrack.jobs import ProgressRepository
from carbontrack.spreadsheets import CSV_TYPE, csv_lines, file_stem
from emissions.domain.imports import Import, ImportState
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.creating import discard_import
from emissions.services.importing.errors import ImportRefused
from emissions.services.importing.refused import refused_sheet
from emissions.services.importing.running import start_import
from emissions.services.importing.undoing import start_undo
from emissions.tasks.imports import queue_check, queue_run, queue_undo
from emissions.views.imports.steps import has_stopped, whose
from emissions.views.workplace import organization_of, step_first

if TYPE_CHECKING:
    from carbontrack.http import PersonRequest


def import_start(request: PersonRequest, import_id: str) -> HttpResponse:
    """Let a checked import run; what has stopped on its way goes on."""
    found = ImportRepository(request.profile.user_id).get(import_id)
    if found.state in {ImportState.CHECKING, ImportState.RUNNING}:
        if _has_stopped(request, found):
            (queue_check if found.state is ImportState.CHECKING else queue_run)(found)
        return redirect("emissions:import-detail", import_id)
    if found.is_work and (refusal := step_first(request, organization_of(request.profile), _page_of(found))):
        return refusal
    try:
        queue_run(start_import(request.profile, import_id))
    except ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("emissions:import-detail", import_id)


def _page_of(found: Import) -> str:
    return reverse("emissions:import-detail", args=[found.id])


def import_undo(request: PersonRequest, import_id: str) -> HttpResponse:
    """Say what would go, and on a POST let it go; an undo that has stopped goes on."""
    found = ImportRepository(request.profile.user_id).get(import_id)
    if found.state is ImportState.UNDOING:
        if request.method == "POST" and _has_stopped(request, found):
            queue_undo(found)
        return redirect("emissions:import-detail", import_id)
    if request.method == "POST":
        queue_undo(start_undo(request.profile, import_id))
        return redirect("emissions:import-detail", import_id)
    if not found.can_undo and found.state is not ImportState.RUNNING:
        return redirect("emissions:import-detail", import_id)
    context = {
        "found": found,
        "whose": whose(found, organization_of(request.profile) if found.is_work else None),
    }
    return render(request, "emissions/imports/import_undo.html", context)


def _has_stopped(request: PersonRequest, found: Import) -> bool:
    progress = ProgressRepository(request.profile.user_id).find(found.job_id)
    return has_stopped(found, progress, clock.now())


def import_discard(request: PersonRequest, import_id: str) -> HttpResponse:
    """Throw away a file of which nothing has been added."""
    found = ImportRepository(request.profile.user_id).get(import_id)
    discard_import(request.profile, import_id)
    messages.success(request, f"“{found.name}” is thrown away. Nothing of it was added.")
    return redirect("emissions:import-list")


def import_errors(request: PersonRequest, import_id: str) -> HttpResponseBase:
    """The rows that made no entry, as they were written, with the line and the reason."""
    found = ImportRepository(request.profile.user_id).get(import_id)
    sheet = refused_sheet(found)
    rows = iter(sheet.rows)
    try:
        first = next(rows, None)  # before the answer begins: only then it can still be another one
    except ImportRefused as refused:
        messages.error(request, refused.message)
        return redirect("emissions:import-detail", import_id)
    sheet = replace(sheet, rows=rows if first is None else chain([first], rows))
    name = f"{file_stem(found.name.rpartition('.')[0] or found.name) or 'import'}-to-correct.csv"
    return StreamingHttpResponse(
        csv_lines(sheet),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
