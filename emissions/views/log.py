"""Log an activity: one form that narrows as it is filled in, previews its figure, and saves once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import retarget, trigger_client_event
from ulid import ULID

from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import wants_partial
from emissions.days import zone
from emissions.domain.entries import Entry
from emissions.errors import EntryRefused, FormAlreadySaved
from emissions.factors.errors import CalculationError
from emissions.forms import EntryForm, search
from emissions.forms.entry import WORK_FIELDS
from emissions.forms.workplace import WORK, work_state
from emissions.habits import Habits
from emissions.repositories.entries import EntryRepository, parse_slug
from emissions.services.entries import Recorded, record_entry
from emissions.views.notices import EntryNotice, take_notice
from emissions.views.preview import NOON, preview_of
from emissions.views.quick import quick_links
from emissions.views.workplace import organization_of
from organizations.errors import MonthClosed

if TYPE_CHECKING:
    from accounts.domain import Profile
    from carbontrack.http import PersonRequest
    from organizations.domain import Organization

#: How far back to look for what a person usually logs: one request.
RECENT_ENTRIES = 50
#: What of an address fills the form in. Anything else in it has no effect.
STATE = ("type", "category", "variant", "amount", "unit", "people", "date", "time", "note", *WORK_FIELDS)


def entry_create(request: PersonRequest) -> HttpResponse:
    """The form; a POST saves, unless it asks to narrow the choices or to preview (without JavaScript)."""
    if request.method == "POST" and not {"update", "preview"} & request.POST.keys():
        return _save(request)
    state = state_of(request.POST if request.method == "POST" else request.GET)
    # What to offer may lag a moment behind what was saved.
    habits = Habits(EntryRepository(request.profile.user_id).recent(RECENT_ENTRIES, consistent=False))
    organization = organization_of(request.profile)
    form = EntryForm(profile=request.profile, initial=state, habits=habits, organization=organization)
    if "variant" in request.GET and not state.get("amount"):
        form.focus("amount")
    return _answer(request, form, key=request.POST.get("key", ""), habits=habits)


def entry_preview(request: PersonRequest) -> HttpResponse:
    """What the form would save, for the page that holds it; as its own page, the form with its figure."""
    if not wants_partial(request):
        return redirect(f"{reverse('emissions:entry-create')}?{urlencode(state_of(request.GET))}")
    entry = None
    if slug := request.GET.get("entry"):
        entry = EntryRepository(request.profile.user_id).get(parse_slug(slug))
    is_for_work = request.GET.get("work") == WORK or (entry is not None and entry.is_work)
    form = EntryForm(
        request.GET.dict(),
        profile=request.profile,
        scope=_scope(entry),
        organization=organization_of(request.profile) if is_for_work else None,
        entry=entry,
    )
    preview = preview_of(form, request.profile, entry=entry)
    return render(request, "emissions/_preview.html", {"preview": preview, "scope": form.scope})


def state_of(query: Mapping[str, str]) -> dict[str, str]:
    """What an address or a half-filled form says about an entry, each value cut to a sane length."""
    return {name: query[name][:1000] for name in STATE if query.get(name)}


def _scope(entry: Entry | None) -> str:
    return f"edit-{entry.entry_id}" if entry else "log"


def _save(request: PersonRequest) -> HttpResponse:
    key = request.POST.get("key", "")
    entry_id = read_form_key(request.profile.user_id, key)
    organization = organization_of(request.profile)
    form = EntryForm(request.POST.dict(), profile=request.profile, organization=organization)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            return _saved(request, _record(request.profile, form, entry_id, organization), organization)
        except FormAlreadySaved as error:
            form.refuse(error.message, None)
            key, status = "", HTTPStatus.CONFLICT
        except MonthClosed as error:
            form.refuse(error.sentence, None)
            status = HTTPStatus.CONFLICT
        except (CalculationError, EntryRefused) as error:
            form.refuse(error.message, error.field)
    form.focus_first_error()
    return _answer(request, form, key=key, status=status)


def _record(profile: Profile, form: EntryForm, entry_id: str, organization: Organization | None) -> Recorded:
    """Save. Where no time was given it is the moment the form was made, which a repeated POST repeats."""
    time_zone = profile.preferences.time_zone
    made_at = ULID.from_str(entry_id).datetime.astimezone(zone(time_zone)).replace(microsecond=0)
    default_time: time = made_at.timetz() if form.cleaned_data["date"] == made_at.date() else NOON
    draft = form.draft(time_zone=time_zone, default_time=default_time)
    return record_entry(profile, draft, entry_id=entry_id, organization=organization)


def _saved(request: PersonRequest, recorded: Recorded, organization: Organization | None) -> HttpResponse:
    """A fresh form for the next one, which is often alike: what it was, its unit, its day and work stay."""
    entry = recorded.entry
    notice = EntryNotice.of("recorded", entry, organization=organization)
    kept = {"variant": entry.variant, "unit": entry.unit, "date": entry.local_date.isoformat()}
    kept |= work_state(entry)
    if not wants_partial(request):
        notice.leave(request)
        return redirect(f"{reverse('emissions:entry-create')}?{urlencode(kept)}")
    form = EntryForm(profile=request.profile, initial=kept, organization=organization)
    form.focus("amount")
    response = _answer(request, form, notice=notice)
    return trigger_client_event(response, "entry-recorded", {"slug": entry.slug, "month": entry.month})


def _answer(
    request: PersonRequest,
    form: EntryForm,
    *,
    key: str = "",
    habits: Habits | None = None,
    notice: EntryNotice | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The whole page, or the part of it that HTMX replaces."""
    profile = request.profile
    query = request.GET.get("q", "").strip()[:100]
    context: dict[str, Any] = {
        "form": form,
        "preview": preview_of(form, profile),
        "key": key or new_form_key(profile.user_id),
        "query": query,
        "found": search(query, region=profile.preferences.region) if query else [],
        "notice": notice,
        "ready": "variant" in request.GET and "amount" in request.GET,
    }
    if wants_partial(request):
        part = "log-results" if request.htmx.target == "log-results" else "log-form"
        response = render(request, f"emissions/log.html#{part}", context | {"part": True}, status=status)
        return retarget(response, "#log-form") if status == HTTPStatus.CONFLICT else response
    context["quick"] = quick_links(habits, form.workplace)
    context["page_notice"] = take_notice(request)
    return render(request, "emissions/log.html", context, status=status)
