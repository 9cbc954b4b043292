"""What happens on the platform, at a glance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from carbontrack import clock, usage
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from carbontrack.jobs import Progress, ProgressRepository
from carbontrack.staff.job_rows import job_counts
from emissions.services.overview import JOB_ID
from emissions.staff.overview_page import overview_page
from emissions.tasks.overview import queue_count

TEMPLATE = "staff/overview.html"


@vary_on_headers("HX-Request")
def overview(request: PersonRequest) -> HttpResponse:
    """The figures as they were last counted; while a count runs, HTMX asks for its progress alone."""
    progress = ProgressRepository(usage.OWNER).find(JOB_ID)
    context: dict[str, Any] = {
        "progress": progress,
        "is_counting": _is_counting(progress),
        "has_stopped": _has_stopped(progress),
    }
    if wants_partial(request):
        if not context["is_counting"]:
            return HttpResponseClientRefresh()  # with what was counted
        return render(request, f"{TEMPLATE}#count", context)
    context["page"] = overview_page(request.GET, clock.now())
    context["jobs"] = {state.value: count for state, count in job_counts().items()}
    return TemplateResponse(request, TEMPLATE, context)


def overview_count(request: PersonRequest) -> HttpResponse:
    """Count again, in a job; one that is under way is not started twice."""
    if not queue_count():
        messages.info(request, "A count is under way already.")
    return redirect("staff:overview")


def _has_stopped(progress: Progress | None) -> bool:
    return progress is not None and progress.has_stopped(clock.now())


def _is_counting(progress: Progress | None) -> bool:
    return progress is not None and not progress.is_done and not _has_stopped(progress)
