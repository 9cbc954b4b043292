"""Same URL, two bodies: when to answer a part of the page, when all of it, and when another page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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


def by_way_of(request: HttpRequest, url: str, *, back: str | None = None) -> HttpResponse:
    """Send somebody to `url` first, and from there to `back`: unless said, the page they are at.

    That is never the target of a form. Where HTMX asked, the whole page goes.
    """
    htmx = cast("AnyRequest", request).htmx
    if back is None and htmx:
        back = current_path(request)
    elif back is None and request.method in {"GET", "HEAD"}:
        back = request.get_full_path()
    if back:
        url = f"{url}?{urlencode({'next': back})}"
    return HttpResponseClientRedirect(url) if htmx else HttpResponseRedirect(url)


def current_path(request: HttpRequest) -> str | None:
    """Path and query of the page that HTMX asks from; None unless that is a page of ours."""
    try:
        return cast("AnyRequest", request).htmx.current_url_abs_path
    except ValueError:  # no address at all, such as `http://[`
        return None
