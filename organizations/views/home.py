"""One's own organization: found it, see what it sees, change it, leave it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts import countries
from carbontrack import recent
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.http import MemberRequest, PersonRequest
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.forms.fields import show_refusal
from organizations.forms.organizations import OrganizationForm
from organizations.repositories.organizations import OrganizationRepository
from organizations.sectors import sector_name
from organizations.services.members import leave as leave_organization
from organizations.services.organizations import change_organization, create_organization
from organizations.views.frame import being_deleted, not_admitted

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest


def home(request: PersonRequest) -> HttpResponse:
    """Two ways in for who belongs to none, what it is for a member, the dashboard for administrators."""
    profile = request.profile
    organization_id = profile.organization_id
    if organization_id is None:
        return TemplateResponse(request, "organizations/home.html", {"email": profile.email})
    if profile.is_organization_admin:
        return redirect("emissions:organization-dashboard")
    organization = OrganizationRepository(organization_id).get()
    refusal = not_admitted(request, organization)
    if refusal is not None:
        return refusal
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    context = {
        "organization": organization,
        "department": organization.department_label(profile.department_id),
        "country": countries.name(organization.country),
        "sector": sector_name(organization.sector),
    }
    return TemplateResponse(request, "organizations/home.html", context)


# -- Founding -----------------------------------------------------------------------------------------------


def create(request: PersonRequest) -> HttpResponse:
    """The form to found an organization. Sent twice, it founds one."""
    profile = request.profile
    if request.method != "POST":
        form = OrganizationForm(profile=profile)
        return _create_page(request, form, key=new_form_key(profile.user_id))
    key = request.POST.get("key", "")
    organization_id = read_form_key(profile.user_id, key)
    form = OrganizationForm(request.POST, profile=profile)
    if profile.organization_id != organization_id and not form.is_valid():
        return _create_page(request, form, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        organization = _created(request, form, organization_id)
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _create_page(request, form, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except OrganizationConflict as conflict:
        key = new_form_key(profile.user_id)
        return _create_page(request, form, key=key, status=HTTPStatus.CONFLICT, conflict=conflict.sentence)
    messages.success(request, f"{organization.name} is created. Add its departments, then invite people.")
    return redirect("organizations:department-list")


def _created(request: PersonRequest, form: OrganizationForm, organization_id: str) -> Organization:
    if request.profile.organization_id == organization_id:  # the same form again, whatever it says by now
        return OrganizationRepository(organization_id).get()
    return create_organization(request.profile, form.draft(), organization_id=organization_id)


def _create_page(
    request: PersonRequest,
    form: OrganizationForm,
    *,
    key: str,
    status: int = HTTPStatus.OK,
    conflict: str = "",
) -> HttpResponse:
    context = {"form": form, "key": key, "conflict": conflict}
    return TemplateResponse(request, "organizations/create.html", context, status=status)


# -- Settings -----------------------------------------------------------------------------------------------


def settings(request: MemberRequest) -> HttpResponse:
    """What the organization says of itself, and the ways out of it."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        form = OrganizationForm(profile=request.profile, organization=organization)
        return _settings_page(request, form, organization)
    form = _posted(request, organization)
    if not form.is_valid():
        return _settings_page(request, form, organization, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    seen_version = form.cleaned_data["seen_version"]
    try:
        change_organization(request.profile, organization, form.draft(), seen_version=seen_version)
    except RightsLost:
        raise
    except OrganizationConflict as conflict:
        return _changed_elsewhere(request, form, conflict)
    messages.success(request, "The organization's settings are saved.")
    return redirect("organizations:settings")


def _posted(
    request: MemberRequest, organization: Organization, data: QueryDict | None = None
) -> OrganizationForm:
    return OrganizationForm(
        data or request.POST,
        profile=request.profile,
        organization=organization,
        has_second_step=recent.has_second_step(cast("AnyRequest", request)),
    )


def _changed_elsewhere(
    request: MemberRequest, form: OrganizationForm, conflict: OrganizationConflict
) -> HttpResponse:
    """Show what was typed again, beside what is stored by now; saving once more keeps what was typed."""
    organization = OrganizationRepository(request.organization_id).get()
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    data = request.POST.copy()
    data["seen_version"] = str(organization.version)
    return _settings_page(
        request,
        _posted(request, organization, data),
        organization,
        status=HTTPStatus.CONFLICT,
        conflict=conflict.sentence,
        differences=form.stored_elsewhere(organization, request.profile),
    )


def _settings_page(
    request: MemberRequest,
    form: OrganizationForm,
    organization: Organization,
    *,
    status: int = HTTPStatus.OK,
    **more: object,
) -> HttpResponse:
    context = {"form": form, "organization": organization, **more}
    return TemplateResponse(request, "organizations/settings.html", context, status=status)


# -- Leaving ------------------------------------------------------------------------------------------------


def leave(request: MemberRequest) -> HttpResponse:
    """Ask, then leave. The last administrator is told what to do instead."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        return _leave_page(request, organization)
    try:
        leave_organization(request.profile)
    except OrganizationConflict as conflict:
        return _leave_page(request, organization, conflict=conflict.sentence)
    messages.success(request, f"You have left {organization.name}. What you logged is still yours.")
    return redirect("organizations:home")


def _leave_page(request: MemberRequest, organization: Organization, *, conflict: str = "") -> HttpResponse:
    is_last = request.profile.is_full_organization_admin and organization.administrators <= 1
    context = {
        "organization": organization,
        "is_last": is_last,
        "is_alone": organization.members <= 1,
        "conflict": conflict,
    }
    status = HTTPStatus.CONFLICT if conflict else HTTPStatus.OK
    return TemplateResponse(request, "organizations/leave.html", context, status=status)
