"""An authenticator app as tests hold one in their hand, and a browser that signs in step by step."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from accounts.models import User
from tests.fixtures.people import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PERIOD = 30


def code(secret: str = SECRET, *, periods: int = 0) -> str:
    """What the app shows, so many half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + periods)))


def set_up_app(user: User) -> Authenticator:
    """An account whose second step is an authenticator app, with recovery codes."""
    RecoveryCodes.activate(user)
    return TOTP.activate(user, SECRET).instance


def recovery_codes(user: User) -> list[str]:
    """Those that are left."""
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    unused: list[str] = stored.wrap().get_unused_codes()
    return unused


def give_password(email: str, *, client: Client | None = None) -> Client:
    """A browser after the first step of signing in: it signs in where there is no second."""
    client = client or Client()
    client.post("/account/login/", {"login": email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200
