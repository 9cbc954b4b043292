"""Confirming who one is by a mailed code: for those who have neither a password nor a second step.

They sign in with an account of another provider. Who has another way is not offered this one: it would make
whoever reads their mail as strong as they are.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import normalize_user_code
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import mail
from accounts.forms.second_step import MailedCodeForm
from accounts.models import User

#: The code's hash, when it was mailed and how many wrong ones were tried, in the session.
SESSION_KEY = "confirming"
TRIES = 3
SECONDS = 600


class ConfirmByMail(BaseReauthenticateView):  # type: ignore[misc]
    form_class = MailedCodeForm
    template_name = "accounts/confirm_by_mail.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Mail a code, or check one. Opening the page mails nothing."""
        if "send" in request.POST:
            return self._send(request)
        return cast("HttpResponse", super().post(request, *args, **kwargs))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "is_right": self._is_right}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = cast("User", self.request.user)
        return {**context, "email": user.email, "is_mailed": self._pending() is not None}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        self.request.session.pop(SESSION_KEY, None)
        record_authentication(
            self.request, cast("User", self.request.user), method="code", reauthenticated=True
        )
        return cast("HttpResponse", super().form_valid(form))

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response = cast("HttpResponse", super().form_invalid(form))
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def _send(self, request: HttpRequest) -> HttpResponse:
        user = cast("User", request.user)
        if not ratelimit.consume(request, action="request_login_code", key=user.email):
            messages.error(request, "That was a lot of codes. Wait a minute, then ask for a new one.")
        else:
            code = get_adapter().generate_login_code()
            request.session[SESSION_KEY] = {"hash": _hash(code), "at": time.time(), "tries": 0}
            mail.send_mail(user.email, "account/email/confirm_code", {"code": code})
            messages.success(request, f"We mailed a code to {user.email}.")
        return HttpResponseRedirect(self.passthrough_next_url(reverse("accounts:confirm-by-mail")))

    def _pending(self) -> dict[str, Any] | None:
        """What was mailed, unless it is too old or too many wrong ones were tried."""
        pending: dict[str, Any] | None = self.request.session.get(SESSION_KEY)
        if pending is None or time.time() - pending["at"] > SECONDS or pending["tries"] >= TRIES:
            return None
        return pending

    def _is_right(self, code: str) -> bool:
        pending = self._pending()
        if pending is None:
            return False
        self.request.session[SESSION_KEY] = {**pending, "tries": pending["tries"] + 1}
        return constant_time_compare(pending["hash"], _hash(code))


def _hash(code: str) -> str:
    return salted_hmac(SESSION_KEY, normalize_user_code(code), algorithm="sha256").hexdigest()
