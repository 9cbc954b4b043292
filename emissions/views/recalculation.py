"""Newer editions of factors, and what they would make of past entries: look first, then decide."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from carbontrack import clock
from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest, PersonRequest
from carbontrack.jobs import Progress, ProgressRepository, has_stopped
from emissions.domain.recalculation import Recalculation, RecalculationState
from emissions.repositories.recalculations import RecalculationRepository
from emissions.services.recalculation.applying import start
from emissions.services.recalculation.checking import JOB_ID, request_check
from emissions.services.recalculation.newer import Whose
from emissions.tasks.recalculation import queue_apply, queue_check
from organizations.views.frame import being_deleted

TEMPLATE = "emissions/recalculation/page.html"


@vary_on_headers("HX-Request")
def recalculation(request: PersonRequest) -> HttpResponse:
    """Of one's own personal entries. A POST checks, applies, or goes on with what has stopped."""
    whose = Whose(request.profile.user_id)
    if request.method == "POST":
        return _act(request, whose, "emissions:recalculation")
    return _page(request, whose, {})


@vary_on_headers("HX-Request")
def organization_recalculation(request: MemberRequest) -> HttpResponse:
    """Of all work entries of an organization, whoever logged them."""
    whose = Whose(request.organization_id, is_organization=True)
    organization = request.organization
    if request.method == "POST":
        if organization.deleting_at is not None:
            return being_deleted(request, organization)
        return _act(request, whose, "emissions:organization-recalculation")
    return _page(request, whose, {"organization": organization})


def _act(request: PersonRequest, whose: Whose, route: str) -> HttpResponse:
    """`action` is what the button says; without one that is known, nothing happens."""
    action = request.POST.get("action", "")
    if action == "check":
        queue_check(whose, request_check(request.profile, whose))
    elif action == "apply":
        queue_apply(whose, start(request.profile, whose, request.POST.get("id", "")))
    elif action == "resume":
        latest = RecalculationRepository(whose.owner).find()
        if latest is not None and latest.is_under_way and _has_stopped(latest, _progress(whose)):
            queue = queue_apply if latest.state is RecalculationState.APPLYING else queue_check
            queue(whose, latest)
    else:
        messages.error(request, "Nothing was asked for. Please use one of the buttons.")
    return redirect(route)


def _progress(whose: Whose) -> Progress | None:
    return ProgressRepository(whose.owner).find(JOB_ID)


def _has_stopped(recalculation: Recalculation, progress: Progress | None) -> bool:
    return has_stopped(progress, clock.now(), asked_at=recalculation.requested_at)


def _page(request: PersonRequest, whose: Whose, context: dict[str, Any]) -> HttpResponse:
    latest = RecalculationRepository(whose.owner).find()
    context |= {"latest": latest, "progress": None, "has_stopped": False, "is_outdated": False}
    if latest is not None and latest.is_under_way:
        progress = _progress(whose)
        context |= {"progress": progress, "has_stopped": _has_stopped(latest, progress)}
    elif latest is not None:
        context["is_outdated"] = latest.fingerprint != whose.factors(context.get("organization")).fingerprint
    if wants_partial(request):
        return render(request, f"{TEMPLATE}#recalculation", context)
    return TemplateResponse(request, TEMPLATE, context)
