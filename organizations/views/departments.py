"""Departments: create, rename, move, merge, archive."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django_htmx.http import retarget

from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest
from organizations.domain import Department, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.forms.departments import DepartmentForm, MergeForm
from organizations.forms.fields import focus_first_error, show_refusal
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.departments import (
    archive_department,
    change_department,
    create_department,
    get_department,
    merge_department,
    restore_department,
)
from organizations.views.frame import being_deleted
from organizations.views.tree import tree_of

if TYPE_CHECKING:
    from accounts.domain import Profile


def department_list(request: MemberRequest) -> HttpResponse:
    """All departments, with a form to add one."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    return _list_page(request, organization, DepartmentForm(organization=organization))


def department_create(request: MemberRequest) -> HttpResponse:
    """Add a department; the list and its form are the page."""
    if request.method != "POST":
        return department_list(request)
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    form = DepartmentForm(request.POST, organization=organization)
    if not form.is_valid():
        return _list_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        saved, made = create_department(
            request.profile, organization, name=form.cleaned_data["name"], parent_id=form.parent_id
        )
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _list_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except RightsLost:
        raise
    except OrganizationConflict as conflict:
        return _not_added(request, conflict)
    text = f"{saved.department_label(made.id)} is added."
    if not wants_partial(request):
        messages.success(request, text)
        return redirect("organizations:department-list")
    return _list_page(request, saved, DepartmentForm(organization=saved), added=text)


def _not_added(request: MemberRequest, conflict: OrganizationConflict) -> HttpResponse:
    """What was typed again, above the departments as they are by now; adding once more works."""
    organization = OrganizationRepository(request.organization_id).get()
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    form = DepartmentForm(request.POST, organization=organization)
    more = {"conflict": f"{conflict.sentence} Nothing was added."}
    return _list_page(request, organization, form, status=HTTPStatus.CONFLICT, **more)


def _list_page(
    request: MemberRequest,
    organization: Organization,
    form: DepartmentForm,
    *,
    status: int = HTTPStatus.OK,
    **more: str,
) -> HttpResponse:
    """The whole page, or for HTMX the form and the tree."""
    context = {"organization": organization, "form": form, "tree": tree_of(organization), **more}
    template = "organizations/department_list.html"
    if wants_partial(request):
        focus_first_error(form)
        response = render(request, f"{template}#departments", context | {"is_partial": True}, status=status)
        return retarget(response, "#departments") if status == HTTPStatus.CONFLICT else response
    return TemplateResponse(request, template, context, status=status)


def department_update(request: MemberRequest, department_id: str) -> HttpResponse:
    """One department: its name and place, and the ways to merge, archive or restore it."""
    organization = request.organization
    department = get_department(organization, department_id)
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        form = DepartmentForm(organization=organization, department=department)
        return _department_page(request, organization, department, form)
    form = DepartmentForm(request.POST, organization=organization, department=department)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _department_page(request, organization, department, form, status=status)
    try:
        change_department(
            request.profile,
            organization,
            department_id,
            name=form.cleaned_data["name"],
            parent_id=form.parent_id,
            seen_version=form.cleaned_data["seen_version"],
        )
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _department_page(request, organization, department, form, status=status)
    except RightsLost:
        raise
    except OrganizationConflict as conflict:
        return _changed_elsewhere(request, department_id, conflict)
    messages.success(request, f"{form.cleaned_data['name']} is saved.")
    return redirect("organizations:department-list")


def _changed_elsewhere(
    request: MemberRequest, department_id: str, conflict: OrganizationConflict
) -> HttpResponse:
    """Show what was typed again, beside what is stored by now; saving once more keeps what was typed."""
    organization = OrganizationRepository(request.organization_id).get()
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    department = get_department(organization, department_id)
    data = request.POST.copy()
    data["seen_version"] = str(organization.version)
    form = DepartmentForm(data, organization=organization, department=department)
    return _department_page(
        request, organization, department, form, status=HTTPStatus.CONFLICT, conflict=conflict.sentence
    )


def _department_page(
    request: MemberRequest,
    organization: Organization,
    department: Department,
    form: DepartmentForm,
    *,
    status: int = HTTPStatus.OK,
    conflict: str = "",
) -> HttpResponse:
    context = _about(organization, department) | {"form": form, "conflict": conflict}
    return TemplateResponse(request, "organizations/department_form.html", context, status=status)


def department_merge(request: MemberRequest, department_id: str) -> HttpResponse:
    """Choose what to merge it into, see what that means, then confirm: it cannot be undone."""
    organization = request.organization
    department = get_department(organization, department_id)
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    sent = request.method == "POST"
    data = request.POST if sent else request.GET if "into" in request.GET else None
    form = MergeForm(data, organization=organization, department=department)
    if data is None:
        return _merge_page(request, organization, department, form)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
        return _merge_page(request, organization, department, form, status=status)
    if not sent:
        return _merge_page(request, organization, department, form, into=form.cleaned_data["into"])
    return _merge(request, organization, department, form)


def _merge(
    request: MemberRequest, organization: Organization, department: Department, form: MergeForm
) -> HttpResponse:
    into_id = form.cleaned_data["into"]
    try:
        merge_department(
            request.profile,
            organization,
            department.id,
            into_id=into_id,
            seen_version=form.cleaned_data["seen_version"],
        )
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _merge_page(request, organization, department, form, status=status)
    messages.success(request, f"{department.name} is merged into {organization.department_label(into_id)}.")
    return redirect("organizations:department-list")


def _merge_page(
    request: MemberRequest,
    organization: Organization,
    department: Department,
    form: MergeForm,
    *,
    into: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """Without `into` the choice, with it what merging means."""
    context = _about(organization, department) | {"form": form}
    if into:
        context |= {
            "target": organization.find_department(into),
            "target_label": organization.department_label(into),
            "target_members": organization.members_of(into) + organization.members_of(department.id),
        }
    return TemplateResponse(request, "organizations/department_merge.html", context, status=status)


def _about(organization: Organization, department: Department) -> dict[str, Any]:
    return {
        "organization": organization,
        "department": department,
        "label": organization.department_label(department.id),
        "members": organization.members_of(department.id),
        "children": sorted(organization.children(department.id), key=lambda each: each.name.casefold()),
    }


def department_archive(request: MemberRequest, department_id: str) -> HttpResponse:
    """Close it to new people and entries."""
    return _turn(request, department_id, archive_department, "is archived. You can restore it below.")


def department_restore(request: MemberRequest, department_id: str) -> HttpResponse:
    """Open an archived one again."""
    return _turn(request, department_id, restore_department, "is open again.")


def _turn(
    request: MemberRequest,
    department_id: str,
    change: Callable[[Profile, Organization, str], object],
    done: str,
) -> HttpResponse:
    """Carry out a change that needs no form: back to the list, or to the department that refused it."""
    organization = request.organization
    department = get_department(organization, department_id)
    try:
        change(request.profile, organization, department_id)
    except OrganizationRefused as refused:
        messages.error(request, refused.message)
        return redirect("organizations:department-update", department_id)
    messages.success(request, f"{department.name} {done}")
    return redirect("organizations:department-list")
