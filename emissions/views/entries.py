"""The list of entries, and what one can do with each: explain, change, delete, undo, log again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh, push_url, retarget, trigger_client_event

from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.dynamodb.errors import Conflict
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.htmx import current_path, wants_partial
from emissions.days import local_today
from emissions.domain.entries import Entry
from emissions.errors import EntryRefused
from emissions.factors.errors import CalculationError
from emissions.forms import EntryForm, FilterForm
from emissions.forms.workplace import work_state
from emissions.repositories.entries import EntryRepository, parse_slug
from emissions.services.entries import Edited, delete_entry, edit_entry, repeat_entry, restore_entry
from emissions.services.importing.running import KEPT as IMPORT_KEPT
from emissions.views.archived_months import missing_months
from emissions.views.comparison import logged_today
from emissions.views.log import state_of
from emissions.views.notices import EntryNotice, take_notice
from emissions.views.preview import preview_of
from emissions.views.rows import days_of, row_of
from emissions.views.workplace import counting_of, organization_behind, organization_of
from organizations.errors import MonthClosed

if TYPE_CHECKING:
    from carbontrack.http import PersonRequest
    from organizations.domain import Organization


def entry_list(request: PersonRequest) -> HttpResponse:
    """Newest first, a page at a time, narrowed by type, category, days, and by personal and work."""
    today = local_today(request.profile.preferences.time_zone)
    cursor = request.GET.get("cursor")
    form = FilterForm(request.GET, today=today, is_member=request.profile.is_member)
    page = EntryRepository(request.profile.user_id).page(form.filters, cursor)
    days = days_of(
        page.items,
        today,
        after=request.GET.get("after") if cursor else None,
        keep_today=not cursor and form.includes(today),
        organization=organization_of(request.profile),
    )
    context: dict[str, Any] = {
        "form": form,
        "days": days,
        "today": None if cursor else today,
        "cursor": cursor,
        "next_query": _next_query(form, page.next_cursor, days[-1].day.isoformat() if days else ""),
        "missing_months": missing_months(
            request.profile.user_id,
            form.filters.period,
            is_last_page=page.next_cursor is None,
            today=today,
        ),
    }
    if wants_partial(request):
        if request.htmx.target == "entry-more":
            return render(request, "emissions/entry_list.html#entry-more", context | {"part": True})
        response = render(request, "emissions/entry_list.html#entry-list", context)
        return push_url(response, f"{request.path}?{urlencode(form.query)}" if form.query else request.path)
    context["page_notice"] = take_notice(request)
    return render(request, "emissions/entry_list.html", context)


def _next_query(form: FilterForm, cursor: str | None, last_day: str) -> str:
    """The address of the next page, "" on the last. It names the day that may go on there."""
    return urlencode({**form.query, "cursor": cursor, "after": last_day}) if cursor else ""


def entry_detail(request: PersonRequest, slug: str) -> HttpResponse:
    """Everything behind one figure; for HTMX the row of the list, after editing was called off."""
    entry = _entry(request, slug)
    if wants_partial(request):
        return _row(request, entry, organization_behind(request.profile, entry))
    counting = counting_of(request.profile, entry)
    context = {
        "row": row_of(entry, counting.organization),
        "counting": counting,
        "entry": entry,
        "local_time": entry.occurred_at.astimezone(zone_or_utc(entry.time_zone)),
        "created_at": entry.created_at.astimezone(zone_or_utc(request.profile.preferences.time_zone)),
        "logged_today": logged_today(request.profile, entry, counting.organization),
        "is_import_kept": clock.now() < entry.created_at + IMPORT_KEPT,
        "page_notice": take_notice(request),
    }
    return render(request, "emissions/entry_detail.html", context)


def entry_update(request: PersonRequest, slug: str) -> HttpResponse:
    """The form of one entry: in place of its row for HTMX, else on a page of its own."""
    entry = _entry(request, slug)
    if request.method == "POST" and "update" not in request.POST and "preview" not in request.POST:
        return _edit(request, entry)
    state = state_of(request.POST if request.method == "POST" else request.GET)
    form = EntryForm(
        profile=request.profile,
        scope=_scope(entry),
        initial=_as_stored(entry) | state,
        organization=organization_of(request.profile),
        entry=entry,
    )
    form.focus("amount")
    return _edit_answer(request, entry, form, version=request.POST.get("version") or entry.version)


def _edit(request: PersonRequest, entry: Entry) -> HttpResponse:
    organization = organization_of(request.profile)
    form = EntryForm(
        request.POST.dict(),
        profile=request.profile,
        scope=_scope(entry),
        organization=organization,
        entry=entry,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        local = entry.occurred_at.astimezone(zone_or_utc(entry.time_zone))
        draft = form.draft(time_zone=entry.time_zone, default_time=local.time())
        try:
            version = _version(request)
            edited = edit_entry(
                request.profile,
                entry.key,
                draft,
                version=version,
                just_read=entry,
                organization=organization,
            )
            return _edited(request, edited, organization)
        except MonthClosed as error:
            form.refuse(error.sentence, None)
            status = HTTPStatus.CONFLICT
        except Conflict:
            # Somebody else was faster. Show both; saving again is then a choice.
            return _edit_answer(
                request, entry, form, version=entry.version, status=HTTPStatus.CONFLICT, outdated=True
            )
        except (CalculationError, EntryRefused) as error:
            form.refuse(error.message, error.field)
    form.focus_first_error()
    seen = request.POST.get("version", "")
    return _edit_answer(request, entry, form, version=seen, status=status)


def _edited(request: PersonRequest, edited: Edited, organization: Organization | None) -> HttpResponse:
    entry, previous = edited.entry, edited.previous
    notice = EntryNotice.of("changed", entry, organization=organization, previous=previous)
    if not wants_partial(request):
        notice.leave(request)
        return redirect("emissions:entry-detail", entry.slug)
    if entry.local_date != previous.local_date:  # it belongs elsewhere in the list now
        notice.leave(request)
        return HttpResponseClientRefresh()
    return trigger_client_event(_row(request, entry, organization), "entry-changed", _about(entry))


def _edit_answer(
    request: PersonRequest,
    entry: Entry,
    form: EntryForm,
    *,
    version: int | str,
    status: HTTPStatus = HTTPStatus.OK,
    outdated: bool = False,
) -> HttpResponse:
    """`outdated`: the entry is no longer what the form was made from."""
    in_place = wants_partial(request)
    context = {
        "row": row_of(entry, form.workplace.organization if form.workplace else None),
        "form": form,
        "preview": preview_of(form, request.profile, entry=entry),
        "version": version,
        "in_place": in_place,
        "conflict": outdated,
    }
    template = "emissions/entry_form.html#entry-form" if in_place else "emissions/entry_form.html"
    response = render(request, template, context, status=status)
    refused = in_place and status == HTTPStatus.CONFLICT
    return retarget(response, f"#entry-{entry.entry_id}") if refused else response


def entry_delete(request: PersonRequest, slug: str) -> HttpResponse:
    """Delete, with a way back. A GET only asks, for whoever came by a link."""
    if request.method != "POST":
        return render(request, "emissions/entry_confirm_delete.html", {"row": row_of(_entry(request, slug))})
    undo_token = delete_entry(request.profile, parse_slug(slug), _version(request))
    notice = EntryNotice.deleted(request.profile.user_id, undo_token)
    if wants_partial(request) and request.htmx.target == f"entry-{notice.entry_id}":
        response = render(request, "emissions/_entry_deleted.html", {"notice": notice})
    else:
        response = _noticed(request, notice)
    return trigger_client_event(response, "entry-deleted", {"slug": slug})


def entry_restore(request: PersonRequest) -> HttpResponse:
    """Bring back what was deleted."""
    try:
        entry = restore_entry(request.profile, request.POST.get("undo_token", ""))
    except EntryRefused as error:
        return _noticed(request, EntryNotice("refused", message=error.message))
    organization = organization_behind(request.profile, entry)
    if wants_partial(request) and request.htmx.target == f"entry-{entry.entry_id}":
        response = _row(request, entry, organization)
    else:
        response = _noticed(request, EntryNotice.of("restored", entry, organization=organization))
    return trigger_client_event(response, "entry-restored", _about(entry))


def entry_repeat(request: PersonRequest, slug: str) -> HttpResponse:
    """Log the same again, now. For HTMX the button comes back with a fresh key, and the new row on top."""
    entry_id = read_form_key(request.profile.user_id, request.POST.get("key", ""))
    organization = organization_of(request.profile)
    try:
        recorded = repeat_entry(
            request.profile, parse_slug(slug), entry_id=entry_id, organization=organization
        )
    except (CalculationError, EntryRefused) as error:
        return _noticed(request, EntryNotice("refused", message=error.message))
    notice = EntryNotice.of("recorded", recorded.entry, organization=organization)
    if not wants_partial(request):
        return _noticed(request, notice)
    context = {
        "row": row_of(recorded.entry, organization),
        "repeated": {
            "entry_id": parse_slug(slug).entry_id,
            "url": reverse("emissions:entry-detail", args=[slug]),
            "key": new_form_key(request.profile.user_id),
        },
        "notice": notice,
        "on_list": recorded.created and _lists(request, recorded.entry),
    }
    response = render(request, "emissions/_entry_repeated.html", context)
    return trigger_client_event(response, "entry-recorded", _about(recorded.entry))


def _noticed(request: PersonRequest, notice: EntryNotice) -> HttpResponse:
    """Say what happened: in the live region for HTMX, else on the list, which comes next."""
    if wants_partial(request):
        return retarget(render(request, "emissions/_entry_notice.html", {"notice": notice}), "#messages")
    notice.leave(request)
    return redirect("emissions:entry-list")


def _entry(request: PersonRequest, slug: str) -> Entry:
    return EntryRepository(request.profile.user_id).get(parse_slug(slug))


def _row(request: PersonRequest, entry: Entry, organization: Organization | None) -> HttpResponse:
    context = {"row": row_of(entry, organization), "focus": True}
    return render(request, "emissions/_entry_row.html", context)


def _version(request: PersonRequest) -> int:
    """The version that was seen. What is no number comes from no form of ours."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("no version")
    return int(text)


def _scope(entry: Entry) -> str:
    return f"edit-{entry.entry_id}"


def _as_stored(entry: Entry) -> dict[str, Any]:
    return {
        "variant": entry.variant,
        "amount": f"{entry.amount:f}",
        "unit": entry.unit,
        "people": entry.people,
        "date": entry.local_date,
        "time": f"{entry.occurred_at.astimezone(zone_or_utc(entry.time_zone)):%H:%M}",
        "note": entry.note,
        **work_state(entry),
    }


def _about(entry: Entry) -> dict[str, str]:
    return {"slug": entry.slug, "month": entry.month}


def _lists(request: PersonRequest, entry: Entry) -> bool:
    """Whether the list that the person looks at would show the entry, judged by its filters."""
    query = QueryDict((current_path(request) or "").partition("?")[2].partition("#")[0])
    return FilterForm(query, today=entry.local_date).includes(entry.local_date)
