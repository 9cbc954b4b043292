"""What happened with one's account: a person's own audit trail, to look through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers

from accounts.sentences import KINDS, row_for
from accounts.time_zones import zone_or_utc
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from organizations.trail import TrailRow

TEMPLATE = "accounts/activity.html"


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the page, at the time of whoever reads it."""

    row: TrailRow
    at: datetime


@vary_on_headers("HX-Request")
def activity(request: PersonRequest) -> HttpResponse:
    """The trail, newest first. `?kind=account.` narrows it; nonsense narrows nothing."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in dict(KINDS) else ""
    cursor = request.GET.get("cursor")
    user_id = request.profile.user_id
    page = AuditRepository(person_subject(user_id)).page(cursor, actions=kind)
    zone = zone_or_utc(request.profile.preferences.time_zone)
    query = {"kind": kind} if kind else {}
    context: dict[str, Any] = {
        "rows": [ListedRow(row_for(record, user_id), record.at.astimezone(zone)) for record in page.items],
        "kinds": [("", "Everything"), *KINDS],
        "kind": kind,
        "cursor": cursor,
        "next_query": urlencode(query | {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    if wants_partial(request):
        part = "activity-more" if cursor else "activity-list"
        return render(request, f"{TEMPLATE}#{part}", context | {"part": True})
    return TemplateResponse(request, TEMPLATE, context)
