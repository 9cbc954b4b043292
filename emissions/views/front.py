"""The front page for visitors, with a calculator to try. Nothing is stored: no session, no cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers

from carbontrack import clock
from carbontrack.htmx import wants_partial
from emissions.calculator import calculator_for

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

#: The parts of the page that HTMX may ask for, by the id of the element they replace.
_PARTIALS = frozenset({"calculator", "calculator-result"})


def front(request: HttpRequest) -> HttpResponse:
    """What this is, and a calculator with its fields in the address: `/?variant=beef&amount=0.5&unit=kg`."""
    return _answer(request, "emissions/front.html")


def calculator(request: HttpRequest) -> HttpResponse:
    """The calculator alone for HTMX, or only its result; the whole front page for everybody else."""
    target = cast("AnyRequest", request).htmx.target
    if wants_partial(request) and target in _PARTIALS:
        return _answer(request, f"emissions/front.html#{target}")
    return front(request)


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    calculator = calculator_for(
        request.GET.dict(),
        accept_language=request.headers.get("Accept-Language", ""),
        on=clock.now().date(),
    )
    status = 422 if calculator.error else 200
    response = TemplateResponse(request, template, {"calculator": calculator}, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "Accept-Language"])
    return response
