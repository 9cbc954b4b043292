"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def import_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def import_template(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def import_detail(request: HttpRequest, import_id: str) -> HttpResponse:
    return HttpResponse()
