"""The audit trail of the whole platform: by whom, to whom, what and when; and a file of what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django_htmx.http import push_url

from accounts.domain import Profile
from accounts.staff.rights import demand_staff
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord, AuditRepository
from carbontrack.audit_search import Search
from carbontrack.dynamodb import Page, WriteTransaction
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from carbontrack.spreadsheets import CSV_TYPE, Cell, Sheet, csv_lines
from organizations.staff.forms import SYSTEM, USUAL_DAYS, AuditSearchForm
from organizations.trail import TrailRow, row_of, without_figures

TEMPLATE = "staff/audit.html"
#: A file has no more rows than this; its last line then says so.
MOST_ROWS = 100_000
CUT = f"Only the newest {MOST_ROWS:,} records are here. Choose fewer days for the others."
HEADER = (
    "at (UTC)",
    "what happened",
    "action",
    "who",
    "who (id)",
    "about",
    "about (id)",
    "trail",
    "before",
    "after",
)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the page, at the time of whoever reads it, with the page of whose trail it is in."""

    row: TrailRow
    at: datetime
    person_url: str = ""
    organization_url: str = ""


def audit(request: PersonRequest) -> HttpResponse:
    """What was looked for, newest first."""
    form = AuditSearchForm(request.GET)
    cursor = request.GET.get("cursor")
    if form.is_valid():
        page = form.search.page(cursor, keep=_containing(form.words))
        status = HTTPStatus.OK
    else:
        page, status = Page((), None), HTTPStatus.UNPROCESSABLE_ENTITY
    zone = zone_or_utc(request.profile.preferences.time_zone)
    context: dict[str, Any] = {
        "form": form,
        "rows": [_listed(record, record.at.astimezone(zone)) for record in page.items],
        "query": form.query,
        "export_query": urlencode(form.query),
        "cursor": cursor,
        "next_query": urlencode(form.query | {"cursor": page.next_cursor}) if page.next_cursor else "",
        **_earlier(form),
    }
    if wants_partial(request):
        part = "audit-more" if cursor else "audit-list"
        response = render(request, f"{TEMPLATE}#{part}", context | {"focus": bool(cursor)}, status=status)
        query = f"?{urlencode(form.query)}" if form.query else ""
        return response if cursor else push_url(response, f"{request.path}{query}")
    return TemplateResponse(request, TEMPLATE, context, status=status)


def audit_export(request: PersonRequest) -> HttpResponseBase:
    """What was looked for as CSV, newest first, written as it is read. The trail knows who took it."""
    form = AuditSearchForm(request.GET)
    if not form.is_valid():
        context = {"form": form, "rows": [], "query": form.query}
        return TemplateResponse(request, TEMPLATE, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.method == "GET":
        _note_export(request.profile, form.search)
    keep = _containing(form.words)
    records = (record for record in form.search.all() if keep is None or keep(record))
    response = StreamingHttpResponse(
        csv_lines(Sheet("Audit trail", HEADER, _cells(records))), content_type=CSV_TYPE
    )
    name = f"carbontrack-audit-trail-{clock.now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _containing(words: str) -> Callable[[AuditRecord], bool] | None:
    """Whether a record has the words, as the page shows it; None for all of them."""
    if not words:
        return None
    return lambda record: words in row_of(without_figures(record)).text


def _earlier(form: AuditSearchForm) -> dict[str, Any]:
    """Where the days before lead, when only days were looked through."""
    if not form.is_valid() or form.names_somebody:
        return {}
    search = form.search
    until = search.since - timedelta(days=1)
    days = {"since": (until - USUAL_DAYS).isoformat(), "until": until.isoformat()}
    return {"since": search.since, "earlier_query": urlencode(form.query | days)}


def _listed(record: AuditRecord, at: datetime) -> ListedRow:
    kind, _, owner = record.subject.partition("#")
    return ListedRow(
        row_of(without_figures(record)),
        at,
        person_url=reverse("staff:person-detail", args=[owner]) if kind == "user" else "",
        organization_url=reverse("staff:organization-detail", args=[owner]) if kind == "organization" else "",
    )


def _note_export(actor: Profile, search: Search) -> None:
    """Note the download on the platform's trail. Ids stay out of its values, where nobody would find them."""
    owner = search.subject.partition("#")[2]
    known = {"action": search.actions, "since": search.since.isoformat(), "until": search.until.isoformat()}
    record = AuditRecord(
        action="audit.exported",
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        about_id=next(
            (each for each in (owner, search.about_id, search.actor_id) if each not in {"", SYSTEM}), ""
        ),
        after={name: value for name, value in known.items() if value},
    )
    with WriteTransaction() as transaction:
        demand_staff(actor, transaction)
        AuditRepository(PLATFORM_SUBJECT).add(record, transaction=transaction)


def _cells(records: Iterator[AuditRecord]) -> Iterator[tuple[Cell, ...]]:
    for record in map(without_figures, islice(records, MOST_ROWS)):
        yield (
            record.at,
            row_of(record).sentence,
            record.action,
            record.actor_name,
            record.actor_id,
            record.about,
            record.about_id,
            record.subject,
            _as_stored(record.before),
            _as_stored(record.after),
        )
    if next(records, None) is not None:
        yield (None, CUT)


def _as_stored(values: Any) -> str:
    """What a record holds, as JSON: nothing is put into words that a program would have to guess back."""
    return orjson.dumps(dict(values), default=str, option=orjson.OPT_SORT_KEYS).decode() if values else ""
