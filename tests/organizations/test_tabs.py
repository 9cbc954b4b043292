"""The frame of an organization's pages: its name, and the places that the caller may open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.domain import Profile, Role
from organizations.templatetags.organization import organization_tabs
from tests.factories import make_profile

FULL = make_profile("alice", organization_id="acme", role=Role.ORG_ADMIN)
LIMITED = replace(FULL, managed_departments=("SALES001",))
MEMBER = replace(FULL, role=Role.USER)


def tabs_at(path: str, profile: Profile | None) -> tuple[Any, ...]:
    request: Any = RequestFactory().get(path)
    request.profile = profile
    return organization_tabs({"request": request})


def labels(profile: Profile | None) -> list[str]:
    return [tab.label for tab in tabs_at("/organization/", profile)]


def test_an_administrator_finds_all_places_in_their_order() -> None:
    assert labels(FULL) == [
        "Dashboard",
        "Report",
        "Members",
        "Invitations",
        "Departments",
        "Targets",
        "Months",
        "Factors",
        "Audit trail",
        "Settings",
    ]


def test_an_administrator_of_some_departments_finds_what_they_may_open_and_the_way_out() -> None:
    assert labels(LIMITED) == ["Dashboard", "Report", "Members", "Invitations", "Leave"]


@pytest.mark.parametrize("profile", [MEMBER, make_profile("charlie"), None])
def test_others_find_none(profile: Profile | None) -> None:
    assert labels(profile) == []
    assert organization_tabs({}) == ()


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/organization/departments/", {"Departments": "page"}),
        ("/organization/departments/SALES001/merge/", {"Departments": "true"}),
        ("/organization/archive/", {"Settings": "true"}),
        ("/organization/factor-updates/", {"Settings": "true"}),
        ("/organization/leave/", {}),
    ],
)
def test_the_place_one_is_at_is_marked(path: str, current: dict[str, str]) -> None:
    assert {tab.label: tab.current for tab in tabs_at(path, FULL) if tab.current} == current


def test_the_frame_names_the_organization_and_says_that_it_goes() -> None:
    request: Any = RequestFactory().get("/organization/members/")
    request.profile = FULL

    class Going:
        name = "<b>Acme</b>"
        deleting_at = "2026-11-22"

    html = render_to_string("organizations/_tabs.html", {"organization": Going, "request": request})

    assert "<span>&lt;b&gt;Acme&lt;/b&gt;</span>" in html
    assert '<a class="tab" href="/organization/members/" aria-current="page">Members</a>' in html
    assert "This organization is being deleted." in html
