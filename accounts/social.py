"""Signing in with an account of another provider: what its word is worth here (decision 23).

A provider leads to the account it was connected to, and may make a new one under an address it has
confirmed. It never leads to an account by its address, confirmed or not: whoever has one signs in to it and
connects the other account there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

import structlog
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode

from accounts.models import User
from carbontrack import recent

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

log = structlog.get_logger(__name__)

_NAMES = {"google": "Google", "microsoft": "Microsoft", "amazon_cognito": "Amazon Cognito"}


def provider_name(provider: str) -> str:
    """A provider in words, also one that is not configured any more. `provider` is as accounts store it."""
    for app in settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", []):
        if app["provider_id"] == provider:
            return str(app["name"])
    return _NAMES.get(provider, provider.replace("-", " ").title() or "another account")


def is_offered() -> bool:
    """Whether any provider is configured."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS)


def proof_first() -> HttpResponse:
    """Who connects an account shows first that it is them, and begins again from the list.

    The library does not ask those who have no password and no second step: whoever finds their browser open
    could connect an account of their own, and come back at any time.
    """
    back = urlencode({"next": reverse("socialaccount_connections")})
    return redirect(f"{reverse('account_reauthenticate')}?{back}")


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An address that the provider has not confirmed leads to no account, new or old."""

    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": "This is your only way to sign in. Choose a password first, then disconnect it.",
        "no_verified_email": "Confirm your email address first: without it you could not get back in.",
        "connected_other": "That account is connected to somebody else's here.",
    }

    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Providers come from the settings alone: no row in a database can add one."""
        apps = [
            SocialApp(provider=kind, **app)
            for kind, config in settings.SOCIALACCOUNT_PROVIDERS.items()
            for app in config["APPS"]
        ]
        return [
            app
            for app in apps
            if provider in (None, app.provider, app.provider_id) and client_id in (None, app.client_id)
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Stop whoever would sign up without a confirmed address, or with one that has an account."""
        confirmed = _confirmed_addresses(sociallogin)
        sociallogin.email_addresses = [
            EmailAddress(email=email, verified=True, primary=number == 0)
            for number, email in enumerate(confirmed)
        ]
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if not recent.has_recent_proof(cast("AnyRequest", request)):
                raise ImmediateHttpResponse(proof_first())
            return
        if sociallogin.is_existing:
            return
        if not confirmed:
            raise ImmediateHttpResponse(_refused(request, sociallogin, "socialaccount/unconfirmed.html"))
        sociallogin.user.email = confirmed[0]
        if filter_users_by_email(confirmed[0]):
            raise ImmediateHttpResponse(_refused(request, sociallogin, "socialaccount/signup.html"))

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Only as `pre_social_login` lets through, and never through a form where an address is typed."""
        return any(each.verified for each in sociallogin.email_addresses)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the account, unless somebody else made one with this address a moment ago."""
        try:
            with transaction.atomic():
                user: User = super().save_user(request, sociallogin, form)
        except IntegrityError as error:
            taken = _refused(request, sociallogin, "socialaccount/signup.html")
            raise ImmediateHttpResponse(taken) from error
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Say what to do next. What the provider sent stays out of the page: it may come from anybody."""
        if error == AuthError.CANCELLED:
            return
        log.info("other_account_failed", provider=provider.sub_id, error=type(exception).__name__)
        context = {"name": provider_name(provider.sub_id)}
        page = render(request, "socialaccount/authentication_error.html", context)
        page.status_code = HTTPStatus.BAD_REQUEST
        raise ImmediateHttpResponse(page)

    def get_requests_session(self) -> Any:
        from accounts.provider_requests import ProviderSession  # `requests` is large, and seldom needed

        return ProviderSession()


def _confirmed_addresses(sociallogin: SocialLogin) -> list[str]:
    """The addresses that the provider has confirmed, as far as it can.

    A provider with domains of its own speaks for those and no others, and needs no claim for them unless it
    denies it. Microsoft says of no address that it is confirmed.
    """
    domains = sociallogin.provider.app.settings.get("domains", [])
    claim = _claim(sociallogin.account.extra_data)
    return [
        address.email.lower()
        for address in sociallogin.email_addresses
        if address.email.isprintable()
        and (_is_within(address.email, domains) and claim is not False if domains else claim is True)
    ]


def _claim(told: Any) -> bool | None:
    """What a provider says about its address: True only as a truth value or the word; None if nothing."""
    for part in ("userinfo", "id_token"):
        if isinstance(told, dict) and isinstance(told.get(part), dict):
            told = told[part]
    said = told.get("email_verified", told.get("verified_email")) if isinstance(told, dict) else None
    return None if said is None else said is True or str(said).lower() == "true"


def _is_within(email: str, domains: Iterable[str]) -> bool:
    return email.rpartition("@")[2].lower() in domains


def _refused(request: HttpRequest, sociallogin: SocialLogin, template: str) -> HttpResponse:
    """A page instead of an account. Nothing of what the provider told is kept for later."""
    name = provider_name(sociallogin.account.provider)
    page = render(request, template, {"name": name})
    page.status_code = HTTPStatus.CONFLICT
    return page
