"""The catalogue of emission factors, open to everybody: a list to search and a page for each factor."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    set_response_etag,
)

from carbontrack import clock
from carbontrack.htmx import wants_partial
from emissions.days import local_today
from emissions.factors import browsing, catalog, regions
from emissions.factors.browsing import EVERYWHERE, Filters
from emissions.factors.details import details_of

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

#: Pages of visitors may be kept that long: the catalogue changes with a release, or with the day.
VISITOR_CACHE_SECONDS = 300
#: What people look for first, for those who found nothing.
SUGGESTIONS = ("car", "electricity", "flight", "beef", "natural gas", "plastic")


def factor_list(request: AnyRequest) -> HttpResponse:
    """Everyday choices, then every factor; all filters are in the address."""
    filters = Filters.parse(request.GET, home=_home(request) or EVERYWHERE)
    found = browsing.listing(catalog(), filters, on=_today(request))
    context = {
        "listing": found,
        "filters": filters,
        "region_name": regions.name(filters.region),
        "types": browsing.type_options(),
        "categories": browsing.category_groups(filters.activity_type),
        "everywhere": EVERYWHERE,
        "suggestions": SUGGESTIONS,
        "is_partial": wants_partial(request),
    }
    if context["is_partial"]:
        return _answer(request, render(request, "emissions/factor_list.html#factor-table", context))
    context |= {"regions": browsing.region_groups(), "sources": browsing.source_options(catalog())}
    return _answer(request, render(request, "emissions/factor_list.html", context))


def factor_detail(request: AnyRequest, factor_id: str) -> HttpResponse:
    """One factor in the edition of today, or in the one that the address names by its first day."""
    factor = catalog().in_force(factor_id, _today(request))
    if factor is None:
        raise Http404("No such emission factor.")
    asked = request.GET.get("edition", "")
    editions = {edition.valid_from.isoformat(): edition for edition in catalog().editions(factor_id)}
    shown = editions.get(asked, factor)
    details = details_of(catalog(), shown, home=_home(request))
    context = {"details": details, "factor": shown, "is_current": shown == factor}
    return _answer(request, render(request, "emissions/factor_detail.html", context))


def _home(request: AnyRequest) -> str | None:
    return request.profile.preferences.region if request.profile else None


def _today(request: AnyRequest) -> date:
    return local_today(request.profile.preferences.time_zone) if request.profile else clock.now().date()


def _answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let visitors' browsers and caches keep the page. Somebody with a session gets a page of their own."""
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return response
    patch_cache_control(response, public=True, max_age=VISITOR_CACHE_SECONDS)
    set_response_etag(response)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)
    return answer
