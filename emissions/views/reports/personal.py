"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def report(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def report_prepare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def report_progress(request: HttpRequest, report_id: str) -> HttpResponse:
    return HttpResponse()


def report_file(request: HttpRequest, report_id: str) -> HttpResponse:
    return HttpResponse()
