"""What the reports of a person and of an organization share: at once, or prepared by a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe

from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from carbontrack.files import FileRepository
from carbontrack.htmx import go_to, wants_partial
from carbontrack.http import PersonRequest
from carbontrack.jobs import Progress, ProgressRepository
from carbontrack.spreadsheets import file_stem
from emissions.forms.reports import ReportForm
from emissions.reports import store
from emissions.reports.layout import Layout, lay_out
from emissions.reports.pdf import PdfFailed
from emissions.reports.preparing import AT_ONCE, ReportRequest
from emissions.tasks.reports import queue_report

PAGE = "emissions/reports/report.html"
PROGRESS = "emissions/reports/progress.html"
PDF_FAILED = (
    "The PDF could not be made this time. Try again in a minute, or take the Excel file: it says the same."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report lives: the routes of a person's or of an organization's, and what its pages show."""

    page_route: str
    prepare_route: str
    progress_route: str
    file_route: str
    context: Mapping[str, Any] = field(default_factory=dict)

    def page_url(self, asked: ReportRequest) -> str:
        return f"{reverse(self.page_route)}?{urlencode(asked.params)}"

    def progress_url(self, asked: ReportRequest) -> str:
        return reverse(self.progress_route, args=[asked.slug])

    def file_url(self, asked: ReportRequest, extension: str) -> str:
        return f"{reverse(self.file_route, args=[asked.slug])}?format={extension}"

    def links(self, asked: ReportRequest) -> dict[str, Any]:
        """What templates need to lead to the parts of one report."""
        return {
            **self.context,
            "page_url": self.page_url(asked),
            "prepare_url": reverse(self.prepare_route),
            "progress_url": self.progress_url(asked),
            "pdf_url": self.file_url(asked, "pdf"),
            "xlsx_url": self.file_url(asked, "xlsx"),
            "asked": asked,
        }


def refused_page(request: PersonRequest, place: Place, form: ReportForm) -> HttpResponse:
    """The form with what is wrong about it, and no report."""
    context = {**place.context, "form": form, "form_url": reverse(place.page_route)}
    return TemplateResponse(request, PAGE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def report_page(request: PersonRequest, place: Place, form: ReportForm, asked: ReportRequest) -> HttpResponse:
    """The report where few entries stand behind it; else what is prepared already, or the offer to."""
    context = {**place.links(asked), "form": form, "form_url": reverse(place.page_route)}
    if asked.is_empty:
        context["is_empty"] = True
    elif asked.entry_count <= AT_ONCE:
        context["report"] = drawable(lay_out(asked.build()))
    else:
        context["is_large"] = True
        context["stored"] = FileRepository(asked.owner).find(asked.file_id)
        context["is_under_way"] = _is_under_way(_progress(asked))
    return TemplateResponse(request, PAGE, context)


def prepare(request: PersonRequest, place: Place, asked: ReportRequest) -> HttpResponse:
    """Queue a large report, unless that is under way already."""
    if asked.is_empty or asked.entry_count <= AT_ONCE:
        return redirect(place.page_url(asked))
    if not _is_under_way(_progress(asked)):
        queue_report(asked)
    return redirect(place.progress_url(asked))


def progress_page(request: PersonRequest, place: Place, asked: ReportRequest) -> HttpResponse:
    """How far a report is, and once it is there, the report."""
    if asked.is_empty or asked.entry_count <= AT_ONCE:
        return go_to(request, place.page_url(asked))
    progress = _progress(asked)
    if progress is not None and not progress.is_done:
        context = place.links(asked) | {
            "progress": progress,
            "has_stopped": progress.has_stopped(clock.now()),
        }
        template = f"{PROGRESS}#report-progress" if wants_partial(request) else PROGRESS
        return TemplateResponse(request, template, context)
    if wants_partial(request):  # it has just been finished
        return go_to(request, place.progress_url(asked))
    prepared = store.find(asked.owner, asked.file_id)
    if prepared is None:
        return redirect(place.page_url(asked))
    context = place.links(asked) | {"report": drawable(prepared.layout), "prepared": prepared}
    return TemplateResponse(request, PAGE, context)


def report_file(request: PersonRequest, place: Place, asked: ReportRequest) -> HttpResponse:
    """`?format=pdf` or `xlsx`: written at once, or as it was prepared. Raises ItemNotFound."""
    extension = request.GET.get("format", "pdf")
    if extension not in store.TYPES:
        raise BadRequest("a report is pdf or xlsx")
    if asked.is_empty:
        return redirect(place.page_url(asked))
    if asked.entry_count <= AT_ONCE:
        try:
            content = store.write(asked.build(), extension)
        except PdfFailed:
            messages.error(request, PDF_FAILED)
            return redirect(place.page_url(asked))
    else:
        prepared = store.find(asked.owner, asked.file_id)
        if prepared is None:
            raise ItemNotFound(asked.slug)
        content = prepared.files[extension]
    name = f"{file_stem(f'report {asked.subject} {asked.period.label}')}.{extension}"
    return HttpResponse(
        content,
        content_type=store.TYPES[extension],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def drawable(layout: Layout) -> Layout:
    """A layout whose drawings a template writes as they are: where they are made, their words are escaped."""
    for section in layout["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "chart":
                block["svg"] = mark_safe(block["svg"])
    return layout


def _progress(asked: ReportRequest) -> Progress | None:
    return ProgressRepository(asked.owner).find(asked.file_id)


def _is_under_way(progress: Progress | None) -> bool:
    return progress is not None and not progress.is_done and not progress.has_stopped(clock.now())
