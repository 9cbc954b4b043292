"""To be filled."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def rule_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def rule_create(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def rule_update(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()


def rule_pause(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()


def rule_resume(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()


def rule_skip(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()


def rule_unskip(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()


def rule_delete(request: HttpRequest, rule_id: str) -> HttpResponse:
    return HttpResponse()
