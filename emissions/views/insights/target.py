"""A person's own target: set it with its date, see its path, take it away or back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.vary import vary_on_headers

from accounts.domain import PersonalTarget, Profile
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from emissions.charts.target import TargetChart, target_chart
from emissions.dashboard.history import History
from emissions.dashboard.pace import yearly_pace
from emissions.dashboard.periods import Month, day_label
from emissions.days import local_today
from emissions.figures import KG_PER_TONNE, mass
from emissions.forms.insights import Beginning, PersonalTargetForm, target_query, tonnes_as_typed
from emissions.insights.path import PathProgress, path_progress
from emissions.insights.reading import HISTORY_MONTHS, read_history
from emissions.services.personal_target import save_target

#: For how long a target that was replaced can be brought back with one button.
UNDO_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Preview:
    """The path of what is filled in so far."""

    progress: PathProgress
    chart: TargetChart


@vary_on_headers("HX-Request")
def personal_target(request: PersonRequest) -> HttpResponse:
    """The target and a form for another one. HTMX asks for the path of what is filled in so far.

    It costs the profile's GetItem and one Query of totals; a POST one write more.
    """
    today = local_today(request.profile.preferences.time_zone)
    month = Month.of(today)
    history = read_history(request.profile.user_id, month.shift(1 - HISTORY_MONTHS), month)
    if request.method == "POST":
        return _set(request, history, today)
    typed = request.GET if "tonnes" in request.GET else None
    form = _form(request, history, today, data=typed)
    if wants_partial(request):
        context = {"form": form, "preview": _preview(form, history, today), "part": True}
        return render(request, "emissions/insights/target.html#target-preview", context)
    return _page(request, history, today, form)


def personal_target_remove(request: PersonRequest) -> HttpResponse:
    before = save_target(request.profile, None)
    if before is None:
        return redirect("emissions:personal-target")
    messages.success(request, f"Your target of {mass(before.kg_per_year)} CO2e a year is removed.")
    return redirect(_replaced_url(request.profile, before))


def set_target(request: PersonRequest, target: PersonalTarget) -> HttpResponse:
    """Save a target, and lead to its page, with the way back to another one that was there before."""
    before = save_target(request.profile, target)
    messages.success(request, f"Your target is set: {_words(target)}. The dashboard shows its path.")
    return redirect(_replaced_url(request.profile, None if before == target else before))


def _replaced_url(profile: Profile, before: PersonalTarget | None) -> str:
    """The page, with the way back to a target that was there before."""
    url = reverse("emissions:personal-target")
    return url if before is None else f"{url}?{urlencode({'was': _dump(profile, before)})}"


def _set(request: PersonRequest, history: History, today: date) -> HttpResponse:
    if "undo" in request.POST:
        return _take_back(request)
    form = _form(request, history, today, data=request.POST)
    if not form.is_valid():
        return _page(request, history, today, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if "preview" in request.POST:
        return _page(request, history, today, form)
    return set_target(request, form.target())


def _take_back(request: PersonRequest) -> HttpResponse:
    """Set the target that was replaced again."""
    before = _load(request.profile, request.POST["undo"])
    if before is None:
        messages.warning(request, "That target can no longer be brought back. Fill it in below instead.")
    else:
        save_target(request.profile, before)
        messages.success(request, f"Your target is back: {_words(before)}.")
    return redirect("emissions:personal-target")


def _page(
    request: PersonRequest,
    history: History,
    today: date,
    form: PersonalTargetForm,
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    target = request.profile.preferences.target
    progress = path_progress(history, target, until=today) if target and target.is_dated else None
    was = _load(request.profile, request.GET.get("was", ""))
    context = {
        "target": target,
        "progress": progress,
        "chart": target_chart(progress) if progress else None,
        "form": form,
        "preview": _preview(form, history, today),
        "was": request.GET["was"] if was and was != target else "",
        "was_words": _words(was) if was else "",
        "has_year": _beginning(history, today).kg is not None,
    }
    return TemplateResponse(request, "emissions/insights/target.html", context, status=status)


def _form(request: PersonRequest, history: History, today: date, *, data: Any) -> PersonalTargetForm:
    beginning = _beginning(history, today)
    target = request.profile.preferences.target
    initial = {"by": date(today.year + 5, 12, 31).isoformat(), "base_on": today.isoformat()}
    initial["base_tonnes"] = tonnes_as_typed(beginning.kg)
    if target is not None:
        initial |= {name: text for name, text in target_query(target).items() if text}
    return PersonalTargetForm(data, initial=initial, beginning=beginning, today=today)


def _beginning(history: History, today: date) -> Beginning:
    """The yearly pace as the dashboard has it, in whole kilograms."""
    pace = yearly_pace(history, until=today).kg_per_year
    return Beginning(pace.quantize(Decimal(1)) if pace else None, today)


def _preview(form: PersonalTargetForm, history: History, today: date) -> Preview | None:
    if not form.is_bound or not form.is_valid():
        return None
    progress = path_progress(history, form.target(), until=today)
    chart = target_chart(progress)
    return Preview(progress, chart) if chart else None


def _dump(profile: Profile, target: PersonalTarget) -> str:
    return signing.dumps(target_query(target), salt=_salt(profile))


def _load(profile: Profile, token: str) -> PersonalTarget | None:
    """The target of an address that we made for the person not long ago; None for any other."""
    try:
        stored: dict[str, str] = signing.loads(token, salt=_salt(profile), max_age=UNDO_SECONDS)
    except signing.BadSignature:
        return None
    kg = Decimal(stored["tonnes"]) * KG_PER_TONNE
    if not stored["by"]:
        return PersonalTarget(kg)
    by, base_on = date.fromisoformat(stored["by"]), date.fromisoformat(stored["base_on"])
    return PersonalTarget(kg, by, Decimal(stored["base_tonnes"]) * KG_PER_TONNE, base_on)


def _salt(profile: Profile) -> str:
    return f"emissions.personal-target:{profile.user_id}"


def _words(target: PersonalTarget) -> str:
    by = f" by {day_label(target.by)}" if target.by else ""
    return f"{mass(target.kg_per_year)} CO2e a year{by}"
