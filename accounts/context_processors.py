"""What every page may know about the person who looks at it."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.domain import Theme
from carbontrack.dynamodb.errors import DataLayerError

#: Backends that send nothing: a page that promises a mail says where it can be read instead.
PRINTING_BACKENDS = frozenset(
    {"django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.filebased.EmailBackend"}
)


def person(request: HttpRequest) -> dict[str, Any]:
    """`theme`: system, light or dark, read when a page draws it. `mail_is_printed`: no mail server here."""
    return {
        "theme": SimpleLazyObject(lambda: _theme(request)),
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
