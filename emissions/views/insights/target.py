"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def personal_target(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def personal_target_remove(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
