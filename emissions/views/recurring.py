"""Recurring rules: what repeats is written by itself. The list, the form, and one tap for a day off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format

from carbontrack.dynamodb.errors import Conflict
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import wants_partial
from emissions.days import local_today
from emissions.domain.recurring import Rule
from emissions.domain.schedules import DAY
from emissions.errors import EntryRefused, FormAlreadySaved
from emissions.factors.errors import CalculationError
from emissions.forms.recurring import (
    SCHEDULE_FIELDS,
    RuleForm,
    first_day_state,
    routine_state,
    schedule_state,
)
from emissions.forms.workplace import Workplace, work_state
from emissions.habits import Habits
from emissions.repositories.entries import EntryRepository, parse_slug
from emissions.repositories.recurring import RuleRepository
from emissions.services.drafts import EntryDraft
from emissions.services.recurring.rules import (
    change_rule,
    create_rule,
    delete_rule,
    pause_rule,
    resume_rule,
    skip_day,
    unskip_day,
)
from emissions.views.log import RECENT_ENTRIES, state_of
from emissions.views.preview import preview_of
from emissions.views.rule_rows import foreseen, rule_list_of, rule_row
from emissions.views.workplace import organization_of

if TYPE_CHECKING:
    from carbontrack.http import PersonRequest
    from organizations.domain import Organization

LIST = "emissions:rule-list"
#: What the buttons of a form send that do not save it.
_UNSAVED = ("update", "preview")


def rule_list(request: PersonRequest) -> HttpResponse:
    """Every rule with its next days and what it weighs in a year."""
    return _list(request, "emissions/recurring/rule_list.html")


def rule_create(request: PersonRequest) -> HttpResponse:
    """The form; a POST saves, unless it asks to narrow the choices or to preview (without JavaScript).

    `entry` names an entry of one's own that fills it in.
    """
    profile = request.profile
    organization = organization_of(profile)
    if request.method != "POST" or any(name in request.POST for name in _UNSAVED):
        habits = None
        state = _state_of(request)
        if slug := request.GET.get("entry"):
            state = _from_entry(request, slug) | state
        if not wants_partial(request):
            habits = Habits(EntryRepository(profile.user_id).recent(RECENT_ENTRIES, consistent=False))
        form = RuleForm(profile=profile, initial=state, habits=habits, organization=organization)
        return _form(request, form, key=request.POST.get("key", ""))
    key = request.POST.get("key", "")
    rule_id = read_form_key(profile.user_id, key)
    form = RuleForm(request.POST, profile=profile, organization=organization)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            rule = create_rule(
                profile, form.routine(), form.schedule(), rule_id=rule_id, organization=organization
            )
            return _saved(request, rule, "Saved.")
        except FormAlreadySaved as error:
            form.refuse(error.message, None)
            key, status = "", HTTPStatus.CONFLICT
        except (CalculationError, EntryRefused) as error:
            form.refuse(error.message, error.field)
    form.focus_first_error()
    return _form(request, form, key=key, status=status)


def rule_update(request: PersonRequest, rule_id: str) -> HttpResponse:
    """The form of one rule: what it writes from a day on, today or later."""
    profile = request.profile
    rule = RuleRepository(profile.user_id).get(rule_id)
    organization = organization_of(profile)
    if request.method != "POST" or any(name in request.POST for name in _UNSAVED):
        state = _as_stored(request, rule, organization) | _state_of(request)
        form = RuleForm(profile=profile, initial=state, organization=organization, rule=rule)
        return _form(request, form, version=request.POST.get("version", str(rule.version)))
    form = RuleForm(request.POST, profile=profile, organization=organization, rule=rule)
    version, status = request.POST.get("version", ""), HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            changed = change_rule(
                profile,
                rule_id,
                form.routine(),
                form.schedule(),
                version=_number(version),
                organization=organization,
            )
            return _saved(request, changed, "Changed. What was written stays.")
        except Conflict:
            form.refuse(
                "This was changed meanwhile. Below is what you typed: save again to replace it.", None
            )
            version, status = str(rule.version), HTTPStatus.CONFLICT
        except (CalculationError, EntryRefused) as error:
            form.refuse(error.message, error.field)
    form.focus_first_error()
    return _form(request, form, version=version, status=status)


def rule_pause(request: PersonRequest, rule_id: str) -> HttpResponse:
    return _tap(request, rule_id, lambda: pause_rule(request.profile, rule_id), _paused_words)


def rule_resume(request: PersonRequest, rule_id: str) -> HttpResponse:
    words = "It goes on from today. The days in between are not written."
    return _tap(request, rule_id, lambda: resume_rule(request.profile, rule_id), lambda rule: words)


def rule_skip(request: PersonRequest, rule_id: str) -> HttpResponse:
    day = _day(request)
    words = f"Skipped: {date_format(day, 'l j F')}. Tap the day again to undo."
    return _tap(request, rule_id, lambda: skip_day(request.profile, rule_id, day), lambda rule: words)


def rule_unskip(request: PersonRequest, rule_id: str) -> HttpResponse:
    day = _day(request)
    words = f"{date_format(day, 'l j F')} will be written after all."
    return _tap(request, rule_id, lambda: unskip_day(request.profile, rule_id, day), lambda rule: words)


def rule_delete(request: PersonRequest, rule_id: str) -> HttpResponse:
    """Delete after a look at what goes. What it wrote stays."""
    if request.method == "POST":
        delete_rule(request.profile, rule_id)
        messages.success(request, "Deleted. The entries it wrote stay.")
        return redirect(LIST)
    rule = RuleRepository(request.profile.user_id).get(rule_id)
    row = rule_row(request.profile, rule, None)
    return render(request, "emissions/recurring/rule_confirm_delete.html", {"row": row})


def _tap(
    request: PersonRequest, rule_id: str, change: Callable[[], Rule], words_of: Callable[[Rule], str]
) -> HttpResponse:
    """Do what a button says; for HTMX the list comes back as it is then."""
    try:
        words, kind = words_of(change()), "success"
    except (CalculationError, EntryRefused) as error:
        words, kind = error.message, "warning"
    if wants_partial(request):
        said = {"said": words, "kind": kind}
        return _list(request, "emissions/recurring/rule_list.html#rules", said)
    (messages.success if kind == "success" else messages.warning)(request, words)
    return redirect(f"{reverse(LIST)}#rule-{rule_id}")


def _paused_words(rule: Rule) -> str:
    if rule.pause_reason:  # a day before today could not be written
        return f"It has paused itself: {rule.pause_reason}"
    return "Paused: it writes nothing until you resume it."


def _list(request: PersonRequest, template: str, said: Mapping[str, Any] | None = None) -> HttpResponse:
    rules = RuleRepository(request.profile.user_id).all()
    is_for_work = any(rule.routine.is_work for rule in rules)
    organization = organization_of(request.profile) if is_for_work else None
    listed = rule_list_of(request.profile, rules, organization)
    return render(request, template, {"list": listed, **(said or {})})


def _form(
    request: PersonRequest,
    form: RuleForm,
    *,
    key: str = "",
    version: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The whole page, or the form for HTMX, which takes the parts that changed."""
    profile = request.profile
    rule = form.rule
    context = {
        "form": form,
        "preview": preview_of(form, profile),
        "foreseen": foreseen(form, profile),
        "key": key or new_form_key(profile.user_id),
        "version": version,
        "rule": rule,
        "url": reverse("emissions:rule-create")
        if rule is None
        else reverse("emissions:rule-update", args=[rule.rule_id]),
        "left": rule is not None and rule.routine.is_work and form.workplace is None,
    }
    template = "emissions/recurring/rule_form.html"
    return render(
        request, f"{template}#rule-form" if wants_partial(request) else template, context, status=status
    )


