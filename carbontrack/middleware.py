"""What happens to every request, whatever its view: an id, a log line, headers, permission, errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from carbontrack import recent, tally
from carbontrack.dynamodb import count_requests
from carbontrack.dynamodb.errors import DataLayerError
from carbontrack.errors import FORBIDDEN, METHOD_NOT_ALLOWED, NOT_FOUND, Problem, error_response, problem_of
from carbontrack.htmx import by_way_of
from carbontrack.policy import POLICY, Rule, Who

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest, MemberRequest

log = structlog.get_logger("carbontrack.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
PROBES = frozenset({"/healthz", "/readyz"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestLogMiddleware:
    """One log line a request: its id, method, route, status, milliseconds and requests to DynamoDB.

    The route's name stands for the path, which may hold ids. An id from outside is kept if it is a plain
    token, so that a proxy's log and this one can be read together; it is returned in `X-Request-ID`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid4().hex
        cast("AnyRequest", request).request_id = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        with count_requests() as meter:
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        match = request.resolver_match
        level = _level(match.view_name if match else "", response.status_code)
        if level > logging.DEBUG:
            tally.add(requests=1, failed=response.status_code >= 500)
        log.log(
            level,
            "request",
            method=request.method if request.method in _METHODS else "other",
            route=match.view_name if match else None,
            status=response.status_code,
            ms=round((perf_counter() - started) * 1000, 1),
            dynamodb_requests=meter.count,
        )
        return response


def _level(route: str, status: int) -> int:
    """An answer of 5xx is an error; a probe that succeeds, a file and a redirect to HTTPS are noise."""
    if status >= 500:
        return logging.ERROR
    return logging.DEBUG if status < 400 and (not route or f"/{route}" in PROBES) else logging.INFO


class SecurityHeadersMiddleware:
    """The headers Django and django-csp leave out, on every answer: files and errors included.

    An answer to somebody who has a session is never stored, so Back after signing out shows nothing. An
    answer that would lead a browser to another site leads home instead: no page of ours does that.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        cookie = settings.SESSION_COOKIE_NAME
        if cookie in request.COOKIES or cookie in response.cookies:
            response.headers.setdefault("Cache-Control", "private, no-store")
        for header in _LEADING:
            if header in response.headers and not _leads_here(request, response.headers[header]):
                log.error("led_elsewhere", header=header)
                response[header] = "/"
        return response


#: Where an answer sends a browser, or what it has the address bar say.
_LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


def _leads_here(request: HttpRequest, url: str) -> bool:
    try:
        hosts = {request.get_host()}
    except DisallowedHost:
        hosts = set()
    return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts)


class HostMiddleware(CommonMiddleware):
    """Django's own, which checks the host, except for probes: they call a process by its bare address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path_info in PROBES else super().process_request(request)


class PolicyMiddleware:
    """Enforces `carbontrack.policy` before any view runs. A route without a row is refused."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        rule = POLICY.get(match.view_name) if match else None
        if rule is None:
            raise ImproperlyConfigured(f"{request.resolver_match} has no row in carbontrack/policy.py")
        if request.method not in rule.methods:
            response = error_response(request, METHOD_NOT_ALLOWED)
            response["Allow"] = ", ".join(sorted(rule.methods))
            return response
        asking = cast("AnyRequest", request)
        if rule.who is Who.ANYONE:
            return None
        if not asking.user.is_authenticated:
            if rule.who is Who.STAFF:
                return error_response(request, NOT_FOUND)
            return by_way_of(request, resolve_url(settings.LOGIN_URL))
        try:
            problem = _refusal(rule.who, asking)
        except DataLayerError as error:  # a role that cannot be read opens nothing
            problem = problem_of(error)
        return _proof_asked_for(rule, asking) if problem is None else error_response(request, problem)


def _refusal(who: Who, request: AnyRequest) -> Problem | None:
    """What keeps somebody who is signed in from a route; None if nothing does.

    The profile is read now, consistently: a role that was taken away a moment ago is gone.
    """
    if who is Who.SIGNED_IN:
        return None
    profile = request.profile
    if who is Who.STAFF:
        return None if profile is not None and profile.is_platform_admin else NOT_FOUND
    if profile is None or profile.organization_id is None:
        return NOT_FOUND
    cast("MemberRequest", request).organization_id = profile.organization_id
    allowed = {
        Who.MEMBER: True,
        Who.ORG_ADMIN: profile.is_organization_admin,
        Who.FULL_ORG_ADMIN: profile.is_full_organization_admin,
    }
    return None if allowed[who] else FORBIDDEN


def _proof_asked_for(rule: Rule, request: AnyRequest) -> HttpResponse | None:
    """Where who may call a route has to show first that it is them; None where they have."""
    if rule.who is Who.STAFF and not recent.has_second_step(request, within=recent.STAFF):
        return recent.ask_for_second_step(request)
    if rule.fresh and not recent.has_recent_proof(request):
        return recent.ask_again(request)
    return None


class DataLayerErrorMiddleware:
    """Turns what the stores raise through a view into one answer (see `carbontrack.errors`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        problem = problem_of(exception)
        return None if problem is None else error_response(request, problem)
