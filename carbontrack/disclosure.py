"""`/.well-known/security.txt` (RFC 9116): whom to tell about a weakness, if the installation says so."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from carbontrack import clock

#: A file that is older than it says counts as stale; it is written anew with each request.
VALID_FOR = timedelta(days=180)


def security_txt(request: HttpRequest) -> HttpResponse:
    """The contact, and until when it holds. Raises Http404 without one."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = clock.stamp(clock.now().replace(microsecond=0) + VALID_FOR)
    lines = f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {expires}", "Preferred-Languages: en"
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
