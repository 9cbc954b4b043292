"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def what_if(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
