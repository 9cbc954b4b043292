"""The organization's audit trail: a list to look through, and a file of all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest
from carbontrack.spreadsheets import CSV_TYPE, Cell, Sheet, csv_lines, file_stem
from organizations.services.exports import note_export
from organizations.trail import KINDS, TrailRow, row_of

TEMPLATE = "organizations/audit.html"
MOST_CHARACTERS = 100
HEADER = (
    "at (UTC)",
    "what happened",
    "action",
    "who",
    "who (id)",
    "about",
    "about (id)",
    "before",
    "after",
)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the page, at the time of whoever reads it."""

    row: TrailRow
    at: datetime


@vary_on_headers("HX-Request")
def audit(request: MemberRequest) -> HttpResponse:
    """The trail, newest first. `?kind=member.` and `?text=` narrow it; nonsense narrows nothing."""
    organization = request.organization
    kind = request.GET.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    text = request.GET.get("text", "").strip()[:MOST_CHARACTERS]
    cursor = request.GET.get("cursor")
    trail = AuditRepository(organization_subject(organization.id))
    page = trail.page(cursor, actions=kind, keep=_containing(text) if text else None)
    zone = zone_or_utc(request.profile.preferences.time_zone)
    query = {name: value for name, value in (("kind", kind), ("text", text)) if value}
    context: dict[str, Any] = {
        "organization": organization,
        "rows": [ListedRow(row_of(record), record.at.astimezone(zone)) for record in page.items],
        "kinds": [("", "Everything"), *KINDS],
        "kind": kind,
        "text": text,
        "cursor": cursor,
        "next_query": urlencode(query | {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    if wants_partial(request):
        part = "audit-more" if cursor else "audit-list"
        return render(request, f"{TEMPLATE}#{part}", context | {"part": True})
    return TemplateResponse(request, TEMPLATE, context)


def audit_export(request: MemberRequest) -> StreamingHttpResponse:
    """All of it as CSV, oldest first, written as it is read: it may be long. The trail knows who took it."""
    organization = request.organization
    if request.method == "GET":
        note_export(request.profile, organization, action="audit.exported")
    records = AuditRepository(organization_subject(organization.id)).all()
    lines = csv_lines(Sheet("Audit trail", HEADER, _rows(records)))
    response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
    name = f"{file_stem(organization.name) or 'organization'}-audit-trail-{clock.now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _containing(text: str) -> Callable[[AuditRecord], bool]:
    wanted = text.casefold()
    return lambda record: wanted in row_of(record).text


def _rows(records: Iterator[AuditRecord]) -> Iterator[tuple[Cell, ...]]:
    for record in records:
        yield (
            record.at,
            row_of(record).sentence,
            record.action,
            record.actor_name,
            record.actor_id,
            record.about,
            record.about_id,
            _as_stored(record.before),
            _as_stored(record.after),
        )


def _as_stored(values: Any) -> str:
    """What a record holds, as JSON: nothing is put into words that a program would have to guess back."""
    return orjson.dumps(dict(values), default=str, option=orjson.OPT_SORT_KEYS).decode() if values else ""
