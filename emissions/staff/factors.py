"""Factor editions: upload, look at the difference, publish, withdraw, correct."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from carbontrack.spreadsheets import CSV_TYPE, file_stem
from emissions.domain.publications import PLATFORM, Publication, PublicationState
from emissions.factors import catalog
from emissions.factors.current import refresh
from emissions.factors.edition_files import (
    EditionFile,
    EditionRefused,
    edition_file,
    read_edition,
    template_file,
)
from emissions.forms.publications import EditionForm
from emissions.repositories.publications import PublicationRepository
from emissions.services.publishing.errors import PublicationRefused
from emissions.services.publishing.uploading import discard, upload
from emissions.staff.decisions import publication_publish, publication_withdraw
from emissions.staff.edition import draw_edition
from emissions.tasks.publishing import queue_count

__all__ = [
    "publication_count",
    "publication_detail",
    "publication_discard",
    "publication_file",
    "publication_list",
    "publication_publish",
    "publication_upload",
    "publication_withdraw",
]

LIST = "staff/factors/list.html"
STATES = (
    ("", "Any"),
    ("draft", "Draft"),
    ("scheduled", "In force later"),
    ("published", "Published"),
    ("withdrawn", "Withdrawn"),
)
_LONGEST_SEARCH = 100


def publication_list(request: PersonRequest) -> HttpResponse:
    """Every edition that was uploaded, newest first."""
    query = {
        "q": " ".join(request.GET.get("q", "").split())[:_LONGEST_SEARCH],
        "state": request.GET.get("state", ""),
    }
    if query["state"] not in dict(STATES):
        query["state"] = ""
    query = {name: value for name, value in query.items() if value}
    cursor = request.GET.get("cursor")
    page = PublicationRepository(PLATFORM).page(
        cursor,
        keep=(lambda each: _fits(each, query)) if query else None,
        scope=(query.get("q", ""), query.get("state", "")),
    )
    context = {
        "rows": page.items,
        "query": query,
        "states": STATES,
        "today": clock.now().date(),
        "cursor": cursor,
        "first_query": f"?{urlencode(query)}" if query else "",
        "next_query": urlencode({**query, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    template = f"{LIST}#edition-list" if wants_partial(request) else LIST
    return TemplateResponse(request, template, context)


def _fits(publication: Publication, query: dict[str, str]) -> bool:
    state, text = query.get("state", ""), query.get("q", "").casefold()
    is_later = publication.state is PublicationState.PUBLISHED and not publication.is_due(clock.now().date())
    here = {
        "": True,
        "draft": publication.is_draft,
        "scheduled": is_later,
        "published": publication.state is PublicationState.PUBLISHED and not is_later,
        "withdrawn": publication.state is PublicationState.WITHDRAWN,
    }
    said = f"{publication.title} {publication.publisher} {publication.year}".casefold()
    return here[state] and all(word in said for word in text.split())


# -- Uploading ----------------------------------------------------------------------------------------------


def publication_upload(request: PersonRequest) -> HttpResponse:
    """The form for a new edition, or for a corrected file of one; and the file to begin with."""
    if request.GET.get("template") == "csv":
        return _download(template_file(), "factors-template")
    today = clock.now().date()
    corrects = _corrected(request)
    if request.method != "POST":
        return _form_page(request, EditionForm(today=today, corrects=corrects), corrects)
    key = request.POST.get("key", "")
    publication_id = read_form_key(request.profile.user_id, key)
    form = EditionForm(request.POST, request.FILES, today=today, corrects=corrects)
    read: EditionFile | None = None
    if form.is_valid():
        read = _read(form)
        if read is not None and not read.problems:
            publication = _store(request, form, read, publication_id, corrects)
            if publication is not None:
                return redirect("staff:publication-detail", publication.id)
            key = ""  # refused, perhaps because this one has stored something else
    return _form_page(request, form, corrects, read=read, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _corrected(request: PersonRequest) -> Publication | None:
    """The edition that is corrected: one that is or was published, or ItemNotFound."""
    corrected = request.POST.get("corrects") or request.GET.get("corrects")
    if not corrected:
        return None
    found = PublicationRepository(PLATFORM).get(corrected)
    if found.is_draft:
        raise ItemNotFound(f"publication {corrected} is a draft")
    return found


def _read(form: EditionForm) -> EditionFile | None:
    """What the file holds. None after the form has been told why that cannot be."""
    try:
        read = read_edition(form.cleaned_data["file"].read(), refresh())
    except EditionRefused as refused:
        form.add_error("file", str(refused))
        return None
    if read.problems:
        count = len(read.problems) + read.more
        form.add_error(
            "file",
            f"{count:,} line{'' if count == 1 else 's'} cannot be used: each is listed with its number.",
        )
    return read


def _store(
    request: PersonRequest,
    form: EditionForm,
    read: EditionFile,
    publication_id: str,
    corrects: Publication | None,
) -> Publication | None:
    try:
        publication = upload(
            request.profile, form.draft(), read.rows, publication_id=publication_id, corrects=corrects
        )
    except PublicationRefused as refused:
        form.add_error(refused.field, refused.message)
        return None
    if publication.is_draft:  # else it is the same form once more, after it was decided about
        queue_count(publication)
        messages.success(request, "Stored as a draft. Nothing is in force yet: look at what it would change.")
    return publication


def _form_page(
    request: PersonRequest,
    form: EditionForm,
    corrects: Publication | None,
    *,
    read: EditionFile | None = None,
    key: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    publishers = sorted({source.publisher for source in catalog().sources().values()})
    context = {
        "form": form,
        "key": key or new_form_key(request.profile.user_id),
        "corrects": corrects,
        "read": read,
        "publishers": publishers,
    }
    return TemplateResponse(request, "staff/factors/upload.html", context, status=status)


# -- One edition --------------------------------------------------------------------------------------------


def publication_detail(request: PersonRequest, publication_id: str) -> HttpResponse:
    """What an edition says and changes, and what can be done with it; for HTMX, how far counting is."""
    return draw_edition(request, PublicationRepository(PLATFORM).get(publication_id))


def publication_count(request: PersonRequest, publication_id: str) -> HttpResponse:
    """Count once more which entries it touches."""
    try:
        queue_count(PublicationRepository(PLATFORM).get(publication_id))
    except PublicationRefused as refused:
        messages.warning(request, refused.message)
    return redirect(f"{reverse('staff:publication-detail', args=[publication_id])}#affected")


def publication_discard(request: PersonRequest, publication_id: str) -> HttpResponse:
    """Remove a draft, which was in force for nobody."""
    publication = PublicationRepository(PLATFORM).get(publication_id)
    try:
        discard(request.profile, publication)
    except PublicationRefused as refused:
        messages.warning(request, refused.message)
        return redirect("staff:publication-detail", publication_id)
    messages.success(request, f"The draft of {publication.title} is gone. No entry was touched.")
    return redirect("staff:publication-list")


def publication_file(request: PersonRequest, publication_id: str) -> HttpResponse:
    """The factors of an edition as the file that they came in."""
    repository = PublicationRepository(PLATFORM)
    publication = repository.get(publication_id)
    return _download(edition_file(repository.rows(publication)), file_stem(publication.title) or "factors")


def _download(content: bytes, stem: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{stem}.csv"'}
    return HttpResponse(content, content_type=CSV_TYPE, headers=headers)
