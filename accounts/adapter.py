"""Where the sign-in library asks what this product wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import mail
from accounts.middleware import TIME_ZONE_SESSION_KEY
from accounts.models import User
from accounts.services import STAFF_SESSION_KEY, record_sign_in
from carbontrack.dynamodb.errors import Throttled, Unavailable
from emissions.factors import regions

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from accounts.domain import Profile
    from carbontrack.http import AnyRequest

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultAccountAdapter.error_messages,
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "This email address and password do not belong together.",
        "email_taken": "This address has an account already. Sign in, or reset a forgotten password.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This is not the code that we mailed last.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link is used up or too old. Ask for a new one.",
        "rate_limited": "That was a lot in a short time. Wait a few minutes, then try again.",
        "too_many_codes": "Too many wrong codes. Wait ten minutes, then try again with a new one.",
        "too_many_login_attempts": "Too many tries. Wait ten minutes, or reset your password.",
    }

    # -- Signing in and out ---------------------------------------------------------------------------------

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **hook_kwargs: Any) -> HttpResponse:
        """Note the sign-in in the profile, which the first one makes.

        With DynamoDB away the sign-in still counts: the next page needs the profile, so it answers 503 until
        DynamoDB is back and then makes what is missing (`ProfileMiddleware`).
        """
        time_zone = request.POST.get("time_zone", "")[:64]
        request.session[TIME_ZONE_SESSION_KEY] = time_zone
        if not get_authentication_records(request, user):  # signed up: it was chosen just now
            record_authentication(request, user, "password")
        try:
            sign_in = record_sign_in(cast("User", user), time_zone=time_zone)
        except (Throttled, Unavailable) as error:
            log.warning("sign_in_not_noted", error=type(error).__name__)
        else:
            cast("AnyRequest", request).profile = sign_in.profile
            request.session[STAFF_SESSION_KEY] = sign_in.profile.is_platform_admin
            if sign_in.first:
                messages.info(request, _welcome(sign_in.profile))
        return cast("HttpResponse", super().post_login(request, user, **hook_kwargs))

    def logout(self, request: HttpRequest) -> None:
        """Sign out, but never on a GET: allauth would, when a mailed link belongs to somebody else."""
        if request.method not in {"GET", "HEAD"}:
            super().logout(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next` stays here. Only paths do; a whole address never comes from our own pages."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    # -- Showing again who one is ---------------------------------------------------------------------------

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of accounts and second steps `carbontrack.policy` asks, by the same rule as everywhere."""
        if app in {"allauth.account", "allauth.mfa"}:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Every way this person has. Who has none, for they come from another provider, is mailed a code."""
        words = {
            "reauthenticate": "Use your password",
            "mfa_reauthenticate": "Use a code of your app",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        methods = [
            {**method, "description": words[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]
        if not methods and user.is_authenticated:
            url = reverse("accounts:confirm-by-mail")
            return [{"id": "code", "description": "Use a mailed code", "url": url}]
        return methods

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    # -- Accounts -------------------------------------------------------------------------------------------

    def save_user(
        self, request: HttpRequest, user: User, form: Form, commit: bool = True
    ) -> AbstractBaseUser:
        """Store a new account. Raises IntegrityError, and spoils no transaction, if the address has one."""
        super().save_user(request, user, form, commit=False)
        if commit:
            with transaction.atomic():  # after the password is hashed: that takes long, and this a lock
                user.save()
        return user

    # -- Addresses ------------------------------------------------------------------------------------------

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address, unless another account signs in with it: `User.email` is unique as well."""
        taken = User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id)
        if taken.exists():
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False
        return bool(super().confirm_email(request, email_address))

    # -- Mail -----------------------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The mails of the sign-in library are queued as all others are."""
        mail.send_mail(email, template_prefix, {"request": self.request, "email": email, **context})


def _welcome(profile: Profile) -> str:
    """What was guessed about a new person, and where to correct it."""
    preferences = profile.preferences
    settings_url = reverse("accounts:settings")
    if preferences.region == regions.WORLD:
        return format_html(
            'Welcome! <a href="{}">Say where you live</a>, so that your numbers fit.', settings_url
        )
    return format_html(
        'Welcome! Guessed from your browser: {}, {} units. <a href="{}">Change this in your settings</a>',
        regions.name(preferences.region),
        preferences.unit_system.value,
        settings_url,
    )
