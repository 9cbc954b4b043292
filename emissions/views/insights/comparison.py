"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def insights(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
