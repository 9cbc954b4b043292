"""The menu: the places this caller may go, from the session alone.

It never asks DynamoDB. Where it cannot know who calls (an error page without a request, or SQL that does not
answer) it offers what is open to everybody, so it stands while everything else is down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.db import Error as DatabaseError
from django.urls import reverse

from accounts.services import STAFF_SESSION_KEY

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu.

    `more` completes the label where there is room. `key` is the key that follows it. `current` is the value
    of aria-current: "page", "true" (a page within) or empty.
    """

    label: str
    more: str
    icon: str
    url: str
    key: str
    current: str = ""

    @property
    def primary(self) -> bool:
        """Whether this is the product's one main action, which is the one with a key."""
        return bool(self.key)


@dataclass(frozen=True, slots=True)
class Navigation:
    """What `components/nav.html` draws. `settings` is for who is signed in, `staff` for few of them."""

    places: tuple[Place, ...]
    signed_in: bool
    email: str
    sign_out_url: str
    settings: Place
    staff: Place | None
    at_home: bool


_Rows = tuple[tuple[str, str, str, str, str], ...]

#: label, more of it, icon, route, key. The order is the product's: the same everywhere.
_PLACES: _Rows = (
    ("Home", "", "home", "emissions:home", ""),
    ("Log", "an activity", "plus", "emissions:entry-create", "n"),
    ("Entries", "", "list", "emissions:entry-list", ""),
    ("Insights", "", "insights", "emissions:insights", ""),
    ("Factors", "", "book", "emissions:factor-list", ""),
    ("Organization", "", "organization", "organizations:home", ""),
)
#: Seldom needed: beside signing out, where a phone has room for it.
_SETTINGS = ("Settings", "", "settings", "accounts:settings", "")
#: For who runs the platform, as the session knows since they signed in.
_STAFF = ("Staff", "", "staff", "staff:overview", "")
_VISITOR_PLACES: _Rows = (
    ("Factors", "", "book", "emissions:factor-list", ""),
    ("Sign in", "", "sign-in", "account_login", ""),
    ("Sign up", "", "person", "account_signup", ""),
)
_ANYBODYS_PLACES: _Rows = (
    ("Home", "", "home", "emissions:home", ""),
    ("Factors", "", "book", "emissions:factor-list", ""),
)

#: What belongs to a place but has an address of its own: its route, and that of the place.
_BESIDE = (
    ("emissions:rule-list", "emissions:entry-create"),
    ("emissions:import-list", "emissions:entry-create"),
    ("organizations:my-invitations", "organizations:home"),
    ("accounts:delete", "accounts:data"),
    ("account_email", "accounts:settings"),
    ("account_change_password", "accounts:security"),
    ("account_set_password", "accounts:security"),
    ("mfa_index", "accounts:security"),
    ("usersessions_list", "accounts:security"),
    ("socialaccount_connections", "accounts:security"),
)

#: The places within a place: label, route.
_SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "log": (
        ("One activity", "emissions:entry-create"),
        ("Recurring", "emissions:rule-list"),
        ("Import", "emissions:import-list"),
    ),
    "settings": (
        ("Profile", "accounts:settings"),
        ("Security", "accounts:security"),
        ("Activity", "accounts:activity"),
        ("Your data", "accounts:data"),
        ("Archive", "emissions:archive"),
    ),
    "staff": (
        ("Overview", "staff:overview"),
        ("People", "staff:person-list"),
        ("Organizations", "staff:organization-list"),
        ("Factors", "staff:publication-list"),
        ("Jobs", "staff:job-list"),
        ("Visits", "staff:visit-list"),
        ("Audit", "staff:audit"),
    ),
    "insights": (
        ("Compare", "emissions:insights"),
        ("What if", "emissions:what-if"),
        ("Target", "emissions:personal-target"),
        ("Report", "emissions:report"),
        ("Factor updates", "emissions:recalculation"),
    ),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One place within a place. `current` is the value of aria-current: "page", "true" or empty."""

    label: str
    url: str
    current: str = ""


@register.inclusion_tag("components/section_tabs.html", takes_context=True)
def section_tabs(context: Mapping[str, Any], section: str) -> dict[str, Any]:
    """`{% section_tabs "log" %}`: the tabs of a section, at the top of each of its pages."""
    path = _placed(context["request"].path)
    tabs = [Tab(label, reverse(route)) for label, route in _SECTIONS[section]]
    within = [tab.url for tab in tabs if path.startswith(tab.url)]
    here = max(within, key=len, default="")
    current = "page" if path == here else "true"
    return {
        "label": section.capitalize(),
        "tabs": [replace(tab, current=current if tab.url == here else "") for tab in tabs],
    }


@register.simple_tag(takes_context=True)
def navigation(context: Mapping[str, Any]) -> Navigation:
    """The menu for the caller of the request in the context."""
    request = context.get("request")
    path = request.path if request is not None else ""
    try:
        user = getattr(request, "user", None)  # absent when the request was refused early
        signed_in = user is not None and user.is_authenticated
    except DatabaseError:
        user, signed_in = None, False
    is_staff = signed_in and getattr(request, "session", {}).get(STAFF_SESSION_KEY) is True
    known = _PLACES if signed_in else _VISITOR_PLACES
    rows = known if user is not None else _ANYBODYS_PLACES
    *places, settings, staff = _mark_current(
        [Place(*row[:3], url=reverse(row[3]), key=row[4]) for row in (*rows, _SETTINGS, _STAFF)], path
    )
    return Navigation(
        places=tuple(places),
        signed_in=signed_in,
        email=str(user.email) if signed_in and user is not None else "",
        sign_out_url=reverse("account_logout"),
        settings=settings,
        staff=staff if is_staff else None,
        at_home=path == "/",
    )


def _mark_current(places: list[Place], path: str) -> tuple[Place, ...]:
    """The places with the one that `path` is at or within marked: the longest address that begins it wins."""
    path = _placed(path)
    urls = [place.url for place in places]
    here = max(
        (url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default=None
    )
    current = "page" if path == here else "true"
    return tuple(replace(place, current=current) if place.url == here else place for place in places)


def _placed(path: str) -> str:
    """An address as if it were within the place that it belongs to."""
    for beside, home in _BESIDE:
        if path.startswith(reverse(beside)):
            return reverse(home) + path.removeprefix("/")
    return path
