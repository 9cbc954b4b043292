"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def recalculation(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def recalculation_progress(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
