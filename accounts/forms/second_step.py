"""The forms of the second step: codes of an app, recovery codes, passkeys; and those for mailed codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from accounts import one_time_codes, second_step
from accounts.authenticators import SecretUnreadable
from accounts.forms.credentials import remember_field, style_email, time_zone_field

TOO_MANY_CODES = "too_many_codes"
CODE_LENGTH = 40
NAME_LENGTH = 60


def _code(form: forms.Form, label: str, help_text: str = "") -> None:
    """Give a field for a code its words, the keyboard with digits, and what a phone fills in."""
    field = form.fields["code"]
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(
        autocomplete="one-time-code", inputmode="numeric", autocapitalize="none", spellcheck="false"
    )
    _at_most(field, CODE_LENGTH)


def _at_most(field: forms.Field, length: int) -> None:
    field.validators.append(MaxLengthValidator(length, f"At most {length} characters."))
    field.widget.attrs["maxlength"] = str(length)


class _CodeForm(base_forms.BaseAuthenticateForm):  # type: ignore[misc]
    """Takes a code of an authenticator app or a recovery code, each of them once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = second_step.of_user(self.user)
        label = "Code from your app" if self.ways.app else "Recovery code"
        help_text = "Six digits. Without your phone, a recovery code does as well." if self.ways.app else ""
        _code(self, label, help_text)

    def clean_code(self) -> str:
        clear_limit = check_rate_limit(self.user, error_key=TOO_MANY_CODES)
        code: str = self.cleaned_data["code"]
        try:
            authenticator = one_time_codes.accept(self.user, code)
        except SecretUnreadable as error:
            raise get_adapter().validation_error("unreadable_secret") from error
        if authenticator is None:
            self._refused()
            raise get_adapter().validation_error("incorrect_code")
        clear_limit()
        self.authenticator = authenticator
        return code

    def _refused(self) -> None:
        stored = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)
        authenticator = stored.order_by("-type").first()  # the app before the recovery codes
        if authenticator is not None:
            self._emit_authentication_failed(authenticator)


class AuthenticateForm(_CodeForm, base_forms.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class ReauthenticateForm(_CodeForm, base_forms.ReauthenticateForm):  # type: ignore[misc]
    """The second step, shown again."""


class ActivateAppForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app. Its secret waits in the session, encrypted there as well."""

    counter: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = self._pending_secret()
        _code(self, "Code that the app shows now")

    @property
    def secret_in_groups(self) -> str:
        """The secret as one types it, four characters at a time. Apps do not mind the spaces."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))

    def _pending_secret(self) -> str:
        session = context.request.session
        try:
            return str(decrypt(session[SECRET_SESSION_KEY]))
        except (KeyError, SecretUnreadable):
            secret = generate_totp_secret()
            session[SECRET_SESSION_KEY] = encrypt(secret)
            return str(secret)

    def clean_code(self) -> str:
        clear_limit = check_rate_limit(self.user, error_key=TOO_MANY_CODES)
        code: str = self.cleaned_data["code"]
        counter = one_time_codes.matching_counter(self.secret, code)
        if counter is None:
            raise get_adapter().validation_error("incorrect_code")
        clear_limit()
        self.counter = counter
        return code


# -- Passkeys -----------------------------------------------------------------------------------------------


def _checked(clean: Callable[[], Any]) -> Any:
    """What `clean` makes of a passkey's answer. Nonsense is refused in words, wherever the library trips."""
    try:
        return clean()
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise get_adapter().validation_error("incorrect_passkey") from error
    except ValidationError as error:
        if getattr(error, "code", None) == "incorrect_code":
            raise get_adapter().validation_error("incorrect_passkey") from error
        raise


def _credential(form: forms.Form) -> None:
    field = form.fields["credential"]
    field.error_messages["required"] = "Your browser sent no passkey. It needs JavaScript for that."
    field.error_messages["invalid"] = get_adapter().error_messages["incorrect_passkey"]


class _PasskeyForm(passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _credential(self)

    def clean_credential(self) -> Authenticator:
        return _checked(super().clean_credential)


class AuthenticatePasskeyForm(_PasskeyForm):
    """A passkey as the second step of signing in."""


class ReauthenticatePasskeyForm(_PasskeyForm, passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey, shown again."""


class SignInPasskeyForm(_PasskeyForm, passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of a password.

    It has to have made sure of its owner, by a finger or a PIN. The library demands that of the challenge it
    gives out for this form, and keeps one challenge for all of its forms: that of another demands less.
    """

    def clean_credential(self) -> Authenticator:
        given = self.cleaned_data["credential"]
        authenticator = super().clean_credential()
        response = parse_authentication_response(given).response
        if not response.authenticator_data.is_user_verified():
            raise get_adapter().validation_error("incorrect_passkey")
        return authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"] = remember_field()

    def clean_remember(self) -> bool:
        return _remember(self)


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without a password",
        help_text="Leave it off for a security key that asks neither for a PIN nor for a finger.",
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _credential(self)
        _name(self)
        self.fields["name"].required = True

    def clean(self) -> Any:
        return _checked(super().clean)


class EditPasskeyForm(passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self)


def _name(form: forms.Form) -> None:
    field = form.fields["name"]
    field.label = "Name"
    field.help_text = "What you know it by: the phone, computer or password manager that keeps it."
    _at_most(field, NAME_LENGTH)


# -- Codes by mail ------------------------------------------------------------------------------------------


class RequestCodeForm(account_forms.RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for a code by mail. The answer is the same whether or not the address has an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_email(self, "email", "Email address", autocomplete="username")
        self.fields["remember"] = remember_field()

    def clean_remember(self) -> bool:
        return _remember(self)


class ConfirmCodeForm(account_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    """A mailed code. Wrong ones are counted by address, over all browsers and workers together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, "Code", "Eight letters. Capitals and the dash do not matter.")
        self.fields["code"].widget.attrs["inputmode"] = "text"
        self.fields["time_zone"] = time_zone_field()

    def clean_code(self) -> str:
        request = context.request
        address = request._login_stage.state.get("email", "").lower()
        if not ratelimit.consume(request, action="confirm_login_code", key=address):
            raise get_account_adapter().validation_error(TOO_MANY_CODES)
        return str(super().clean_code())


class MailedCodeForm(forms.Form):
    """A mailed code that confirms who somebody is (`accounts/confirming.py`)."""

    code = forms.CharField()

    def __init__(self, *args: Any, is_right: Callable[[str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_right = is_right
        _code(self, "Code", "Eight letters. Capitals and the dash do not matter.")
        self.fields["code"].widget.attrs["inputmode"] = "text"

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self._is_right(code):
            raise get_account_adapter().validation_error("incorrect_code")
        return code


def _remember(form: forms.Form) -> bool:
    """As on the sign-in page: without being asked, a session ends with the browser."""
    remember = bool(form.cleaned_data["remember"])
    context.request.session.set_expiry(account_settings.SESSION_COOKIE_AGE if remember else 0)
    return remember
