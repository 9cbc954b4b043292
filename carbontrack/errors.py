"""What people see when something goes wrong: one look for every status, as a page or as an HTMX fragment.

An error page must render while the thing it reports is broken. 5xx pages are therefore rendered without the
request, so that no context processor reads the session, the user or the profile; a 4xx page that fails
because a store is gone falls back to the same.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from carbontrack.dynamodb.errors import (
    Conflict,
    DataLayerError,
    InvalidCursor,
    ItemAlreadyExists,
    ItemNotFound,
    Throttled,
    Unavailable,
)
from carbontrack.htmx import wants_partial


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of failure in the words of the product. `retry_after` is in seconds."""

    status: int
    title: str
    message: str
    retry_after: int | None = None


BAD_REQUEST = Problem(400, "That request made no sense", "Go back, reload the page and try again.")
INVALID_CURSOR = Problem(
    400, "This list has moved on", "The link to the next part is no longer valid. Open the list again."
)
FORBIDDEN = Problem(403, "Not allowed", "Your account may not do this. If you need it, ask an administrator.")
CSRF_FAILED = Problem(
    403,
    "The form was too old to accept",
    "Nothing was saved. Reload the page and send the form again; cookies must be allowed.",
)
NOT_FOUND = Problem(404, "Nothing here", "The page may have moved, or what it showed was deleted.")
METHOD_NOT_ALLOWED = Problem(405, "That does not work here", "This address cannot be used in that way.")
CONFLICT = Problem(
    409,
    "Something changed meanwhile",
    "Nothing was saved. Reload the page to see the latest, then try again.",
)
SERVER_ERROR = Problem(500, "Something broke on our side", "It has been noted. Please try again in a moment.")
BUSY = Problem(
    503, "Too busy just now", "Nothing was saved. Please try again in a few seconds.", retry_after=2
)
UNAVAILABLE = Problem(
    503,
    "A short interruption",
    "We cannot reach our database, so nothing was saved. Please try again in a few seconds.",
    retry_after=5,
)

_PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (ItemNotFound, NOT_FOUND),
    (ItemAlreadyExists, CONFLICT),
    (Conflict, CONFLICT),
    (InvalidCursor, INVALID_CURSOR),
    (Throttled, BUSY),
    (Unavailable, UNAVAILABLE),
    (DataLayerError, UNAVAILABLE),
    (OperationalError, UNAVAILABLE),
    (InterfaceError, UNAVAILABLE),
)


def problem_of(error: BaseException | None) -> Problem | None:
    """The problem a failure of one of the stores stands for; None for any other error.

    An error that knows a `sentence` for the person is told in that.
    """
    problem = next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), None)
    sentence = getattr(error, "sentence", "")
    return replace(problem, message=sentence) if problem is not None and sentence else problem


def error_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer to a problem: the page of its status, or for HTMX a notice in the page's live region."""
    partial = hasattr(request, "htmx") and wants_partial(request)
    response = HttpResponse(_render(request, problem, partial=partial), status=problem.status)
    if partial:
        response["HX-Retarget"] = "#messages"
        response["HX-Reswap"] = "innerHTML show:none"
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _render(request: HttpRequest, problem: Problem, *, partial: bool) -> str:
    templates = (
        ["errors/fragment.html"] if partial else [f"errors/{problem.status}.html", "errors/error.html"]
    )
    context = {"problem": problem, "request_id": getattr(request, "request_id", "")}
    if problem.status < 500:
        try:
            return render_to_string(templates, context, request)
        except TemplateDoesNotExist:
            raise
        except Exception as error:  # whatever a broken store makes a menu raise, the page must still appear
            if problem_of(error) is None:
                raise
    return render_to_string(templates, context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django says SessionInterrupted, a bad request, also of a session that SQL could not store: 503 then."""
    earlier: BaseException | None = exception
    while isinstance(earlier, SessionInterrupted | UpdateError):
        earlier = earlier.__context__
    return error_response(request, problem_of(earlier) or BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(request, CSRF_FAILED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort. A store that failed inside a middleware ends here and is a 503 all the same."""
    return error_response(request, problem_of(sys.exc_info()[1]) or SERVER_ERROR)
