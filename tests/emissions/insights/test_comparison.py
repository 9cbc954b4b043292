"""Two periods beside each other, from totals and the entries of a month that is cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from emissions.dashboard.periods import Month
from emissions.domain.entries import Entry
from emissions.filters import Period
from emissions.insights.comparison import PeriodComparison, compare_periods, pieces, plan
from emissions.insights.spans import Span
from tests.emissions.made_totals import TODAY, entry_on, history_of

NOVEMBER, OCTOBER = Month(2026, 11), Month(2026, 10)


def one(month: Month) -> Span:
    return Span(month, month)


def compared(
    current: Span, earlier: Span, *entries: Entry, cut: Sequence[Entry] | None = (), today: date = TODAY
) -> PeriodComparison:
    """A comparison of what was logged; `cut` are the entries read of a month that is cut."""
    history, planned = history_of(*entries), plan(current, earlier, today=today)
    sides = ((planned.current, planned.current_days), (planned.earlier, planned.earlier_days))
    periods = {period for span, days in sides for period in pieces(history, span, days)}
    return compare_periods(history, planned, dict.fromkeys(periods, cut))


def rows_of(comparison: PeriodComparison) -> list[tuple[str, Decimal, Decimal]]:
    return [(row.label, row.current, row.earlier) for kind in comparison.types for row in kind.categories]


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("2026-11", "2026-11", "November 2026"),
        ("2026-01", "2026-12", "2026"),
        ("2026-01", "2026-03", "January–March 2026"),
        ("2025-11", "2026-01", "November 2025–January 2026"),
    ],
)
def test_a_span_is_named_as_people_do(first: str, last: str, label: str) -> None:
    assert Span(Month.parse(first), Month.parse(last)).label == label


def test_a_running_month_meets_as_many_days_of_the_other_in_categories_too() -> None:
    early, late = entry_on("2026-10-03", "4"), entry_on("2026-10-23", "100", number=2)

    comparison = compared(
        one(NOVEMBER), one(OCTOBER), entry_on("2026-11-01", "3", number=3), early, late, cut=[early]
    )

    assert (comparison.current.stretch.days, comparison.earlier.stretch.days) == (22, 22)
    assert (comparison.change, comparison.percent) == (Decimal(-1), Decimal(-25))
    assert rows_of(comparison) == [("Car", Decimal(3), Decimal(4))]
    assert comparison.plan.is_shortened
    assert comparison.earlier.label == "1–22 October 2026"


def test_only_a_month_with_entries_on_other_days_needs_its_entries() -> None:
    history = history_of(entry_on("2025-03-01"), entry_on("2025-11-22", number=2))
    full = history_of(entry_on("2025-03-01"), entry_on("2025-11-23", number=2))

    planned = plan(Span.year(2026), Span.year(2025), today=TODAY)

    assert planned.earlier_days == 326
    assert pieces(history, planned.earlier, 326) == []
    assert pieces(full, planned.earlier, 326) == [Period(date(2025, 11, 1), date(2025, 11, 22))]


def test_a_year_so_far_takes_whole_months_from_totals_and_the_cut_one_from_entries() -> None:
    cut = entry_on("2025-11-05", "2", "food/beef", number=2)
    comparison = compared(
        Span.year(2026),
        Span.year(2025),
        entry_on("2026-02-01", "30"),
        entry_on("2025-02-01", "20", number=3),
        cut,
        entry_on("2025-11-23", "500", "food/beef", number=4),
        entry_on("2025-12-24", "500", number=5),
        cut=[cut],
    )

    assert rows_of(comparison) == [("Car", Decimal(30), Decimal(20)), ("Beef", Decimal(0), Decimal(2))]
    assert comparison.earlier.kg == Decimal(22)


@pytest.mark.parametrize("cut", [None, [entry_on("2026-10-03", "1")], []])
def test_categories_are_not_told_from_a_part_of_the_entries(cut: list[Entry] | None) -> None:
    """Too many to read, or archived: what there is does not make up the totals of the days."""
    comparison = compared(
        one(NOVEMBER),
        one(OCTOBER),
        entry_on("2026-11-01", "3", number=3),
        entry_on("2026-10-03", "4"),
        entry_on("2026-10-23", "1", number=2),
        cut=cut,
    )

    assert (comparison.is_known, comparison.has_categories, comparison.types) == (True, False, ())
    assert comparison.change == Decimal(-1)


def test_finished_months_are_compared_whole_and_by_the_day() -> None:
    comparison = compared(
        one(Month(2026, 3)),
        one(Month(2026, 2)),
        entry_on("2026-03-31", "62"),
        entry_on("2026-02-01", "28", number=2),
    )

    assert (comparison.change, comparison.current.kg_a_day, comparison.earlier.kg_a_day) == (
        Decimal(34),
        Decimal(2),
        Decimal(1),
    )
    assert not comparison.plan.is_by_day


def test_periods_of_other_lengths_are_compared_by_the_day() -> None:
    comparison = compared(
        one(NOVEMBER), Span.year(2025), entry_on("2026-11-01", "44"), entry_on("2025-05-01", "365", number=2)
    )

    assert comparison.plan.is_by_day
    assert (comparison.current.stretch.days, comparison.earlier.stretch.days) == (22, 365)
    assert comparison.change == Decimal(1)
    assert rows_of(comparison) == [("Car", Decimal(2), Decimal(1))]


def test_what_shrank_in_fewer_months_may_be_a_gap_and_not_a_saving() -> None:
    entries = [entry_on(f"2025-0{month}-01", "10", number=month) for month in (1, 2, 3)]
    entries += [entry_on("2026-01-01", "10", number=4), entry_on("2026-02-01", "1", "food/beef", number=5)]

    comparison = compared(
        Span(Month(2026, 1), Month(2026, 3)), Span(Month(2025, 1), Month(2025, 3)), *entries
    )

    car, beef = (row for kind in comparison.types for row in kind.categories)
    assert (car.label, car.current_months, car.earlier_months) == ("Car", 1, 3)
    assert comparison.may_be_gap(car)
    assert comparison.may_be_gap(beef)  # more, but there was nothing before
    assert comparison.current.empty_months == (Month(2026, 3),)
    assert comparison.sparse is comparison.current


def test_nothing_logged_is_not_nothing_emitted() -> None:
    comparison = compared(one(NOVEMBER), one(OCTOBER), entry_on("2026-11-01", "3"))

    assert not comparison.is_known
