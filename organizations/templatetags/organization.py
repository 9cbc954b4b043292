"""The frame of an organization's pages: the places in it that the caller may open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse

from carbontrack.policy import POLICY, Who

if TYPE_CHECKING:
    from accounts.domain import Profile

register = template.Library()


@dataclass(frozen=True, slots=True)
class Tab:
    """One place. `current` is the value of aria-current: "page", "true" (a page within) or empty."""

    label: str
    url: str
    current: str = ""


#: label, route. The order is the same everywhere; the policy says for whom each of them is.
_TABS = (
    ("Dashboard", "emissions:organization-dashboard"),
    ("Report", "emissions:organization-report"),
    ("Members", "organizations:member-list"),
    ("Invitations", "organizations:invitation-list"),
    ("Departments", "organizations:department-list"),
    ("Targets", "emissions:target-list"),
    ("Months", "emissions:month-list"),
    ("Factors", "emissions:organization-factor-list"),
    ("Audit trail", "organizations:audit"),
    ("Settings", "organizations:settings"),
)
#: What one gets to from the settings, at addresses of its own.
_WITHIN_SETTINGS = ("emissions:organization-archive", "emissions:organization-recalculation")
#: For administrators of some departments, who have no settings from which to find it.
_LEAVE = ("Leave", "organizations:leave")


@register.simple_tag(takes_context=True)
def organization_tabs(context: Mapping[str, Any]) -> tuple[Tab, ...]:
    """`{% organization_tabs as tabs %}`: for members who administer nothing there are none.

    It reads the profile, which the request has already, and nothing else.
    """
    request = context.get("request")
    profile = getattr(request, "profile", None)
    if request is None or profile is None or not profile.is_organization_admin:
        return ()
    rows = [row for row in _TABS if _may_open(profile, row[1])]
    if not profile.is_full_organization_admin:
        rows.append(_LEAVE)
    path = request.path
    if any(path.startswith(reverse(route)) for route in _WITHIN_SETTINGS):
        path = reverse("organizations:settings") + path.removeprefix("/")
    return tuple(_tab(label, reverse(route), path) for label, route in rows)


def _may_open(profile: Profile, route: str) -> bool:
    return profile.is_full_organization_admin or POLICY[route].who is not Who.FULL_ORG_ADMIN


def _tab(label: str, url: str, path: str) -> Tab:
    within = "true" if path.startswith(url) else ""
    return Tab(label, url, "page" if path == url else within)
