"""What the pages of an organization share."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.template.response import TemplateResponse

from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.services.changes import BEING_DELETED


def being_deleted(request: PersonRequest, organization: Organization) -> HttpResponse:
    """The only page of an organization that somebody has begun to delete; a POST changed nothing."""
    if wants_partial(request):
        raise OrganizationConflict(BEING_DELETED)
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    context = {"organization": organization}
    return TemplateResponse(request, "organizations/being_deleted.html", context, status=status)