def _saved(request: PersonRequest, rule: Rule, words: str) -> HttpResponse:
    if (day := rule.next_on) is not None:
        words = f"{words} The next entry comes on {date_format(day, 'l j F Y')}."
    messages.success(request, words)
    return redirect(f"{reverse(LIST)}#rule-{rule.rule_id}")


def _state_of(request: PersonRequest) -> dict[str, Any]:
    """What an address or a half-filled form says."""
    query = request.POST if request.method == "POST" else request.GET
    state: dict[str, Any] = state_of(query)
    state |= {name: query[name][:60] for name in SCHEDULE_FIELDS if query.get(name)}
    if "frequency" in query:  # then no weekday is an answer as well
        state["weekdays"] = query.getlist("weekdays")[:7]
    return state


def _from_entry(request: PersonRequest, slug: str) -> dict[str, Any]:
    """An entry as what repeats from the day after it on."""
    entry = EntryRepository(request.profile.user_id).get(parse_slug(slug))
    today = local_today(request.profile.preferences.time_zone)
    first = max(today, entry.local_date + DAY)
    days = first_day_state(entry.local_date) | {"weekdays": [str(entry.local_date.isoweekday())]}
    return {
        "variant": entry.variant,
        "amount": f"{entry.amount:f}",
        "unit": entry.unit,
        "people": entry.people,
        "time": f"{EntryDraft.of(entry).local_time:%H:%M}",
        "note": entry.note,
        "date": first,
        **days,
        **work_state(entry),
    }


def _as_stored(request: PersonRequest, rule: Rule, organization: Organization | None) -> dict[str, Any]:
    """A rule as it goes on: from its next day on, so that an interval of weeks stays what it is."""
    today = local_today(request.profile.preferences.time_zone)
    first = rule.schedule.first_from(max(today, rule.through + DAY)) or today
    state = routine_state(rule.routine) | schedule_state(rule.schedule, first)
    workplace = Workplace.of(request.profile, organization, None)
    if workplace is None or rule.routine.organization_id != workplace.organization.id:
        return {name: value for name, value in state.items() if not name.startswith("work")} | {
            "weekdays": state["weekdays"]
        }
    return state | {"department": workplace.department_today(rule.routine.department_id)}


def _day(request: PersonRequest) -> date:
    """The day that was tapped. What is no day comes from no button of ours."""
    try:
        return date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise BadRequest("no day") from error


def _number(text: str) -> int:
    """The version that was seen. What is no number comes from no form of ours."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("no version")
    return int(text)
