"""What follows from a change of somebody's second step, and what they have of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.privacy.sessions import end_sessions
from carbontrack import recent

if TYPE_CHECKING:
    from accounts.models import User

#: What shows a second step by itself; recovery codes only stand in for one of these.
_STEPS = frozenset({Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value})


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner knows it. `signs_in` alone, without a password; None where it does not say."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None
    signs_in: bool | None


@dataclass(frozen=True, slots=True)
class SecondStep:
    """What somebody has set up. `recovery_codes` is how many are left; None if they have none at all."""

    app: bool
    app_added_at: datetime | None
    passkeys: tuple[Passkey, ...]
    recovery_codes: int | None

    def __bool__(self) -> bool:
        return self.app or bool(self.passkeys)

    @property
    def is_last(self) -> bool:
        """Whether taking one more away leaves none."""
        return int(self.app) + len(self.passkeys) == 1


def of_user(user: User) -> SecondStep:
    """Everything in one request to SQL. Opens no secret, so it works where none can be read."""
    stored = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    app = next((each for each in stored if each.type == Authenticator.Type.TOTP), None)
    codes = next((each for each in stored if each.type == Authenticator.Type.RECOVERY_CODES), None)
    return SecondStep(
        app=app is not None,
        app_added_at=None if app is None else app.created_at,
        passkeys=tuple(_passkey(each) for each in stored if each.type == Authenticator.Type.WEBAUTHN),
        recovery_codes=None if codes is None else _left(codes),
    )


def may_be_set_up(user: User) -> bool:
    """Whether the address is known to be theirs: else its owner would be locked out by a stranger."""
    if settings.ACCOUNT_EMAIL_VERIFICATION == "none":
        return True
    return bool(EmailAddress.objects.filter(user_id=user.pk, email=user.email, verified=True).exists())


def _passkey(stored: Authenticator) -> Passkey:
    wrapped = stored.wrap()
    return Passkey(stored.pk, wrapped.name, stored.created_at, stored.last_used_at, wrapped.is_passwordless)


def _left(codes: Authenticator) -> int:
    return int(app_settings.RECOVERY_CODE_COUNT) - int(codes.data.get("used_mask", 0)).bit_count()


@receiver(authenticator_added)
def count_as_shown(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Who has just set up a second step has shown it: a code was typed, a passkey touched."""
    if authenticator.type in _STEPS:
        record_authentication(
            request,
            user,
            recent.SECOND_STEP,
            id=authenticator.pk,
            type=authenticator.type,
            reauthenticated=True,
        )


@receiver(authenticator_removed)
def forget_as_shown(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Without any second step none has been shown: the session forgets those that were."""
    if Authenticator.objects.filter(user_id=user.pk, type__in=_STEPS).exists():
        return
    records = get_authentication_records(request, user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record.get("method") != recent.SECOND_STEP
    ]


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def end_other_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever else is signed in to the account signs in again, by its new rules."""
    end_sessions(str(user.pk), keep=request.session.session_key)
