"""A person's own settings."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.forms.settings import SettingsForm
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import Conflict
from carbontrack.http import PersonRequest


def settings(request: PersonRequest) -> HttpResponse:
    """Show the settings, or save them unless another tab did in between."""
    initial = SettingsForm.initial_of(request.profile)
    if request.method != "POST":
        return _page(request, SettingsForm(initial=initial))
    form = SettingsForm(request.POST, initial=initial)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        ProfileRepository().save(form.applied_to(request.profile))
    except Conflict:
        return _changed_elsewhere(request, form)
    messages.success(request, "Your settings are saved.")
    return redirect("accounts:settings")


def _changed_elsewhere(request: PersonRequest, form: SettingsForm) -> HttpResponse:
    """Show what was typed again, beside what is stored by now; saving once more keeps what was typed."""
    profile = ProfileRepository().get(request.profile.user_id)
    data = request.POST.copy()
    data["seen_version"] = str(profile.version)
    differences = form.stored_elsewhere(profile)
    again = SettingsForm(data, initial=SettingsForm.initial_of(profile))
    return _page(request, again, status=HTTPStatus.CONFLICT, conflict=True, differences=differences)


def _page(
    request: PersonRequest, form: SettingsForm, *, status: int = HTTPStatus.OK, **more: object
) -> HttpResponse:
    context = {"form": form, "email": request.user.email, **more}
    return TemplateResponse(request, "accounts/settings.html", context, status=status)
