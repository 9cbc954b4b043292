"""Support visits: a stated reason opens the data of one organization or person, to read, for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.dynamodb import InvalidItem, ItemNotFound
from carbontrack.http import PersonRequest
from organizations.forms.fields import focus_first_error
from organizations.forms.staff import VisitForm
from organizations.repositories.visits import SupportVisit, VisitKind, VisitRepository
from organizations.services import visits
from organizations.staff.organizations import find_organization

#: Where a visit begins.
FIRST_PAGE = {VisitKind.ORGANIZATION: "staff:support-dashboard", VisitKind.PERSON: "staff:support-entries"}


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit of the list. `page` is the route to go on with while it is open."""

    visit: SupportVisit
    is_open: bool
    page: str
    ended_at: datetime


def visit_list(request: PersonRequest) -> HttpResponse:
    """One's own visits of the last month, newest first."""
    cursor, now = request.GET.get("cursor"), clock.now()
    page = VisitRepository(request.profile.user_id).page(cursor)
    context = {
        "rows": [
            VisitRow(each, each.is_open(now), FIRST_PAGE[each.kind], each.ended_at or each.ends_at)
            for each in page.items
        ],
        "cursor": cursor,
        "next_cursor": page.next_cursor,
        "time_zone": zone_or_utc(request.profile.preferences.time_zone),
    }
    return TemplateResponse(request, "staff/visits/list.html", context)


def visit_organization(request: PersonRequest, organization_id: str) -> HttpResponse:
    """Ask why and for how long, then open its dashboard."""
    organization = find_organization(organization_id)
    form = VisitForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, {"organization": organization, "name": organization.name})
    visit = visits.visit_organization(request.profile, organization, **form.cleaned_data)
    return redirect(FIRST_PAGE[visit.kind], visit.id)


def visit_person(request: PersonRequest, user_id: str) -> HttpResponse:
    """Ask why and for how long, then open their entries."""
    person = _find_person(user_id)
    form = VisitForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, {"person": person, "name": person.display_name})
    visit = visits.visit_person(request.profile, person, **form.cleaned_data)
    return redirect(FIRST_PAGE[visit.kind], visit.id)


def visit_end(request: PersonRequest, visit_id: str) -> HttpResponse:
    """End it before its time."""
    visit = VisitRepository(request.profile.user_id).get(visit_id)
    visits.end_visit(request.profile, visit)
    messages.success(request, f"The visit of {visit.about} is over.")
    return redirect("staff:visit-list")


def _find_person(user_id: str) -> Profile:
    try:
        return ProfileRepository().get(user_id)
    except InvalidItem as error:  # no such key can exist
        raise ItemNotFound("person") from error


def _form_page(request: PersonRequest, form: VisitForm, context: dict[str, object]) -> HttpResponse:
    if form.errors:
        focus_first_error(form)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return TemplateResponse(request, "staff/visits/form.html", {"form": form, **context}, status=status)
