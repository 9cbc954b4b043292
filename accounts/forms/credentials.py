"""allauth's forms in this product's words, with what password managers and phones need to help."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.authenticators import by_name, takes_passkeys
from accounts.models import User

#: What `User.email` and allauth's own table hold.
EMAIL_LENGTH = 254
PASSWORD_HELP = "At least 10 characters. A few words in a row are easy to remember and hard to guess."


def check_printable(address: str) -> None:
    """Refuse characters that cannot be seen: an address that looks like another one, or reads backwards."""
    if not address.isprintable():
        raise ValidationError("This address has a character that cannot be seen. Type it by hand.")


def style_email(form: forms.Form, name: str, label: str, *, autocomplete: str, help_text: str = "") -> None:
    """Give an address field its words, the right keyboard and what a password manager fills in."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.error_messages["invalid"] = "Write an email address such as name@example.com."
    field.validators = [
        EmailValidator("Write an email address such as name@example.com."),
        check_printable,
        MaxLengthValidator(EMAIL_LENGTH, f"At most {EMAIL_LENGTH} characters."),
    ]
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(
        autocomplete=autocomplete, inputmode="email", autocapitalize="none", spellcheck="false"
    )


def _password(form: forms.Form, name: str, label: str, help_text: str = "") -> None:
    """Give a password field its words, and a button that shows what was typed (`password.js`)."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs["data-password"] = ""


def _type_once(form: forms.Form) -> None:
    """One field for a new password: it can be shown, and a typing error is mended by a reset."""
    del form.fields["password2"]


def remember_field() -> forms.BooleanField:
    """Whether a session outlives the browser."""
    return forms.BooleanField(
        label="Keep me signed in on this device",
        help_text="For 30 days. Leave it off on a computer that others use.",
        required=False,
    )


def time_zone_field() -> forms.CharField:
    """The browser's time zone, filled in by `time-zone.js`; only ever a guess, so it cannot be wrong."""
    return forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    account_already_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_email(self, "email", "Email address", autocomplete="email", help_text="You sign in with it.")
        _password(self, "password1", "Password", PASSWORD_HELP)
        self.fields["time_zone"] = time_zone_field()

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Create the account. An address that has one costs the same time: the hash of a password."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        result: tuple[User | None, HttpResponse | None]
        try:
            result = super().try_save(request)
        except IntegrityError:  # the same address signed up a moment ago: a second click, as a rule
            if app_settings.EMAIL_VERIFICATION != app_settings.EmailVerificationMethod.MANDATORY:
                return None, redirect("account_login")
            self.account_already_exists = True
            result = super().try_save(request)
        return result


class SignInForm(allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_email(self, "login", "Email address", autocomplete="username")
        _password(self, "password", "Password")
        self.fields["remember"] = remember_field()
        self.fields["time_zone"] = time_zone_field()

    @property
    def takes_passkeys(self) -> bool:
        """Whether the page may offer to sign in with a passkey instead."""
        return takes_passkeys(self.request)

    @property
    def here_by_name(self) -> str | None:
        """Where it may, if not here."""
        return by_name(self.request)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_email(self, "email", "Email address", autocomplete="username")


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "password1", "New password", PASSWORD_HELP)
        _type_once(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "oldpassword", "Current password")
        _password(self, "password1", "New password", PASSWORD_HELP)
        _type_once(self)


class SetPasswordForm(allauth_forms.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "password1", "Password", PASSWORD_HELP)
        _type_once(self)


class ReauthenticateForm(allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _password(self, "password", "Password")


class ChangeEmailForm(allauth_forms.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_email(self, "email", "New email address", autocomplete="email")

    def save(self, request: HttpRequest) -> EmailAddress:
        """Note the address as pending and mail a link to it. The current one stays until the link is opened.

        allauth's own way would drop the current address at once where it was never verified.
        """
        with transaction.atomic():
            EmailAddress.objects.filter(user=self.user, primary=False, verified=False).delete()
            address: EmailAddress = EmailAddress.objects.create(
                user=self.user, email=self.cleaned_data["email"]
            )
        send_verification_email_to_address(request, address)
        return address
