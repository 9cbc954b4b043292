"""Same URL, two bodies: when to answer a part of the page, when all of it, and when another page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest


def wants_partial(request: HttpRequest) -> bool:
    """True when HTMX asks for a part of the page.

    A boosted link and a history restore replace the whole page, so they get the whole page.
    """
    htmx = cast("AnyRequest", request).htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def go_to(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """A redirect to a route or an address. Where HTMX asked for a part, the whole page goes, not the part."""
    url = resolve_url(to, *args)
    return HttpResponseClientRedirect(url) if wants_partial(request) else redirect(url)


def current_path(request: HttpRequest) -> str | None:
    """Path and query of the page that HTMX asks from; None unless that is a page of ours."""
    try:
        return cast("AnyRequest", request).htmx.current_url_abs_path
    except ValueError:  # no address at all, such as `http://[`
        return None
