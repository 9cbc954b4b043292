"""Two periods beside each other, and what seems to be missing."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from carbontrack.http import PersonRequest
from emissions.dashboard.links import Links
from emissions.dashboard.page import MissingLink
from emissions.dashboard.periods import Month
from emissions.days import local_today
from emissions.domain.entries import ActivityType
from emissions.forms.insights import CompareForm
from emissions.insights.compare_page import compare_page, presets, usual_spans
from emissions.insights.comparison import plan
from emissions.insights.missing import WINDOW_MONTHS, find_missing
from emissions.insights.reading import read_comparison, read_history, read_usual
from emissions.insights.spans import compare_query


def insights(request: PersonRequest) -> HttpResponse:
    """The comparison of `?first=2026-01&last=2026-03&other_first=2025-01&other_last=2025-03`.

    It costs the profile's GetItem and one Query of totals, and one of entries where a month is cut.
    """
    if "missing" in request.GET:
        return _log_missing(request)
    today = local_today(request.profile.preferences.time_zone)
    data = request.GET if "first" in request.GET else compare_query(*usual_spans(today))
    form = CompareForm(data, today=today)
    if not form.is_valid():
        context = {"form": form, "presets": presets(today, None)}
        return _page(request, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    current, earlier = form.current, form.earlier
    month = Month.of(today)
    first = min(current.first, earlier.first, month.shift(-WINDOW_MONTHS))
    last = max(current.last, earlier.last)
    history = read_history(request.profile.user_id, first, max(min(last, month.shift(1)), month))
    comparison = read_comparison(request.profile.user_id, history, plan(current, earlier, today=today))
    links = Links.of(today)
    missing = find_missing(history, today=today)
    context = {
        "form": form,
        "page": compare_page(comparison, links),
        "presets": presets(today, (current, earlier)),
        "missing": [MissingLink(each, links.log_missing(each)) for each in missing],
        "is_new": history.is_empty,
    }
    return _page(request, context)


def _page(request: PersonRequest, context: dict[str, object], *, status: int = HTTPStatus.OK) -> HttpResponse:
    return TemplateResponse(request, "emissions/insights/compare.html", context, status=status)


def _log_missing(request: PersonRequest) -> HttpResponse:
    """On to the form, with what is usual in `?missing=energy/electricity&month=2026-03` filled in."""
    activity_type, _, category = request.GET["missing"].partition("/")
    try:
        kind = ActivityType(activity_type)
        month = Month.parse(request.GET.get("month", ""))
    except ValueError as error:
        raise Http404 from error
    if month > Month.of(local_today(request.profile.preferences.time_zone)):
        raise Http404
    usual = read_usual(request.profile.user_id, kind, category[:100], month)
    if usual is None:
        state = {"type": kind.value, "category": category[:100], "date": month.first_day.isoformat()}
    else:
        state = {
            "variant": usual.variant,
            "amount": f"{usual.amount:f}",
            "unit": usual.unit,
            "date": usual.on(month).isoformat(),
        }
        if usual.people > 1:
            state["people"] = str(usual.people)
    return redirect(f"{reverse('emissions:entry-create')}?{urlencode(state)}")
