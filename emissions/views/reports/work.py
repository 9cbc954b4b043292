"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def organization_report(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def organization_report_prepare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def organization_report_progress(request: HttpRequest, report_id: str) -> HttpResponse:
    return HttpResponse()


def organization_report_file(request: HttpRequest, report_id: str) -> HttpResponse:
    return HttpResponse()
