"""The product's routes, and some whose view fails in a given way."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

from carbontrack import urls
from carbontrack.dynamodb import errors

FAILURES: dict[str, Exception] = {
    "item-not-found": errors.ItemNotFound("e1"),
    "item-already-exists": errors.ItemAlreadyExists("e1"),
    "conflict": errors.Conflict("e1"),
    "invalid-cursor": errors.InvalidCursor("e1"),
    "throttled": errors.Throttled("e1"),
    "unavailable": errors.Unavailable("e1"),
    "sql-gone": OperationalError("connection to alice@example.com lost"),
    "sql-closed": InterfaceError("closed"),
    "forbidden": PermissionDenied("e1"),
    "suspicious": SuspiciousOperation("e1"),
    "bug": RuntimeError("a mail for alice@example.com"),
}


def fail(request: HttpRequest, failure: str) -> HttpResponse:
    raise FAILURES[failure]


def fail_late(request: HttpRequest) -> TemplateResponse:
    """Fails while its template is drawn."""

    def raise_late() -> None:
        raise errors.Throttled("e1")

    return TemplateResponse(
        request, engines["django"].from_string("{{ raise_late }}"), {"raise_late": raise_late}
    )


#: Where a browser must not be led, and what only looks like it.
ELSEWHERE = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)")
LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


def lead(request: HttpRequest, header: str, number: int) -> HttpResponse:
    """Leads a browser elsewhere, as a bug would."""
    return HttpResponse(headers={header.lower(): ELSEWHERE[number]})


urlpatterns = [
    path("lead/<str:header>/<int:number>/", lead, name="lead"),
    path("fail/late/", fail_late, name="fail-late"),
    path("fail/<str:failure>/", fail, name="fail"),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
