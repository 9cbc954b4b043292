"""Who runs the platform in the demo. Only on one's own machine: elsewhere there is `manage.py make_admin`."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction

from accounts.domain import Preferences
from accounts.privacy.appointing import appoint
from emissions.demo import REGION, TIME_ZONE
from emissions.demo.people import make_profile, make_user

#: One of the colleagues is called Sam already; an administrator of the platform belongs to no organization.
EMAIL = "staff@example.com"
NAME = "Alex Staff"


def make_administrator(password: str) -> list[str] | None:
    """The account, and the recovery codes that stand in for its second step: only when they are new.

    None where there is to be none.
    """
    if settings.PRODUCTION:
        return None
    user = make_user(EMAIL, password)
    make_profile(user, NAME, Preferences(region=REGION, time_zone=TIME_ZONE))
    appoint(EMAIL)
    with transaction.atomic():
        if Authenticator.objects.filter(user=user).exists():
            return []
        # Recovery codes stand in for another second step, so there has to be one, although nobody has it.
        TOTP.activate(user, generate_totp_secret())
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
        return codes
