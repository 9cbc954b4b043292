"""Entries and the arithmetic of totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from emissions.domain.entries import Scope, round_kg
from emissions.domain.totals import MonthTotals, Subject, entry_subjects, totals_deltas
from tests.factories import USER_ID, make_entry

USER = Subject.user(USER_ID)


@pytest.mark.parametrize(
    ("kg", "rounded"),
    [("1.2345675", "1.234568"), ("1.2345665", "1.234566"), ("0.0000004", "0"), ("-1.2345675", "-1.234568")],
)
def test_kg_are_rounded_to_the_milligram_half_to_even(kg: str, rounded: str):
    assert round_kg(Decimal(kg)) == Decimal(rounded)


def test_a_slug_is_the_key_in_letters_that_a_url_needs_not_escape():
    entry = make_entry(7, occurred_at=datetime(2024, 3, 15, 10, 30, 5, tzinfo=UTC))

    assert entry.slug == "20240315T103005Z-00000000000000000000000007"


def test_a_personal_entry_counts_for_its_author_alone():
    assert entry_subjects(make_entry()) == (USER,)


def test_a_work_entry_counts_for_its_organization_and_department_too():
    entry = make_entry(organization_id="o1", department_id="d1")

    assert entry_subjects(entry) == (USER, Subject("organization#o1"), Subject("department#o1#d1"))


def test_an_entry_adds_to_its_month_its_day_its_category_and_its_scope():
    (delta,) = totals_deltas(added=[make_entry(co2_emissions=Decimal("1.5"), scope=Scope.TWO)])

    assert (delta.subject, delta.month) == (USER, "2024-03")
    assert delta.counters == {
        "entries": 1,
        "co2_emissions": Decimal("1.5"),
        "category#transportation#car": Decimal("1.5"),
        "day#15": Decimal("1.5"),
        "n#15": 1,
        "scope#2": Decimal("1.5"),
    }


def test_an_organization_also_counts_by_department():
    deltas = {
        delta.subject.key: delta.counters
        for delta in totals_deltas(
            added=[make_entry(organization_id="o1", department_id="d1", co2_emissions=Decimal(2))]
        )
    }

    assert deltas == {
        f"user#{USER_ID}": {
            "entries": 1,
            "co2_emissions": 2,
            "category#transportation#car": 2,
            "day#15": 2,
            "n#15": 1,
            "scope#1": 2,
            "work#o1#d1": 1,
        },
        "organization#o1": {
            "entries": 1,
            "co2_emissions": 2,
            "category#transportation#car#1": 2,
            "department#d1#transportation#1": 2,
            "participants": 1,
            "participants#d1": 1,
        },
        "department#o1#d1": {
            "entries": 1,
            "co2_emissions": 2,
            "category#transportation#car#1": 2,
            "participants": 1,
        },
    }


def test_an_entry_without_emissions_still_makes_its_day_a_day_with_entries():
    (delta,) = totals_deltas(added=[make_entry(co2_emissions=Decimal(0))])

    assert delta.counters == {"entries": 1, "n#15": 1}


def test_an_edit_within_a_month_is_one_delta_of_what_changed():
    before = make_entry(co2_emissions=Decimal("1.5"))
    after = replace(before, co2_emissions=Decimal(2), local_date=date(2024, 3, 16))

    (delta,) = totals_deltas(added=[after], removed=[before])

    assert delta.counters == {
        "co2_emissions": Decimal("0.5"),
        "category#transportation#car": Decimal("0.5"),
        "day#15": Decimal("-1.5"),
        "day#16": Decimal(2),
        "n#15": -1,
        "n#16": 1,
        "scope#1": Decimal("0.5"),
    }


def test_an_edit_over_months_takes_from_one_and_gives_to_the_other():
    before = make_entry()
    after = replace(before, local_date=date(2024, 4, 1))

    deltas = {
        delta.month: delta.counters["entries"] for delta in totals_deltas(added=[after], removed=[before])
    }

    assert deltas == {"2024-03": -1, "2024-04": 1}


def test_an_edit_of_the_note_moves_no_total():
    entry = make_entry()

    assert totals_deltas(added=[replace(entry, note="with Eve")], removed=[entry]) == ()


def test_month_totals_answer_by_category_type_and_day():
    totals = MonthTotals(
        "2024-03",
        {
            "entries": Decimal(3),
            "co2_emissions": Decimal(6),
            "category#transportation#car": Decimal(1),
            "category#transportation#bus": Decimal(2),
            "category#food#beef": Decimal(3),
            "day#15": Decimal(6),
            "n#15": Decimal(3),
        },
    )

    assert (totals.entries, totals.co2_emissions) == (3, Decimal(6))
    assert totals.by_category() == {
        ("transportation", "car"): 1,
        ("transportation", "bus"): 2,
        ("food", "beef"): 3,
    }
    assert totals.by_activity_type() == {"transportation": 3, "food": 3}
    assert [totals.day(15), totals.day(16)] == [6, 0]
    assert [totals.day_entries(15), totals.day_entries(16)] == [3, 0]


def test_an_archived_entry_has_expired_once_its_time_has_come():
    now = datetime(2026, 11, 22, tzinfo=UTC)

    assert [
        make_entry(expires_at=None).has_expired(now),
        make_entry(expires_at=datetime(2026, 11, 23, tzinfo=UTC)).has_expired(now),
        make_entry(expires_at=now).has_expired(now),
    ] == [False, False, True]
