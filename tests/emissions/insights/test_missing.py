"""Months without something usual, and what is usual."""

from __future__ import annotations

from decimal import Decimal

import pytest

from emissions.dashboard.periods import Month
from emissions.insights.missing import find_missing, usual_of
from tests.emissions.made_totals import TODAY, entry_on, history_of
from tests.factories import make_entry


def missing_of(*months: int, category: str = "energy/electricity") -> list[int]:
    """The months of 2026 that are pointed out when these have something."""
    entries = [entry_on(f"2026-{month:02d}-28", category=category, number=month) for month in months]
    return [each.month.number for each in find_missing(history_of(*entries), today=TODAY)]


@pytest.mark.parametrize(
    ("months", "missing"),
    [
        ((1, 2, 3, 5, 6, 7, 8, 9, 10), [4]),
        ((1, 2, 4, 6, 7, 8, 9, 10), [5, 3]),
        ((7, 8, 10), [9]),  # three of four
        ((8, 10), []),  # too few to be usual
        ((1, 2, 3, 4, 5, 6), []),  # it stopped
        ((1, 2, 3, 10), []),  # a season
        ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), []),  # the running month is not over
    ],
)
def test_what_is_usual_and_not_there_is_pointed_out(months: tuple[int, ...], missing: list[int]) -> None:
    assert missing_of(*months) == missing


def test_months_before_the_first_are_not_missing_and_says_how_usual_it_is() -> None:
    entries = [entry_on(f"2026-{month:02d}-28", number=month) for month in (6, 7, 9, 10)]

    [missing] = find_missing(history_of(*entries), today=TODAY)

    assert (missing.label, missing.month, missing.months_with, missing.months) == (
        "Car",
        Month(2026, 8),
        4,
        5,
    )


def test_the_usual_is_the_most_common_way_with_its_middle_amount_and_day() -> None:
    entries = [
        make_entry(number, amount=Decimal(amount), local_date=entry_on(day).local_date, people=people)
        for number, (amount, day, people) in enumerate(
            [(900, "2026-10-31", 1), (40, "2026-09-30", 2), (20, "2026-08-31", 2), (30, "2026-07-31", 2)]
        )
    ]

    usual = usual_of(entries)

    assert usual is not None
    assert (usual.variant, usual.unit, usual.people) == ("car-petrol-medium", "mile", 2)
    assert usual.amount == Decimal(30)
    assert usual.on(Month(2026, 2)).isoformat() == "2026-02-28"
    assert usual_of([]) is None
