"""Targets: what a base year may be, what is kept of it, and who may set one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from emissions.dashboard.periods import Month
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.targets import (
    MOST_TARGETS,
    TargetDraft,
    base_year_of,
    label_of,
    remove_target,
    set_target,
)
from organizations.domain import Organization, OrganizationOverview, Target
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.colleagues import log_by
from tests.factories import NOW, entry_id_of
from tests.fixtures.organizations import join, make_organization
from tests.fixtures.people import Person
from tests.organizations.members import records

TODAY = date(2026, 11, 22)
DRAFT = TargetDraft(2024, Decimal(30), 2030)
TYPED = replace(DRAFT, base_kg=Decimal(52_000))


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def overview(organization: Organization) -> OrganizationOverview:
    return OrganizationRepository(organization.id).overview()


def logged_kg(organization: Organization, *months: str) -> Decimal:
    totals = TotalsRepository().months(Subject.organization(organization.id), months[0], months[-1])
    return sum((each.co2_emissions for each in totals if each.month in months), Decimal(0))


def set_by(person: Person, organization: Organization, draft: TargetDraft = DRAFT, number: int = 1) -> Target:
    return set_target(
        person.stored_profile(), overview(organization), draft, target_id=entry_id_of(number), today=TODAY
    )


# -- The base year ------------------------------------------------------------------------------------------


@pytest.mark.dynamodb
def test_base_year_is_the_sum_of_its_months() -> None:
    organization = make_organization()
    log_by(3, "2024-01", "2024-12", "2023-12", "2025-01")

    base = base_year_of(organization, 2024, today=TODAY)

    assert base.kg == logged_kg(organization, "2024-01", "2024-12") > 0
    assert base.counted == (Month(2024, 1), Month(2024, 12))
    assert base.empty_label == "February–November 2024"


@pytest.mark.dynamodb
def test_base_year_is_the_reporting_year() -> None:
    organization = make_organization(reporting_year_start=4)
    log_by(3, "2024-03", "2024-04", "2025-03", "2025-04")

    assert base_year_of(organization, 2024, today=TODAY).counted == (Month(2024, 4), Month(2025, 3))


@pytest.mark.dynamodb
def test_months_of_too_few_people_are_left_out_of_a_base_year_and_named() -> None:
    organization = make_organization(minimum_group=3)
    log_by(3, "2024-01", "2024-02")
    log_by(2, "2024-03")

    base = base_year_of(organization, 2024, today=TODAY)

    assert base.kg == logged_kg(organization, "2024-01", "2024-02")
    assert base.withheld_label == "March 2024"


@pytest.mark.dynamodb
@pytest.mark.parametrize(
    ("people", "months", "year"),
    [(2, ("2024-01", "2024-02"), 2024), (3, (), 2024), (3, ("2026-01",), 2026)],
    ids=["withheld", "empty", "not over"],
)
def test_base_year_without_a_figure_proposes_none(people: int, months: tuple[str, ...], year: int) -> None:
    organization = make_organization(minimum_group=3)
    log_by(people, *months)

    assert base_year_of(organization, year, today=TODAY).kg is None


# -- Setting ------------------------------------------------------------------------------------------------


def test_target_keeps_what_was_logged_when_it_was_set(acme: Organization, alice: Person) -> None:
    log_by(3, "2024-01")
    target = set_by(alice, acme)
    log_by(3, "2024-02")

    assert overview(acme).targets == (target,)
    assert target.base_kg == logged_kg(acme, "2024-01")
    assert target.created_at == NOW


def test_typed_figure_counts_before_what_was_logged(acme: Organization, alice: Person) -> None:
    log_by(3, "2024-01")

    assert set_by(alice, acme, TYPED).base_kg == 52_000


def test_base_year_without_a_figure_asks_for_one(acme: Organization, alice: Person) -> None:
    with pytest.raises(OrganizationRefused) as refused:
        set_by(alice, acme)

    assert refused.value.field == "base_tonnes"
    assert overview(acme).targets == ()


def test_newest_target_counts(acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    set_by(alice, acme, TYPED, 2)
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(minute=1))
    newer = set_by(alice, acme, TYPED, 1)

    assert overview(acme).target == newer


def test_same_form_twice_sets_one_target(acme: Organization, alice: Person) -> None:
    set_by(alice, acme, TYPED)
    set_by(alice, acme, replace(TYPED, target_year=2040))

    assert [each.target_year for each in overview(acme).targets] == [2030]


def test_list_of_targets_is_bounded(acme: Organization, alice: Person) -> None:
    for number in range(MOST_TARGETS):
        set_by(alice, acme, TYPED, number)

    with pytest.raises(OrganizationRefused, match="Remove one"):
        set_by(alice, acme, TYPED, MOST_TARGETS)


def test_setting_and_removing_are_in_the_trail(acme: Organization, alice: Person) -> None:
    target = set_by(alice, acme, TYPED)
    remove_target(alice.stored_profile(), overview(acme), target.id)

    values = {"base_year": 2024, "base_kg": 52_000, "reduction_percent": 30, "target_year": 2030}
    assert records(acme) == [
        ("target.set", "Alice", "30% less by 2030", {}, values | {"base_from": "typed"}),
        ("target.removed", "Alice", "30% less by 2030", values, {}),
    ]
    assert label_of(target, acme) == "30% less by 2030"
    assert overview(acme).targets == ()


def test_target_of_another_organization_is_not_found(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    target = set_by(charlie, globex, TYPED)

    with pytest.raises(ItemNotFound):
        remove_target(alice.stored_profile(), overview(acme), target.id)

    assert overview(globex).targets == (target,)


def test_probe_04_target_of_somebody_demoted_meanwhile_is_not_set(acme: Organization, alice: Person) -> None:
    """probe_04: the right is looked at inside the transaction as well."""
    profile = alice.stored_profile()
    join(alice.user_id, acme.id)

    with pytest.raises(RightsLost):
        set_target(profile, overview(acme), TYPED, target_id=entry_id_of(1), today=TODAY)

    assert overview(acme).targets == ()
    assert records(acme) == []


def test_organization_that_is_being_deleted_gets_no_target(acme: Organization, alice: Person) -> None:
    seen = overview(acme)
    deleting: Any = replace(seen, organization=replace(seen.organization, deleting_at=NOW))

    with pytest.raises(OrganizationConflict):
        set_target(alice.stored_profile(), deleting, TYPED, target_id=entry_id_of(1), today=TODAY)
