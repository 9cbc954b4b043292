"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def organization_recalculation(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def organization_recalculation_progress(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
