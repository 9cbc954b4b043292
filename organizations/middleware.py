"""Whose organization a request is about, and whether it lets them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carbontrack.dynamodb import DataLayerError
from carbontrack.errors import UNAVAILABLE, error_response, problem_of
from carbontrack.http import MemberRequest
from carbontrack.policy import POLICY, Who
from organizations.repositories.organizations import OrganizationRepository
from organizations.views.frame import not_admitted

_NEEDS_MEMBERSHIP = frozenset({Who.MEMBER, Who.ORG_ADMIN, Who.FULL_ORG_ADMIN})
#: Nobody is kept in: not by a suspension, and not by a second step that they do not want.
WAYS_OUT = frozenset({"organizations:leave"})


class OrganizationMiddleware:
    """Behind `PolicyMiddleware`: reads the organization of routes that need membership, once.

    One Query, consistent, as of this moment: the organization with its targets and closed months. Views find
    it at the request and do not read it again. One that is suspended, or that demands a second step of
    whoever asks, answers here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        rule = POLICY.get(match.view_name) if match else None
        if match is None or rule is None or rule.who not in _NEEDS_MEMBERSHIP:
            return None
        asking = cast("MemberRequest", request)
        try:
            asking.overview = OrganizationRepository(asking.organization_id).overview()
        except DataLayerError as error:  # one that cannot be read lets nobody in
            return error_response(request, problem_of(error) or UNAVAILABLE)
        asking.organization = asking.overview.organization
        return None if match.view_name in WAYS_OUT else not_admitted(asking, asking.organization)
