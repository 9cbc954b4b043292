"""Where somebody is signed in, and ending it.

The list of sessions (`UserSession`) knows a session by its key; the session itself holds who it is of, and
some know a person before they are signed in: between the password and the second step, for instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from carbontrack.personal_data import mentions

#: How many sessions are looked at between two words of life.
_CHUNK = 500


def end_sessions(user_id: str, *, keep: str | None = None) -> int:
    """End every session of a person but the one whose key is `keep`; returns how many there were.

    Fit for a request: it goes by the list of sessions.
    """
    with transaction.atomic():
        listed = UserSession.objects.filter(user_id=user_id).exclude(session_key=keep or "")
        keys = list(listed.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        listed.delete()
    return len(keys)


def close_account(user_id: str) -> None:
    """Let nobody sign in to an account any more, or go on where they are: every session ends with it.

    Without a password no session is valid, also one that the list has missed.
    """
    user = User.objects.get(pk=user_id)
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    end_sessions(user_id)


def remove_sessions(user_id: str, alive: Callable[[], None]) -> None:
    """Remove every session that knows of a person. Looks at all there are: for a job."""
    end_sessions(user_id)
    for session in list(_sessions_of(_words_of(user_id), alive)):
        session.delete()


def sessions_left(user_id: str) -> Iterator[str]:
    """The sessions that still know of a person."""
    for session in _sessions_of(_words_of(user_id), lambda: None):
        yield f"session that ends at {session.expire_date:%Y-%m-%d}"


def _words_of(user_id: str) -> frozenset[str]:
    """The id, and the address: asking for a code or a new password leaves it in a session."""
    addresses = User.objects.filter(pk=user_id).values_list("email", flat=True)
    return frozenset({user_id, *addresses})


def _sessions_of(words: frozenset[str], alive: Callable[[], None]) -> Iterator[Session]:
    for number, session in enumerate(Session.objects.iterator(chunk_size=_CHUNK)):
        if number % _CHUNK == 0:
            alive()
        if _holds(session.get_decoded(), words):
            yield session


def _holds(value: Any, words: frozenset[str]) -> bool:
    """Whether one of the words is anywhere in what a session holds, as a whole."""
    if isinstance(value, dict):
        return any(_holds(part, words) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return any(_holds(part, words) for part in value)
    return mentions(str(value), words)
