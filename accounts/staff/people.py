"""People: find them, see how their account is, and help with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django_htmx.http import push_url, replace_url

from accounts.staff.acts import (
    person_disable,
    person_enable,
    person_erase,
    person_export,
    person_keep,
    person_role,
    person_second_step,
    person_sessions_end,
    person_verify,
)
from accounts.staff.directory import people_page
from accounts.staff.forms import ROLES, STATES, PeopleFilterForm
from accounts.staff.person import find_user, load_person
from accounts.time_zones import zone_or_utc
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from organizations.trail import TrailRow, row_of, without_figures

__all__ = [
    "person_detail",
    "person_disable",
    "person_enable",
    "person_erase",
    "person_export",
    "person_keep",
    "person_list",
    "person_role",
    "person_second_step",
    "person_sessions_end",
    "person_verify",
]

LIST = "staff/people/list.html"
#: How much of the trail the page of a person shows; the rest is in the console's audit trail.
RECENT_RECORDS = 10


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A record of the trail, at the time of whoever reads it."""

    row: TrailRow
    at: datetime


def person_list(request: PersonRequest) -> HttpResponse:
    """Everybody by address, a page at a time."""
    form = PeopleFilterForm(request.GET)
    cursor = request.GET.get("cursor")
    page = people_page(form.filters, cursor)
    query = form.query
    context: dict[str, Any] = {
        "rows": page.items,
        "query": query,
        "states": STATES,
        "roles": ROLES,
        "cursor": cursor,
        "first_query": f"?{urlencode(query)}" if query else "",
        "next_query": urlencode({**query, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    if not wants_partial(request):
        return TemplateResponse(request, LIST, context)
    response = render(request, f"{LIST}#people-list", context | {"is_partial": True})
    if cursor:
        return push_url(response, f"{request.path}?{urlencode({**query, 'cursor': cursor})}")
    return replace_url(response, f"{request.path}?{urlencode(query)}" if query else request.path)


def person_detail(request: PersonRequest, user_id: str) -> HttpResponse:
    """One account, with what can be done about it and what has happened to it lately."""
    person = load_person(find_user(user_id))
    zone = zone_or_utc(request.profile.preferences.time_zone)
    trail = AuditRepository(person_subject(str(person.user.pk))).page(page_size=RECENT_RECORDS)
    context = {
        "person": person,
        "is_self": request.user.pk == person.user.pk,
        "trail": [
            ListedRow(row_of(without_figures(record)), record.at.astimezone(zone)) for record in trail.items
        ],
        "has_more": trail.next_cursor is not None,
    }
    return TemplateResponse(request, "staff/people/detail.html", context)
