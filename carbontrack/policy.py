"""Who may call what: one row per route, enforced by `PolicyMiddleware` and swept by a test.

A route that is not in this table answers nothing: the middleware refuses it, and the test that walks the
URLconf fails the build. Views therefore need no decorator for sign-in or method, and cannot forget one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """The least that a caller must be."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route, and with which methods (HEAD comes with GET)."""

    who: Who
    methods: frozenset[str]


def rule(who: Who, *methods: str) -> Rule:
    return Rule(who, frozenset(methods) | ({"HEAD"} if "GET" in methods else set()))


POLICY: dict[str, Rule] = {
    "healthz": rule(Who.ANYONE, "GET"),
    "readyz": rule(Who.ANYONE, "GET"),
    # The front page when signed out, the dashboard when signed in.
    "emissions:home": rule(Who.ANYONE, "GET"),
    "emissions:calculator": rule(Who.ANYONE, "GET"),
    "emissions:factor-list": rule(Who.ANYONE, "GET"),
    "emissions:factor-detail": rule(Who.ANYONE, "GET"),
    "emissions:entry-create": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-preview": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-list": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-detail": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-update": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-delete": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-restore": rule(Who.SIGNED_IN, "POST"),
    "emissions:entry-repeat": rule(Who.SIGNED_IN, "POST"),
    "accounts:settings": rule(Who.SIGNED_IN, "GET", "POST"),
    # Signing up, in and out, and mailed links. A link is opened with GET, which only shows a button.
    "account_signup": rule(Who.ANYONE, "GET", "POST"),
    "account_login": rule(Who.ANYONE, "GET", "POST"),
    "account_logout": rule(Who.ANYONE, "GET", "POST"),
    "account_inactive": rule(Who.ANYONE, "GET"),
    "account_email_verification_sent": rule(Who.ANYONE, "GET"),
    "account_confirm_email": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password_done": rule(Who.ANYONE, "GET"),
    "account_reset_password_from_key": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password_from_key_done": rule(Who.ANYONE, "GET"),
    "account_email": rule(Who.SIGNED_IN, "GET", "POST"),
    "account_change_password": rule(Who.SIGNED_IN, "GET", "POST"),
    "account_set_password": rule(Who.SIGNED_IN, "GET", "POST"),
    "account_reauthenticate": rule(Who.SIGNED_IN, "GET", "POST"),
    # allauth always registers this route; without sign-in by code it only leads to the sign-in page.
    "account_confirm_login_code": rule(Who.ANYONE, "GET", "POST"),
}
