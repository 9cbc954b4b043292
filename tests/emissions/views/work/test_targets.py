"""The targets page: the path before it is set, the form's words, and what a form cannot change."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import count_requests
from carbontrack.form_keys import new_form_key
from organizations.domain import Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.colleagues import log_by
from tests.factories import NOW, entry_id_of
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/organization/targets/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def form_of(person: Person, **changes: Any) -> dict[str, Any]:
    return {
        "key": new_form_key(person.user_id),
        "base_year": "2024",
        "base_tonnes": "52",
        "reduction_percent": "30",
        "target_year": "2030",
    } | changes


def targets(organization: Organization) -> tuple[Target, ...]:
    return OrganizationRepository(organization.id).overview().targets


def errors_of(response: Any) -> list[str]:
    return re.findall(r'<p class="field-error"[^>]*>([^<]*)</p>', response.content.decode())


def test_target_is_set_and_listed(acme: Organization, alice: Person) -> None:
    response = alice.client.post(URL, form_of(alice), follow=True)

    assert response.redirect_chain == [(URL, 302)]
    assert "30% less by 2030 Counts From 52 t CO2e in 2024 to 36.4 t CO2e." in text_of(response)
    assert [(each.base_kg, each.reduction_percent) for each in targets(acme)] == [
        (Decimal(52_000), Decimal(30))
    ]


def test_page_without_targets_shows_the_form_and_what_is_known_of_last_year(
    acme: Organization, alice: Person
) -> None:
    response = alice.client.get(URL)

    assert response.status_code == 200
    assert "Set a target" in text_of(response)
    assert "Nothing was logged in 2025. Type what the year was." in text_of(response)


def test_path_is_drawn_before_it_is_set(acme: Organization, alice: Person) -> None:
    query = form_of(alice, target_year="2027")
    response = alice.client.get(URL, query, headers=HTMX)

    content = response.content.decode()
    assert content.lstrip().startswith('<div id="target-preview"')
    assert re.findall(r"<th scope=\"row\">(\d+)</th><td class=\"numeric\">([^<]*)</td>", content) == [
        ("2024", "52,000"),
        ("2025", "46,800"),
        ("2026", "41,600"),
        ("2027", "36,400"),
    ]
    assert targets(acme) == ()


def test_path_starts_from_what_was_logged_and_says_what_is_left_out(
    acme: Organization, alice: Person
) -> None:
    log_by(3, "2024-01")
    log_by(2, "2024-02")
    response = alice.client.get(URL, form_of(alice, base_tonnes=""), headers=HTMX)

    text = text_of(response)
    assert "Logged in 2024: 42.8 kg CO2e , in 1 of 12 months." in text
    assert "Left out, because fewer than 3 people logged: February 2024." in text
    assert "42.8 kg CO2e → 30 kg CO2e" in text


def test_preview_without_scripts_sets_nothing_and_keeps_the_form(acme: Organization, alice: Person) -> None:
    response = alice.client.post(URL, form_of(alice, preview="1"))

    assert response.status_code == 200
    assert "52 t CO2e → 36.4 t CO2e" in text_of(response)
    assert 'name="base_tonnes" value="52"' in response.content.decode()
    assert targets(acme) == ()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reduction_percent": "0"}, "A reduction is more than 0 and at most 100 percent."),
        ({"reduction_percent": "100.5"}, "A reduction is more than 0 and at most 100 percent."),
        ({"reduction_percent": "3.125"}, "At most two digits after the point."),
        ({"reduction_percent": "a third"}, "Write a number in digits, like 12.5."),
        ({"reduction_percent": ""}, "Say by how much, for example 30."),
        ({"base_tonnes": "0"}, "The base year needs more than zero, or there is nothing to reduce."),
        ({"base_tonnes": "-5"}, "The base year needs more than zero, or there is nothing to reduce."),
        ({"base_tonnes": "1e5"}, "Write a number in digits, like 12.5."),
        ({"base_tonnes": "9" * 12}, "That is more than any organization emits. Look at the unit: tonnes."),
        ({"base_year": "2026", "target_year": "2026"}, "Choose a year after the base year."),
        ({"base_year": "1989"}, "Choose a year from the list."),
        ({"base_year": "2027"}, "Choose a year from the list."),
        ({"target_year": "2025"}, "Choose a year from the list."),
        ({"target_year": ""}, "Choose a year from the list."),
        ({"base_tonnes": ""}, "We have no figure for this base year. Type what it was, in tonnes."),
    ],
)
def test_form_that_makes_no_sense_comes_back_with_what_was_typed(
    acme: Organization, alice: Person, changes: dict[str, str], error: str
) -> None:
    response = alice.client.post(URL, form_of(alice, **changes))

    assert response.status_code == 422
    assert errors_of(response) == [error]
    assert targets(acme) == ()


def test_probe_05_extra_fields_change_nothing(acme: Organization, alice: Person) -> None:
    """probe_05: kg, dates, ids and organizations in a form are not read."""
    before = OrganizationRepository(acme.id).get()
    extra = {"base_kg": "1", "created_at": "2020-01-01", "id": "X", "organization_id": "Y", "version": "9"}
    alice.client.post(URL, form_of(alice, **extra))

    (target,) = targets(acme)
    assert (target.base_kg, target.created_at) == (Decimal(52_000), NOW)
    assert OrganizationRepository(acme.id).get() == before


def test_key_of_somebody_else_is_refused(acme: Organization, alice: Person, bob: Person) -> None:
    assert alice.client.post(URL, form_of(alice, key=new_form_key(bob.user_id))).status_code == 400
    assert targets(acme) == ()


def test_target_is_removed(acme: Organization, alice: Person) -> None:
    alice.client.post(URL, form_of(alice))
    (target,) = targets(acme)

    response = alice.client.post(f"{URL}{target.id}/remove/", follow=True)

    assert "The target is removed: 30% less by 2030." in text_of(response)
    assert targets(acme) == ()


def test_probe_02_target_of_another_organization_is_as_one_that_never_was(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    """probe_02."""
    charlie.client.post(URL, form_of(charlie))
    (target,) = targets(globex)

    theirs, never = (
        alice.client.post(f"{URL}{target_id}/remove/", headers={"X-Request-ID": "the-same-request"})
        for target_id in (target.id, entry_id_of(99))
    )

    assert (theirs.status_code, never.status_code) == (404, 404)
    assert text_of(theirs) == text_of(never)
    assert targets(globex) == (target,)


def test_probe_03_members_and_limited_administrators_may_not(
    acme: Organization, bob: Person, charlie: Person
) -> None:
    """probe_03."""
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    answers = [
        person.client.post(URL, form_of(person), headers=headers).status_code
        for person in (bob, charlie)
        for headers in ({}, HTMX)
    ]
    assert answers == [403] * 4
    assert targets(acme) == ()


def test_page_costs_three_requests_however_many_targets(acme: Organization, alice: Person) -> None:
    for count in (0, 3):
        for _ in range(count):
            alice.client.post(URL, form_of(alice))
        with count_requests() as meter:
            alice.client.get(URL)
        assert meter.count == 3  # the profile, the overview, the base year's totals
