"""The dashboard's filters in its URL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carbontrack.dynamodb import ItemNotFound
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.totals import NO_DEPARTMENT
from emissions.work.filters import WorkFilters
from organizations.domain import Department
from tests.emissions.work.made_work import ENGINEERING, FIELD, OLD, SALES, TODAY, make_organization

ORGANIZATION = make_organization(
    Department(SALES, "Sales"),
    Department(FIELD, "Field", parent_id=SALES),
    Department(ENGINEERING, "Engineering"),
    Department(OLD, "Old", merged_into=ENGINEERING),
    Department("CLOSED", "Closed", archived_at=datetime(2026, 1, 1, tzinfo=UTC)),
)


def parse(managed: Any = None, begins_in: Any = 1, **params: str) -> WorkFilters:
    organization = make_organization(*ORGANIZATION.departments, reporting_year_start=begins_in)
    ids = organization.managed_ids(managed)
    return WorkFilters.parse(params, organization, managed=ids, today=TODAY)


def test_without_anything_it_is_the_running_year_of_everything():
    filters = parse()

    assert filters == WorkFilters.of(ORGANIZATION, today=TODAY)
    assert (filters.year.label, filters.query, filters.is_narrowed) == ("2026", "", False)


def test_all_filters_survive_the_way_into_a_link_and_back():
    filters = parse(year="2025", department=FIELD, type="energy", scope="2")

    assert filters.query == "?year=2025&department=FIELD&type=energy&scope=2"
    assert parse(**filters.params) == filters
    assert (filters.activity_type, filters.scope, filters.department) == (
        ActivityType.ENERGY,
        Scope.TWO,
        FIELD,
    )


def test_one_filter_is_changed_or_taken_away():
    filters = parse(department=SALES, type="energy")

    assert filters.with_(scope=Scope.ONE).query == "?department=SALES&type=energy&scope=1"
    assert filters.with_(department=None, activity_type=None) == parse()


def test_the_running_year_is_not_spelled_out():
    assert parse(year="2026").query == ""
    assert parse(year="2026").with_(year=parse().year.previous).query == "?year=2025"


def test_a_reporting_year_is_named_by_the_year_in_which_it_begins():
    assert parse(begins_in=12).year.label == "2025/26"
    assert parse(begins_in=12, year="2024").year.period_label == "December 2024–November 2025"


@pytest.mark.parametrize(
    "year", ["2027", "9999", "0000", "1989", "26", "٢٠٢٥", "2025 ", "-2025", "2025\n", "x", ""]
)
def test_a_year_that_has_not_begun_or_makes_no_sense_is_left_out(year: str):
    assert parse(year=year) == parse()


def test_the_year_of_the_earliest_entry_can_be_looked_at():
    assert parse(year="1990").year.year == 1990
    assert parse(year="1989", begins_in=4).year.label == "1989/90"


@pytest.mark.parametrize("name", ["type", "scope"])
@pytest.mark.parametrize("value", ["", "0", "4", "3.6", "Energy", "energy ", "x" * 3000, "\x00"])
def test_a_type_or_scope_that_makes_no_sense_is_left_out(name: str, value: str):
    assert parse(**{name: value}) == parse()


@pytest.mark.parametrize("department", ["GLOBEX1", "nowhere", "-", "None", "x" * 3000, "a#b", "\x00"])
def test_an_unknown_department_is_not_found(department: str):
    with pytest.raises(ItemNotFound):
        parse(department=department)


def test_the_work_of_people_without_a_department_can_be_asked_for():
    assert parse(department="none").department == NO_DEPARTMENT
    assert parse(department="none").query == "?department=none"


def test_a_merged_department_is_the_one_it_was_merged_into():
    assert parse(department=OLD).query == "?department=ENGINEERING"


def test_an_archived_department_can_still_be_looked_at():
    assert parse(department="CLOSED").department == "CLOSED"


def test_a_limited_administrator_finds_their_departments_and_no_others():
    assert parse([SALES], department=SALES).department == SALES
    assert parse([SALES], department=FIELD).department == FIELD
    assert parse([OLD], department=ENGINEERING).department == ENGINEERING
    for hidden in (ENGINEERING, OLD, "none", "nowhere"):
        with pytest.raises(ItemNotFound):
            parse([SALES], department=hidden)
    with pytest.raises(ItemNotFound):
        parse([FIELD], department=SALES)


def test_kg_are_asked_for_by_type_and_scope():
    filters = parse(type="energy", scope="3")

    assert filters.includes("energy", "3")
    assert filters.includes("energy", "3.6")
    assert not filters.includes("energy", "1")
    assert not filters.includes("food", "3")
    assert parse().includes("food", "1")
