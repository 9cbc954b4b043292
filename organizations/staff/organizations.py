"""Organizations: find them, suspend and restore them, hand them over.

What one of them is made of is shown by `emissions.staff.tenants`, because that counts entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts import countries
from carbontrack.dynamodb import ItemNotFound, Page
from carbontrack.http import PersonRequest
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.forms.fields import focus_first_error, show_refusal
from organizations.forms.staff import STATE_LABELS, HandOverForm, OrganizationSearchForm, SuspensionForm
from organizations.repositories.directory import DirectoryRepository, OrganizationState
from organizations.repositories.invitations import is_id
from organizations.repositories.organizations import OrganizationRepository
from organizations.services import suspension
from organizations.services.handing_over import hand_over
from organizations.services.sending import InvitationLimitReached
from organizations.views.invitations import limit_sentence

_AN_ID = re.compile(r"[0-9A-Z]{20,40}")


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization as the list shows it. `state` is empty for what needs no word: an active one."""

    organization: Organization
    country: str
    state: str
    departments: int


def find_organization(organization_id: str) -> Organization:
    """The organization of an address, as of this moment. Raises ItemNotFound, also for what is no id."""
    if not is_id(organization_id):
        raise ItemNotFound("organization")
    return OrganizationRepository(organization_id).get()


def organization_list(request: PersonRequest) -> HttpResponse:
    """By name; `?q=` is the beginning of a name, or an id. A page costs a Query and a BatchGetItem."""
    form = OrganizationSearchForm(request.GET)
    cursor = request.GET.get("cursor")
    page = _page(form, cursor)
    context = {
        "form": form,
        "rows": [_row(each) for each in page.items],
        "cursor": cursor,
        "query": urlencode(form.query),
        "next_query": urlencode(form.query | {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return TemplateResponse(request, "staff/organizations/list.html", context)


def _page(form: OrganizationSearchForm, cursor: str | None) -> Page[Organization]:
    if _AN_ID.fullmatch(form.text):
        found = OrganizationRepository(form.text).find()
        if found is not None:
            return Page((found,), None)
    return DirectoryRepository().page(form.text, form.chosen_state, cursor)


def _row(organization: Organization) -> OrganizationRow:
    return OrganizationRow(
        organization,
        country=countries.name(organization.country),
        state=state_of(organization),
        departments=len(organization.listed_departments),
    )


def state_of(organization: Organization) -> str:
    """`Suspended`, `Being deleted`; empty for an active one."""
    state = OrganizationState.of(organization)
    return "" if state is OrganizationState.ACTIVE else STATE_LABELS[state]


# -- Suspending ---------------------------------------------------------------------------------------------


def organization_suspend(request: PersonRequest, organization_id: str) -> HttpResponse:
    """Say what stops, ask why, then suspend."""
    organization = find_organization(organization_id)
    form = SuspensionForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, "suspend", organization, form)
    try:
        suspension.suspend(request.profile, organization.id, reason=form.cleaned_data["reason"])
    except OrganizationConflict as conflict:
        form.add_error(None, conflict.sentence)
        return _form_page(request, "suspend", organization, form, status=HTTPStatus.CONFLICT)
    messages.success(request, f"{organization.name} is suspended. Its administrators are told by mail.")
    return redirect("staff:organization-detail", organization.id)


def organization_restore(request: PersonRequest, organization_id: str) -> HttpResponse:
    """Open it again."""
    organization = suspension.restore(request.profile, find_organization(organization_id).id)
    messages.success(request, f"{organization.name} is open again. Its administrators are told by mail.")
    return redirect("staff:organization-detail", organization.id)


# -- Handing over -------------------------------------------------------------------------------------------


def organization_hand_over(request: PersonRequest, organization_id: str) -> HttpResponse:
    """Choose whoever administers it from now on. The address may come with the link: it is only filled in."""
    organization = find_organization(organization_id)
    if request.method != "POST":
        initial = {"email": request.GET.get("email", "")[:254]}
        return _form_page(request, "hand_over", organization, HandOverForm(initial=initial))
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return _form_page(request, "hand_over", organization, form)
    email = form.cleaned_data["email"]
    try:
        member = hand_over(
            request.profile,
            organization,
            email,
            reason=form.cleaned_data["reason"],
            address_of=request.build_absolute_uri,
        )
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _form_page(request, "hand_over", organization, form)
    except OrganizationConflict as conflict:
        form.add_error(None, conflict.sentence)
        return _form_page(request, "hand_over", organization, form, status=HTTPStatus.CONFLICT)
    except InvitationLimitReached as limit:
        form.add_error(None, limit_sentence(limit, request.profile))
        return _form_page(request, "hand_over", organization, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    if member is None:
        done = f"{email} is invited to administer {organization.name}."
    else:
        done = f"{member.display_name} now administers {organization.name}, and is told by mail."
    messages.success(request, done)
    return redirect("staff:organization-detail", organization.id)


def _form_page(
    request: PersonRequest,
    name: str,
    organization: Organization,
    form: SuspensionForm | HandOverForm,
    *,
    status: int | None = None,
) -> HttpResponse:
    """A form with what it means; with errors it answers 422 unless told otherwise."""
    if form.errors:
        focus_first_error(form)
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"organization": organization, "form": form}
    return TemplateResponse(request, f"staff/organizations/{name}.html", context, status=status or usual)
