"""What every page may know about the person who looks at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.domain import Theme
from carbontrack.dynamodb.errors import DataLayerError

#: Backends that send nothing: a page that promises a mail says where it can be read instead.
PRINTING_BACKENDS = frozenset(
    {"django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.filebased.EmailBackend"}
)


def person(request: HttpRequest) -> dict[str, Any]:
    """`theme`: system, light or dark, read when a page draws it. `mail_is_printed`: no mail server here.

    `erasing_on` is when the person's account is going to be deleted, None for almost everybody.
    """
    return {
        "theme": SimpleLazyObject(lambda: _theme(request)),
        "erasing_on": SimpleLazyObject(lambda: _erasing_on(request)),
        "mail_is_printed": settings.EMAIL_BACKEND in PRINTING_BACKENDS,
    }


def _theme(request: HttpRequest) -> str:
    """The theme, which is never a reason for a page to fail."""
    profile = cast("Any", getattr(request, "profile", None))
    if profile is None:
        return Theme.SYSTEM.value
    try:
        return cast("str", profile.preferences.theme.value)
    except DataLayerError:
        return Theme.SYSTEM.value


def _erasing_on(request: HttpRequest) -> datetime | None:
    """From the account in SQL, which is read already; never a reason for a page to fail."""
    try:
        return getattr(getattr(request, "user", None), "erase_at", None)
    except DatabaseError:
        return None
