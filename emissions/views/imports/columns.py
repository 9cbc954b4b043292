"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def import_columns(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()
