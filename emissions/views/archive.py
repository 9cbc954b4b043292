"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def archive(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def archive_restore(request: HttpRequest, month: str) -> HttpResponse:
    return HttpResponse()


def organization_archive(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def organization_archive_restore(request: HttpRequest, month: str) -> HttpResponse:
    return HttpResponse()
