"""How lately somebody has shown that it is them: the sign-in library notes each proof in the session.

A route that is `fresh` in the policy, and the staff console, ask anew after a while. What was typed in the
meantime is not lost to that: a form that was opened in time may be sent for longer than one may be opened.
Of somebody who has a second step only that is a proof: else an open browser and a password were enough to
change or remove it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.urls import reverse

from carbontrack.htmx import by_way_of

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

#: A page that needs a recent proof is opened within the first, and its form sent within the second.
TO_OPEN = timedelta(minutes=10)
TO_SEND = timedelta(minutes=30)
#: The staff console: a second step, so recently.
STAFF = timedelta(minutes=30)
SECOND_STEP = "mfa"


def has_recent_proof(request: AnyRequest) -> bool:
    """Whether who asks has signed in, or confirmed who they are, recently enough for a `fresh` route."""
    allowed = TO_SEND if request.method == "POST" else TO_OPEN
    if is_mfa_enabled(request.user):
        return has_second_step(request, within=allowed)
    return _age(_records(request)) <= allowed


def has_second_step(request: AnyRequest, *, within: timedelta | None = None) -> bool:
    """Whether this session has shown a second step, at all or lately."""
    age = _age(each for each in _records(request) if each.get("method") == SECOND_STEP)
    return age < timedelta.max if within is None else age <= within


def ask_again(request: AnyRequest) -> HttpResponse:
    """Send somebody to confirm who they are, and from there back to the page they are at."""
    if is_mfa_enabled(request.user):
        return ask_for_second_step(request)
    return by_way_of(request, reverse("account_reauthenticate"))


def ask_for_second_step(request: AnyRequest, *, back: str | None = None) -> HttpResponse:
    """Send somebody to show a second step, or to choose one who has none yet; then to `back`, a path."""
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        route = "mfa_reauthenticate"
    elif is_mfa_enabled(request.user):
        route = "mfa_reauthenticate_webauthn"
    else:
        route = "accounts:security"
    return by_way_of(request, reverse(route), back=back)


def _records(request: AnyRequest) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return records


def _age(records: Iterable[dict[str, Any]]) -> timedelta:
    """How long ago the latest was; for ever if there is none."""
    latest = max((float(each.get("at", 0)) for each in records), default=None)
    return timedelta.max if latest is None else timedelta(seconds=time.time() - latest)
