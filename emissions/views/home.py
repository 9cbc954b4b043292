"""The page at `/`: the dashboard for whoever is signed in, the front page for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from carbontrack.htmx import wants_partial
from emissions.dashboard import HISTORY_MONTHS, Month, build_dashboard
from emissions.dashboard.page import build_page
from emissions.days import local_today
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.views.front import front

if TYPE_CHECKING:
    from accounts.domain import Profile
    from carbontrack.http import AnyRequest


@vary_on_headers("HX-Request")
def home(request: HttpRequest) -> HttpResponse:
    profile = cast("AnyRequest", request).profile
    return front(request) if profile is None else dashboard(request, profile)


def dashboard(request: HttpRequest, profile: Profile) -> HttpResponse:
    """The dashboard of `?month=2026-03`, by default the current month, to which nonsense is sent too.

    It costs the profile's GetItem and one Query of totals, whatever the number of entries.
    """
    preferences = profile.preferences
    today = local_today(preferences.time_zone)
    current = Month.of(today)
    try:
        month = Month.parse(request.GET["month"]) if "month" in request.GET else current
    except ValueError:
        return redirect("emissions:home")
    if month > current:
        return redirect("emissions:home")

    first = month.shift(1 - HISTORY_MONTHS)
    totals = TotalsRepository().months(Subject.user(profile.user_id), str(first), str(month))
    figures = build_dashboard(totals, month=month, today=today)
    is_partial = wants_partial(request)
    return TemplateResponse(
        request,
        "emissions/dashboard.html#dashboard" if is_partial else "emissions/dashboard.html",
        {"page": build_page(figures, preferences), "is_partial": is_partial},
    )
