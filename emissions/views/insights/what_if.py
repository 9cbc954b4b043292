"""What the last twelve months would have been. All is in the address; nothing is stored but a target."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.domain import PersonalTarget
from carbontrack.http import PersonRequest
from emissions.days import local_today
from emissions.forms.insights import ChangeForm
from emissions.insights.changes import Changes
from emissions.insights.reading import read_base
from emissions.insights.what_if import Base, Scenario, apply, swaps_for
from emissions.insights.what_if_page import amount_text, target_day, what_if_page
from emissions.views.insights.target import set_target


def what_if(request: PersonRequest) -> HttpResponse:
    """The copy with the changes of `?change=beef.kg~-50%~chicken`; `?edit=beef.kg` opens one of them.

    It costs the profile's GetItem, one Query of totals and one of at most a thousand entries.
    """
    today = local_today(request.profile.preferences.time_zone)
    base = read_base(request.profile.user_id, today=today)
    if base is None:
        return _answer(request, {"base": None})
    if request.method == "POST":
        return _become_target(request, base)
    changes = Changes.parse(request.GET.getlist("change"))
    if "line" in request.GET:
        return _change(request, base, changes)
    return _page(request, base, changes, _form(request, base, changes, request.GET.get("edit", "")))


def _change(request: PersonRequest, base: Base, changes: Changes) -> HttpResponse:
    """What the form says becomes a part of the address."""
    form = _form(request, base, changes, request.GET["line"], data=request.GET)
    if form is None:
        return redirect(_url(changes))
    if form.is_valid():
        return redirect(_url(changes.plus(form.change())))
    return _page(request, base, changes, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _form(
    request: PersonRequest, base: Base, changes: Changes, key: str, *, data: Any = None
) -> ChangeForm | None:
    """The form for one line; None where the base has no such line."""
    line = base.line(key)
    if line is None:
        return None
    preferences = request.profile.preferences
    today = local_today(preferences.time_zone)
    unit = amount_text(line.amount, line.unit).partition("\N{NO-BREAK SPACE}")[2] if line.variant else ""
    swaps = swaps_for(line, region=preferences.region, on=today)
    return ChangeForm(data, line=line, unit=unit, swaps=swaps, change=changes.of(key))


def _page(
    request: PersonRequest,
    base: Base,
    changes: Changes,
    form: ChangeForm | None,
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    preferences = request.profile.preferences
    today = local_today(preferences.time_zone)
    page = what_if_page(base, changes, region=preferences.region, today=today)
    edited = base.line(form["line"].value() or "") if form else None
    context = {"base": base, "page": page, "form": form, "edited": edited, "target": preferences.target}
    return _answer(request, context, status=status)


def _answer(request: PersonRequest, context: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
    return TemplateResponse(request, "emissions/insights/what_if.html", context, status=status)


def _become_target(request: PersonRequest, base: Base) -> HttpResponse:
    """Set what the changes come to as the target, from what the months were."""
    preferences = request.profile.preferences
    today = local_today(preferences.time_zone)
    changes = Changes.parse(request.POST.getlist("change"))
    scenario = apply(base, changes, region=preferences.region, on=today)
    if not scenario.outcomes or scenario.kg_per_year <= 0:
        messages.warning(
            request, "Change something first, and leave something over: then it can be a target."
        )
        return redirect(_url(changes))
    return set_target(request, _target_of(scenario, by=target_day(today)))


def _target_of(scenario: Scenario, *, by: date) -> PersonalTarget:
    return PersonalTarget(
        scenario.kg_per_year,
        by=by,
        base_kg=scenario.base_kg_per_year,
        base_on=scenario.base.span.last.last_day,
    )


def _url(changes: Changes) -> str:
    url = reverse("emissions:what-if")
    return f"{url}?{changes.query}" if changes.items else url
