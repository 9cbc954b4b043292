"""What can be done about somebody's account: each as a button, or as a page that asks for a reason first."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.domain import Role
from accounts.models import User
from accounts.privacy.erasing import GRACE, ErasureRefused, ask_for_erasure, take_back
from accounts.privacy.exporting import request_export
from accounts.repository import ProfileRepository
from accounts.staff import changes
from accounts.staff.directory import is_verified
from accounts.staff.errors import StaffConflict, StaffRefused
from accounts.staff.forms import ErasureForm, ReasonForm, RoleForm
from accounts.staff.person import Person, find_user, load_person
from carbontrack.http import PersonRequest

# -- At once -------------------------------------------------------------------------------------------------


def person_sessions_end(request: PersonRequest, user_id: str) -> HttpResponse:
    """Sign somebody out everywhere."""
    user = find_user(user_id)
    count = changes.end_every_session(request.profile, user)
    if user.pk == request.user.pk:
        return redirect("account_login")
    words = f"{count} session{'' if count == 1 else 's'}" if count else "No session was left, so nothing"
    messages.success(request, f"{words} of {user.email} ended." if count else f"{words} had to be ended.")
    return redirect("staff:person-detail", user_id)


def person_enable(request: PersonRequest, user_id: str) -> HttpResponse:
    user = find_user(user_id)
    return _at_once(
        request,
        user,
        lambda: changes.enable(request.profile, user),
        f"{user.email} can sign in again. They have been told by mail.",
    )


def person_verify(request: PersonRequest, user_id: str) -> HttpResponse:
    """Send the mail that confirms an address once more, as often as the sign-in library allows."""
    user = find_user(user_id)
    address = EmailAddress.objects.filter(user=user, email=user.email).first()
    if is_verified(user) or address is None:
        messages.info(request, f"{user.email} is confirmed already.")
    elif not _mailed_again(request, user, address):
        messages.warning(request, "That mail was sent a moment ago. Wait three minutes, then try again.")
    return redirect("staff:person-detail", user_id)


def _mailed_again(request: PersonRequest, user: User, address: EmailAddress) -> bool:
    """The mail is queued in SQL: it goes with its record, or not at all. Returns whether it was sent."""
    with transaction.atomic():
        if not send_verification_email_to_address(request, address):
            return False
        changes.note(request.profile, user, "staff.verification_sent")
    return True


def person_export(request: PersonRequest, user_id: str) -> HttpResponse:
    """Have a copy made of everything that is kept about somebody. Only they can open it."""
    user = find_user(user_id)
    return _at_once(
        request,
        user,
        lambda: request_export(str(user.pk), by=request.profile),
        f"A copy of the data of {user.email} is being made. They are told by mail; only they can open it.",
    )


def person_keep(request: PersonRequest, user_id: str) -> HttpResponse:
    """Keep an account that was to be deleted."""
    user = find_user(user_id)
    if take_back(user, by=request.profile):
        messages.success(request, f"The account of {user.email} stays. They have been told by mail.")
    else:
        messages.error(
            request, "There was nothing to take back: it was not asked for, or it has begun already."
        )
    return redirect("staff:person-detail", user_id)


def _at_once(request: PersonRequest, user: User, change: Callable[[], object], done: str) -> HttpResponse:
    try:
        change()
    except StaffRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("staff:person-detail", str(user.pk))


# -- With a reason -------------------------------------------------------------------------------------------


def person_disable(request: PersonRequest, user_id: str) -> HttpResponse:
    """Say what disabling means, ask why, then do it."""
    user = find_user(user_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return _with_reason(
        request,
        user,
        form,
        "staff/people/disable.html",
        lambda: changes.disable(request.profile, user, reason=form.cleaned_data["reason"]),
        f"{user.email} is disabled, and signed out everywhere. They have been told by mail.",
    )


def person_second_step(request: PersonRequest, user_id: str) -> HttpResponse:
    """Take the second step away from somebody who has lost it."""
    user = find_user(user_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    return _with_reason(
        request,
        user,
        form,
        "staff/people/second_step.html",
        lambda: changes.remove_second_step(request.profile, user, reason=form.cleaned_data["reason"]),
        f"{user.email} signs in without a second step now, and has been told by mail.",
    )


def person_role(request: PersonRequest, user_id: str) -> HttpResponse:
    """Let somebody run the platform, or no longer."""
    user = find_user(user_id)
    if request.method == "POST":
        form = RoleForm(request.POST)
    else:
        profile = ProfileRepository().find(str(user.pk))
        role = profile.role if profile else Role.USER
        version = profile.membership_version if profile else 0
        form = RoleForm(initial={"role": role.value, "seen_version": version})
    return _with_reason(
        request,
        user,
        form,
        "staff/people/role.html",
        lambda: changes.change_role(
            request.profile,
            user,
            role=Role(form.cleaned_data["role"]),
            reason=form.cleaned_data["reason"],
            seen_version=form.cleaned_data["seen_version"],
        ),
        f"Saved. {user.email} was signed out everywhere, and has been told by mail.",
    )


def person_erase(request: PersonRequest, user_id: str) -> HttpResponse:
    """Say what deleting means, have the address typed, then let it begin in some days."""
    user = find_user(user_id)
    form = ErasureForm(request.POST if request.method == "POST" else None, email=user.email)
    return _with_reason(
        request,
        user,
        form,
        "staff/people/erase.html",
        lambda: ask_for_erasure(user, by=request.profile),
        f"{user.email} will be deleted in {GRACE.days} days. They have been told by mail, and can keep it.",
    )


def _with_reason(
    request: PersonRequest,
    user: User,
    form: forms.Form,
    template: str,
    change: Callable[[], object],
    done: str,
) -> HttpResponse:
    """The page that asks; then the change, or the page again with what is in its way."""
    if request.method != "POST":
        return _page(request, load_person(user), form, template, HTTPStatus.OK)
    if not form.is_valid():
        return _page(request, load_person(user), form, template, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        change()
    except (StaffRefused, ErasureRefused) as refused:
        form.add_error(None, str(refused))
        return _page(request, load_person(user), form, template, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaffConflict as conflict:
        form.add_error(None, conflict.sentence)
        return _page(request, load_person(user), form, template, HTTPStatus.CONFLICT)
    messages.success(request, done)
    return redirect("staff:person-detail", str(user.pk))


def _page(
    request: PersonRequest, person: Person, form: forms.Form, template: str, status: HTTPStatus
) -> HttpResponse:
    context = {
        "person": person,
        "form": form,
        "is_self": person.user.pk == request.user.pk,
        "grace_days": GRACE.days,
    }
    return TemplateResponse(request, template, context, status=status)
