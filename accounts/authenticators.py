"""How the second step of signing in keeps its secrets, and what it calls things.

The secret of an authenticator app and the seed of the recovery codes are encrypted at rest (Fernet: AES and
HMAC) with a key that HKDF derives from `SECRET_KEY`. What one of `SECRET_KEY_FALLBACKS` wrote is read too.
The secret of an app is written anew with the current key when it is next used.
"""

from __future__ import annotations

import base64
import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

#: Separates these keys from whatever else is ever derived from the same secret.
_PURPOSE = b"carbontrack.accounts.authenticators"


class SecretUnreadable(Exception):
    """No key of this installation opens a stored secret: it was written with one that is gone."""


class AuthenticatorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts the secrets of authenticator apps and recovery codes at rest."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Recovery codes stand in for a second step. Set one up first.",
        "incorrect_code": "This code is wrong, too old or used. Each works once: wait for the next one.",
        "incorrect_passkey": "This passkey could not be checked. Try again, or choose another way.",
        "unreadable_secret": "The key that this installation kept your second step with is gone. Use a"
        " passkey if you have one, or ask whoever runs this installation.",
        "unverified_email": "Confirm your email address first: it is how you get back in without your phone.",
    }

    def encrypt(self, text: str) -> str:
        return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecretUnreadable."""
        keys = _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        try:
            return keys.decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable from error

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """What a passkey is called until its owner says better."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "My passkey" if number == 1 else f"My passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Who passkeys are for: the name in the address bar, without its port."""
        return {"id": context.request.get_host().partition(":")[0], "name": "CarbonTrack"}


def takes_passkeys(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for the address that somebody came by: never for a bare IP address."""
    return _ip_address(request) is None


def by_name(request: HttpRequest) -> str | None:
    """This page at the name of one's own machine, for who came by its number; None elsewhere."""
    address = _ip_address(request)
    if address is None or not address.is_loopback:
        return None
    port = request.get_host().rpartition("]" if address.version == 6 else str(address))[2]
    return f"{request.scheme}://localhost{port}{request.get_full_path()}"


def _ip_address(request: HttpRequest) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    host = request.get_host()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _keys(*secrets: str) -> MultiFernet:
    """The first secret's key writes, all of them read."""
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
