"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def import_start(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()


def import_undo(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()


def import_discard(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()


def import_errors(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()
