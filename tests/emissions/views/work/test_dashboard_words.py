"""The dashboard claims no more than it knows: what is missing, left out or not exact is said beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.views.work.logged import CAR, FLIGHT, POWER, log
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/organization/dashboard/"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def read(person: Person, query: str = "") -> str:
    response = person.client.get(f"{URL}{query}")
    assert response.status_code == 200
    return text_of(response).replace("\N{NO-BREAK SPACE}", " ").replace(" .", ".")


def page_of(person: Person, query: str = "") -> str:
    return str(person.client.get(f"{URL}{query}").content.decode())


def set_target(organization: Organization, base_year: int, target_year: int) -> None:
    target = Target("T", base_year, Decimal(1200), Decimal(50), target_year, NOW)
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).add_target(target, transaction=transaction)


def test_months_without_entries_are_named_beside_the_total(alice: Person, acme: Organization) -> None:
    for month in ("2026-03", "2026-04", "2026-10"):
        log(acme, month, SALES, "abc")

    text = "Nothing was logged in January–February 2026, May–September 2026."
    assert text in read(alice)  # November still runs
    assert "Nothing was logged in" not in read(alice, "?year=2025")  # no figure at all, and said so elsewhere


def test_a_year_that_is_known_in_part_is_no_success_on_the_way_to_the_target(
    alice: Person, acme: Organization
) -> None:
    set_target(acme, 2024, 2030)
    log(acme, "2025-12", SALES, "abc")
    log(acme, "2026-10", SALES, "abc")

    page = page_of(alice)

    assert "Known in part only, so lower than it was: 2025 with 1 of 12 months." in read(alice)
    assert "30\N{NO-BREAK SPACE}kg shown, 1 of 12 months" in page
    assert "so far, 1 of 12 months" in page
    assert "lower than it was" not in read(alice, "?year=2024")


def test_years_are_called_as_the_organization_counts_them(alice: Person) -> None:
    organization = make_organization(reporting_year_start=4)
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2025-10", SALES, "abc")
    set_target(organization, 2026, 2030)

    assert "The target begins in 2026/27." in read(alice, "?year=2025")
    targets = text_of(alice.client.get("/organization/targets/"))
    assert "50% less by 2030/31 leaves this list" in targets


def test_people_of_departments_that_are_partly_withheld_are_no_share_of_all_members(
    alice: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abcd")
    log(acme, "2026-10", FIELD, "e")
    log(acme, "2026-10", ENGINEERING, "fg")
    log(acme, "2026-10", None, "hij")

    text = read(alice, f"?department={SALES}")

    assert "October 2026: 4 people logged, without what is withheld" in page_of(alice, f"?department={SALES}")
    assert "4 people logged for work in October 2026, without what is withheld" in text


def test_a_department_hidden_beside_a_small_one_is_not_called_small(
    alice: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abcd")
    log(acme, "2026-10", ENGINEERING, "e")

    text = read(alice, f"?department={SALES}")

    assert "In no month did enough people log, or it would give away a group that is too small." in text


def test_a_half_percent_is_rounded_as_everywhere(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "0.75")
    log(acme, "2026-10", ENGINEERING, "abcd", "4.4375", POWER)

    # 2.25 of 20 kg are 11.25%.
    assert "Scope 1: fuel burned by the organization, its own vehicles 2.25 11.3%" in read(alice)


def test_a_category_has_the_same_share_beside_its_bar_and_in_the_table(
    alice: Person, acme: Organization
) -> None:
    for kind in (POWER, CAR, FLIGHT):
        log(acme, "2026-10", SALES, "abc", "10", kind)

    page = read(alice)

    assert page.count("30 kg 33%") == 7  # three scopes, business travel, three categories
    assert "34%" not in page
    assert page.count("33.3%") == 7


def test_the_page_tells_what_its_figures_cannot_tell(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")

    text = read(alice)

    for words in (
        "in the month of their author’s own day",
        "when fewer people log, less is shown, although as much may have been emitted",
        "Where there is none, that of another region stands in",
        "in the scope of its factor, unless its author chose another",
        "a category may still be the work of one person",
    ):
        assert words in text
