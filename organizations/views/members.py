"""The people of an organization: find them, change what they may, remove them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django_htmx.http import push_url, replace_url

from accounts.domain import Profile
from carbontrack.htmx import wants_partial
from carbontrack.http import MemberRequest
from organizations.domain import Member, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.forms.fields import show_refusal
from organizations.forms.members import (
    KIND_HELP,
    KIND_LABELS,
    MemberFilterForm,
    MemberForm,
    MemberRemovalForm,
)
from organizations.repositories.members import MemberKind, MemberRepository, kind_of
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.members import change_member, remove_member
from organizations.views.frame import being_deleted


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the list shows them. `limits` names the departments of a limited administrator."""

    member: Member
    department: str
    role: str
    limits: str
    is_self: bool


def member_list(request: MemberRequest) -> HttpResponse:
    """By name, a page at a time. Administrators of some departments see the people of these."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    managed = organization.managed_ids(request.profile.managed_departments)
    form = MemberFilterForm(request.GET, organization=organization, managed=managed)
    cursor = request.GET.get("cursor")
    page = MemberRepository(request.organization_id).page(form.filters, cursor)
    query = form.query
    context = {
        "organization": organization,
        "form": form,
        "rows": [_row(organization, member, request.profile) for member in page.items],
        "may_change": managed is None,
        "cursor": cursor,
        "query": urlencode(query),
        "next_query": urlencode({**query, "cursor": page.next_cursor}) if page.next_cursor else "",
        "members": _count(organization, managed),
        "is_partial": wants_partial(request),
    }
    if not context["is_partial"]:
        return TemplateResponse(request, "organizations/member_list.html", context)
    response = render(request, "organizations/member_list.html#member-list", context)
    if cursor:
        return push_url(response, f"{request.path}?{urlencode({**query, 'cursor': cursor})}")
    return replace_url(response, f"{request.path}?{urlencode(query)}" if query else request.path)


def _row(organization: Organization, member: Member, reader: Profile) -> MemberRow:
    return MemberRow(
        member,
        department=organization.department_label(member.department_id),
        role=KIND_LABELS[kind_of(member)],
        limits=organization.department_labels(member.managed_departments),
        is_self=member.user_id == reader.user_id,
    )


def _count(organization: Organization, managed: frozenset[str] | None) -> int:
    """How many people the list has without filters."""
    if managed is None:
        return organization.members
    return sum(each.members for each in organization.departments if each.id in managed)


def member_update(request: MemberRequest, user_id: str) -> HttpResponse:
    """One member: what they may do, and their department."""
    member = MemberRepository(request.organization_id).get(user_id)
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        return _member_page(
            request, organization, member, MemberForm(organization=organization, member=member)
        )
    form = MemberForm(request.POST, organization=organization, member=member)
    unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
    if not form.is_valid():
        return _member_page(request, organization, member, form, status=unprocessable)
    try:
        changed = change_member(request.profile, user_id, **form.membership)
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _member_page(request, organization, member, form, status=unprocessable)
    except RightsLost:
        raise
    except OrganizationConflict as conflict:
        return _changed_elsewhere(request, user_id, conflict)
    if changed.membership_version == member.membership_version:
        messages.info(request, f"Nothing changed for {changed.display_name}.")
    else:
        messages.success(request, f"Saved. {_in_words(organization, changed)}")
    if changed.user_id == request.profile.user_id and not changed.is_full_organization_admin:
        return redirect("organizations:home")
    return redirect("organizations:member-list")


def _in_words(organization: Organization, person: Profile) -> str:
    department = organization.department_label(person.department_id)
    limits = organization.department_labels(person.managed_departments)
    roles = {
        MemberKind.MEMBER: "a member",
        MemberKind.ADMINISTRATOR: "an administrator of the whole organization",
        MemberKind.LIMITED: f"an administrator of {limits}",
    }
    place = f"in {department}" if department else "in no department"
    return f"{person.display_name} is now {roles[kind_of(person)]}, {place}."


def _changed_elsewhere(request: MemberRequest, user_id: str, conflict: OrganizationConflict) -> HttpResponse:
    """What was chosen again, beside what is stored by now; saving once more takes what was chosen."""
    organization = OrganizationRepository(request.organization_id).get()
    member = MemberRepository(request.organization_id).get(user_id)
    data = request.POST.copy()
    data["seen_version"] = str(member.membership_version)
    form = MemberForm(data, organization=organization, member=member)
    return _member_page(
        request,
        organization,
        member,
        form,
        status=HTTPStatus.CONFLICT,
        conflict=conflict.sentence,
        # Over a newer state one may insist; a rule that refused once refuses again.
        may_insist=request.POST.get("seen_version") != data["seen_version"],
    )


def _member_page(
    request: MemberRequest,
    organization: Organization,
    member: Profile,
    form: MemberForm,
    *,
    status: int = HTTPStatus.OK,
    conflict: str = "",
    may_insist: bool = False,
) -> HttpResponse:
    context = {
        "organization": organization,
        "member": member,
        "form": form,
        "choices": [(radio, KIND_HELP[MemberKind(radio.data["value"])]) for radio in form["access"]],
        "is_self": member.user_id == request.profile.user_id,
        "conflict": conflict,
        "may_insist": may_insist,
        "now": _in_words(organization, member),
    }
    return TemplateResponse(request, "organizations/member_form.html", context, status=status)


def member_remove(request: MemberRequest, user_id: str) -> HttpResponse:
    """Say what removing means, then do it. Oneself one does not remove, one leaves."""
    member = MemberRepository(request.organization_id).get(user_id)
    if user_id == request.profile.user_id:
        return redirect("organizations:leave")
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        return _removal_page(request, organization, member)
    form = MemberRemovalForm(request.POST)
    form.is_valid()
    try:
        removed = remove_member(request.profile, user_id, seen_version=form.cleaned_data["seen_version"])
    except RightsLost:
        raise
    except OrganizationConflict as conflict:
        member = MemberRepository(request.organization_id).get(user_id)
        return _removal_page(request, organization, member, conflict=conflict.sentence)
    messages.success(request, f"{removed.display_name} is no longer a member.")
    return redirect("organizations:member-list")


def _removal_page(
    request: MemberRequest, organization: Organization, member: Profile, *, conflict: str = ""
) -> HttpResponse:
    context = {
        "organization": organization,
        "member": member,
        "form": MemberRemovalForm(initial={"seen_version": member.membership_version}),
        "conflict": conflict,
        "now": _in_words(organization, member),
    }
    status = HTTPStatus.CONFLICT if conflict else HTTPStatus.OK
    return TemplateResponse(request, "organizations/member_remove.html", context, status=status)
