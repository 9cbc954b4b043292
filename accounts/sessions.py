"""Where somebody is signed in: the list, ending one or all others, and when each was last seen.

allauth knows the sessions of a person (`UserSession`); this page adds ending a single one, words for devices,
and a time that is not written with every request.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, cast

import structlog
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts import trail
from accounts.devices import device_words
from accounts.privacy.sessions import end_sessions
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.http import PersonRequest

if TYPE_CHECKING:
    from accounts.models import User
    from carbontrack.http import AnyRequest

log = structlog.get_logger(__name__)

#: The page shows the ones that were seen last. Nobody has more devices than that in their hands.
MOST = 100
#: A session's time is written this often at most, by each process.
SEEN_EVERY = timedelta(minutes=10)
_REMEMBERED = 5_000
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One place where somebody is signed in; the moments are at the reader's time."""

    id: int
    device: str
    place: str
    since: datetime
    seen: datetime
    is_current: bool


def session_list(request: PersonRequest) -> HttpResponse:
    """The list; a POST ends `session`: the id of one of one's own, or `others`."""
    if request.method == "POST":
        return _end(request, request.POST.get("session", ""))
    note_seen(request)
    zone = zone_or_utc(request.profile.preferences.time_zone)
    current = request.session.session_key
    sessions = [
        ListedSession(
            id=row.pk,
            device=device_words(row.user_agent),
            place=row.ip,
            since=row.created_at.astimezone(zone),
            seen=row.last_seen_at.astimezone(zone),
            is_current=row.session_key == current,
        )
        for row in _alive(request.user)
    ]
    sessions.sort(key=lambda each: not each.is_current)
    others = sum(not each.is_current for each in sessions)
    return TemplateResponse(
        request, "usersessions/usersession_list.html", {"sessions": sessions, "others": others}
    )


def _alive(user: User) -> Iterator[UserSession]:
    """The sessions of a person that still work, the latest first: two queries, however many there are."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at")[:MOST])
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    stored = Session.objects.filter(
        session_key__in=[row.session_key for row in rows], expire_date__gt=clock.now()
    )
    valid = {each.session_key for each in stored if each.get_decoded().get(HASH_SESSION_KEY) in hashes}
    return (row for row in rows if row.session_key in valid)


def _end(request: PersonRequest, chosen: str) -> HttpResponse:
    """End a session, or all but this one. One that has ended already, and one of somebody else, are alike."""
    current = request.session.session_key
    if chosen == OTHERS:
        ended = end_sessions(str(request.user.pk), keep=current)
        messages.success(request, "You are signed out everywhere else.")
    else:
        row = UserSession.objects.filter(user=request.user, pk=_number(chosen)).first()
        if row is None:
            messages.info(request, "That session has ended already.")
            return redirect("usersessions_list")
        if row.session_key == current:
            messages.info(request, "This is where you are now. To leave, use “Sign out”.")
            return redirect("usersessions_list")
        ended = 1
        row.end()
        messages.success(request, f"{device_words(row.user_agent)} is signed out.")
    if ended:
        trail.note(request, request.user, "sessions_ended", after={"sessions": ended})
    return redirect("usersessions_list")


def _number(text: str) -> int:
    """The id of a session; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


# -- Last seen ----------------------------------------------------------------------------------------------


class LastSeenMiddleware:
    """Notes now and then that a session is in use, and from where. A page never fails for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and _is_due(request.session.session_key):
            try:
                if request.user.is_authenticated:
                    note_seen(cast("AnyRequest", request))
            except DatabaseError as error:
                log.warning("session_not_noted", error=type(error).__name__)
        return response


def note_seen(request: AnyRequest | PersonRequest) -> None:
    """Write when the session was last seen, unless that is a few minutes old; a missing row is made."""
    key = request.session.session_key
    fresh = UserSession.objects.filter(session_key=key, last_seen_at__gt=clock.now() - SEEN_EVERY)
    if key is None or fresh.exists():
        return
    try:
        UserSession.objects.create_from_request(request)
    except PermissionDenied:  # an address that cannot be told: see `ALLAUTH_TRUSTED_PROXY_COUNT`
        return


_seen: OrderedDict[str, float] = OrderedDict()
_lock = Lock()


def _is_due(key: str | None) -> bool:
    """Whether this process has not looked at a session for a while. It remembers some thousand."""
    if key is None:
        return False
    now = time.monotonic()
    with _lock:
        if now - _seen.get(key, -SEEN_EVERY.total_seconds()) < SEEN_EVERY.total_seconds():
            return False
        _seen[key] = now
        _seen.move_to_end(key)
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
    return True
