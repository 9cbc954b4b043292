"""Whose organization a request is about: read once, closed while suspended, asking for a second step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.domain import Role
from carbontrack.dynamodb import count_requests
from carbontrack.policy import POLICY, Who
from organizations.domain import Organization, SecondStep
from organizations.middleware import WAYS_OUT
from tests.carbontrack.test_policy import ROUTES
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person, show_proof
from tests.organizations.suspended import store, suspend

DASHBOARD = "/organization/dashboard/"
NEEDS_MEMBERSHIP = {Who.MEMBER, Who.ORG_ADMIN, Who.FULL_ORG_ADMIN}


def guarded() -> Iterator[tuple[str, str, str]]:
    """(route, method, address) of every page and form of an organization, but the way out of it."""
    for route, url in ROUTES.items():
        rule = POLICY[route]
        if rule.who in NEEDS_MEMBERSHIP and route not in WAYS_OUT:
            yield from ((route, method, url) for method in sorted(rule.methods - {"HEAD"}))


# -- Suspended ----------------------------------------------------------------------------------------------


def test_no_route_of_a_suspended_organization_answers_its_administrator(
    acme: Organization, alice: Person
) -> None:
    """Probe 4: an open session ends with the next request, whatever it asks for."""
    suspend(acme)

    answers = {
        (route, method): alice.client.generic(method, url).status_code for route, method, url in guarded()
    }

    assert len(answers) > 40
    assert {key for key, status in answers.items() if status != 403} == set()


def test_a_member_is_told_whom_to_ask_and_may_leave(acme: Organization, alice: Person, bob: Person) -> None:
    suspend(acme)

    home, administrators = bob.client.get("/organization/"), alice.client.get(DASHBOARD)
    part = alice.client.get(DASHBOARD, headers={"HX-Request": "true"})
    personal = bob.client.get("/entries/")
    left = bob.client.post("/organization/leave/")

    assert (home.status_code, administrators.status_code, part.status_code) == (403, 403, 403)
    assert "Ask an administrator of Acme" in home.content.decode()
    assert "answer that mail" in administrators.content.decode()
    assert "Acme is suspended" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert personal.status_code == 200
    assert (left.status_code, bob.stored_profile().organization_id) == (302, None)


# -- A second step ------------------------------------------------------------------------------------------


def asked_at(response: Any) -> str:
    """Where somebody is sent to choose a second step, and where they come back from there."""
    target = urlsplit(response.headers.get("Location") or response.headers.get("HX-Redirect") or "")
    return parse_qs(target.query).get("next", [""])[0] if target.path == reverse("accounts:security") else ""


@pytest.mark.parametrize(
    ("demanded", "administrators", "members"),
    [
        (SecondStep.NOBODY, False, False),
        (SecondStep.ADMINISTRATORS, True, False),
        (SecondStep.EVERYBODY, True, True),
    ],
)
def test_whom_an_organization_asks_for_a_second_step(
    acme: Organization,
    alice: Person,
    bob: Person,
    charlie: Person,
    demanded: SecondStep,
    administrators: bool,
    members: bool,
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    store(acme, second_step=demanded)

    asked = [
        asked_at(alice.client.get(DASHBOARD)) == DASHBOARD,
        asked_at(charlie.client.get("/organization/members/")) == "/organization/members/",
        asked_at(bob.client.get("/organization/")) == "/organization/",
    ]

    assert asked == [administrators, administrators, members]


def test_who_has_shown_a_second_step_however_long_ago_is_let_in(acme: Organization, alice: Person) -> None:
    store(acme, second_step=SecondStep.EVERYBODY)
    show_proof(alice.client, alice.user, "password", "mfa", seconds_ago=20_000)

    assert alice.client.get(DASHBOARD).status_code == 200


def test_a_part_of_a_page_is_asked_for_at_the_page_around_it(acme: Organization, alice: Person) -> None:
    store(acme, second_step=SecondStep.ADMINISTRATORS)

    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/organization/dashboard/?year=2025"}
    response = alice.client.get(DASHBOARD, headers=headers)

    assert asked_at(response) == f"{DASHBOARD}?year=2025"


# -- What it reads ------------------------------------------------------------------------------------------


def test_an_organization_is_read_once_and_the_dashboard_costs_three_requests(
    acme: Organization, alice: Person
) -> None:
    with count_requests() as meter:
        alice.client.get(DASHBOARD)

    assert [(each.operation, each.table.rpartition("-")[2]) for each in meter.requests] == [
        ("get_item", "UsersTable"),
        ("query", "OrganizationsTable"),
        ("query", "EmissionTotalsTable"),
    ]


def test_an_organization_that_cannot_be_read_lets_nobody_in(
    acme: Organization, alice: Person, faults: Faults
) -> None:
    faults.fail("Query", times=ALWAYS)

    response = alice.client.get("/organization/settings/")

    assert response.status_code == 503
    assert "Acme" not in response.content.decode()


# -- Demanding it -------------------------------------------------------------------------------------------


def settings_form(organization: Organization, **changes: str) -> dict[str, str]:
    return {
        "name": organization.name,
        "country": organization.country,
        "sector": organization.sector,
        "headcount": "40",
        "floor_area": "",
        "floor_area_unit": "m2",
        "reporting_year_start": "1",
        "minimum_group": str(organization.minimum_group),
        "seen_version": str(organization.version),
    } | changes


def test_only_who_has_shown_a_second_step_asks_it_of_others(acme: Organization, alice: Person) -> None:
    form = settings_form(acme, second_step="administrators")

    refused = alice.client.post("/organization/settings/", form)
    show_proof(alice.client, alice.user, "password", "mfa")
    saved = alice.client.post("/organization/settings/", form)
    silent = alice.client.post(
        "/organization/settings/", settings_form(acme, name="Acme Ltd", seen_version="2")
    )

    assert (refused.status_code, saved.status_code, silent.status_code) == (422, 302, 302)
    assert "Show a second step yourself first" in refused.content.decode()
    stored = store(acme)
    assert (stored.name, stored.second_step) == ("Acme Ltd", SecondStep.ADMINISTRATORS)
