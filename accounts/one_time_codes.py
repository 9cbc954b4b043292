"""Codes that work once: those of an authenticator app, and recovery codes.

Which code of an app was the last is kept with its secret, under a lock on that row: a code that is sent to
two workers at once lets in one of them, and neither a cache nor its clearing can bring it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction

from accounts.authenticators import SecretUnreadable

if TYPE_CHECKING:
    from accounts.models import User

#: In an authenticator's data: the number of the last half minute whose code was used.
LAST_COUNTER = "last_counter"


def matching_counter(secret: str, code: str) -> int | None:
    """The number of the half minute that a code belongs to, if that is now or next to it."""
    for counter in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return int(counter)
    return None


def accept(user: User, code: str) -> Authenticator | None:
    """Use a code up; returns what it belongs to, or None if it is wrong or was used before.

    Raises SecretUnreadable if it is none of those that can be read, and there are others.
    """
    unreadable: SecretUnreadable | None = None
    # An app's code has six digits, a recovery code eight: neither is taken for the other.
    for authenticator in Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN):
        try:
            if _accepts(authenticator, code):
                authenticator.user = user
                return authenticator
        except SecretUnreadable as error:
            unreadable = error
    if unreadable is not None:
        raise unreadable
    return None


def use_up(user: User, counter: int) -> None:
    """Note that the code of a half minute was used: the one that a new app was tried with."""
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP)
        for authenticator in found:
            _save(authenticator, **{LAST_COUNTER: counter})


def renew_secrets() -> tuple[int, int]:
    """Write every secret anew with the current key; returns how many were, and how many no key opens.

    For `manage.py renew_secrets`. One row at a time, so it can be stopped and begun again.
    """
    renewed = unreadable = 0
    stored = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for authenticator_id in list(stored.values_list("pk", flat=True)):
        with transaction.atomic():
            for authenticator in Authenticator.objects.select_for_update().filter(pk=authenticator_id):
                name = "secret" if authenticator.type == Authenticator.Type.TOTP else "seed"
                try:
                    _save(authenticator, **{name: encrypt(decrypt(authenticator.data[name]))})
                except SecretUnreadable:
                    unreadable += 1
                else:
                    renewed += 1
    return renewed, unreadable


def _accepts(authenticator: Authenticator, code: str) -> bool:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return bool(authenticator.wrap().validate_code(code))  # locks its row, and marks the code
    return _accepts_from_app(authenticator.pk, code)


@transaction.atomic
def _accepts_from_app(authenticator_id: int, code: str) -> bool:
    """Codes only ever go forward: one as old as the last, or older, is a replay."""
    authenticator = Authenticator.objects.select_for_update().filter(pk=authenticator_id).first()
    if authenticator is None:  # removed a moment ago
        return False
    secret = decrypt(authenticator.data["secret"])
    counter = matching_counter(secret, code)
    if counter is None or counter <= authenticator.data.get(LAST_COUNTER, -1):
        return False
    _save(authenticator, secret=encrypt(secret), **{LAST_COUNTER: counter})
    return True


def _save(authenticator: Authenticator, **data: Any) -> None:
    authenticator.data = {**authenticator.data, **data}
    authenticator.save(update_fields=["data"])
