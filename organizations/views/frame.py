"""What the pages of an organization share."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.http import HttpResponse
from django.template.response import TemplateResponse

from carbontrack import recent
from carbontrack.errors import Problem, error_response
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.services.changes import BEING_DELETED

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

_SUSPENDED = "Nobody can open its pages or log work for it until it is restored."


def not_admitted(request: PersonRequest, organization: Organization) -> HttpResponse | None:
    """What a member gets instead of the pages of their organization; None where they may see them."""
    if organization.suspended_at is not None:
        return suspended(request, organization)
    asking = cast("AnyRequest", request)
    is_administrator = request.profile.is_organization_admin
    if organization.demands_second_step(of_administrator=is_administrator) and not recent.has_second_step(
        asking
    ):
        return recent.ask_for_second_step(asking)
    return None


def suspended(request: PersonRequest, organization: Organization) -> HttpResponse:
    """The only page of an organization that staff of the platform has suspended: whom to ask."""
    if wants_partial(request):
        title = f"{organization.name} is suspended"
        return error_response(request, Problem(HTTPStatus.FORBIDDEN, title, _SUSPENDED))
    context = {"organization": organization}
    return TemplateResponse(request, "organizations/suspended.html", context, status=HTTPStatus.FORBIDDEN)


def being_deleted(request: PersonRequest, organization: Organization) -> HttpResponse:
    """The only page of an organization that somebody has begun to delete; a POST changed nothing."""
    if wants_partial(request):
        raise OrganizationConflict(BEING_DELETED)
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    context = {"organization": organization}
    return TemplateResponse(request, "organizations/being_deleted.html", context, status=status)
