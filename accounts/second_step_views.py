"""The library's pages of the second step, where this product does otherwise (`accounts/second_step_urls.py`).

That somebody has shown lately who they are is asked by `carbontrack.policy`, before any of these.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic.edit import FormView

from accounts import one_time_codes, second_step
from accounts.authenticators import by_name, takes_passkeys
from accounts.models import User
from carbontrack.http import PersonRequest

#: Where the session keeps the page that somebody wanted when they were asked for a second step.
WANTED_SESSION_KEY = "second_step_wanted"


def index(request: PersonRequest) -> HttpResponse:
    """Where setting something up ends: at the page that asked for it, else among all about security."""
    wanted = request.session.pop(WANTED_SESSION_KEY, None)
    return redirect(wanted if wanted and second_step.of_user(request.user) else "accounts:security")


class _AboutSecondStep:
    """Tells the page what somebody has set up. And checks a form once, however often it is asked for."""

    request: HttpRequest

    @cached_property
    def _form(self) -> Form:
        return cast("Form", super().get_form())  # type: ignore[misc]

    def get_form(self, form_class: type[Form] | None = None) -> Form:
        return self._form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**context, "step": second_step.of_user(cast("User", self.request.user))}


class _Adds(_AboutSecondStep):
    """Begins only with an address that is known to be the person's own."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not second_step.may_be_set_up(cast("User", request.user)):
            messages.error(request, str(get_adapter().error_messages["unverified_email"]))
            return redirect("accounts:security")
        return cast("HttpResponseBase", super().dispatch(request, *args, **kwargs))  # type: ignore[misc]


class ActivateApp(_Adds, ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        one_time_codes.use_up(cast("User", self.request.user), form.counter)
        return cast("HttpResponse", response)


class DeactivateApp(_AboutSecondStep, DeactivateTOTPView):  # type: ignore[misc]
    pass


class GenerateRecoveryCodes(_AboutSecondStep, GenerateRecoveryCodesView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without reading the old codes: new ones are the way out where no key reads those any more."""
        context = FormView.get_context_data(self, **kwargs)
        return {**context, "step": second_step.of_user(cast("User", self.request.user))}


class AddPasskey(_Adds, AddWebAuthnView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        here = {"takes_passkeys": takes_passkeys(self.request), "here_by_name": by_name(self.request)}
        return {**context, **here}


class EditPasskey(EditWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, f"Your passkey is called {form.cleaned_data['name']} now.")
        return cast("HttpResponse", super().form_valid(form))


class RemovePasskey(_AboutSecondStep, RemoveWebAuthnView):  # type: ignore[misc]
    pass


class SignInWithPasskey(_AboutSecondStep, LoginWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, " ".join(str(error) for error in form.errors.get("credential", [])))
        url = passthrough_next_redirect_url(self.request, reverse("account_login"), REDIRECT_FIELD_NAME)
        return HttpResponseRedirect(url)


class ReauthenticateWithPasskey(_AboutSecondStep, ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: Form) -> HttpResponse:
        """The page again, where the library would forget the page that was wanted."""
        return FormView.form_invalid(self, form)
