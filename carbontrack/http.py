"""What a request carries once the middleware has seen it: types for annotations, nothing that runs.

`PolicyMiddleware` guarantees the difference: a view behind `Who.SIGNED_IN` gets a `PersonRequest`,
one behind `Who.MEMBER` and beyond a `MemberRequest`, whose organization `OrganizationMiddleware` has read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_htmx.middleware import HtmxDetails

    from accounts.domain import Profile
    from accounts.models import User
    from organizations.domain import Organization, OrganizationOverview


class AnyRequest(HttpRequest):
    """Anybody's request. `profile` is None while signed out; otherwise it is read on first use."""

    htmx: HtmxDetails
    user: User | AnonymousUser
    profile: Profile | None
    request_id: str


class PersonRequest(HttpRequest):
    """The request of somebody who is signed in."""

    htmx: HtmxDetails
    user: User
    profile: Profile
    request_id: str


class MemberRequest(PersonRequest):
    """The request of a member of an organization, whose id comes from the profile and from nowhere else.

    `organizations.middleware` has read the organization, consistently, as of this moment.
    """

    organization_id: str
    organization: Organization
    overview: OrganizationOverview
