"""The dashboard's figures, computed from totals alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.dashboard import PaceKind
from emissions.dashboard.breakdown import shares, whole_percents
from emissions.dashboard.comparison import compare
from emissions.dashboard.gaps import find_gaps
from emissions.dashboard.pace import yearly_pace
from emissions.dashboard.periods import Month, each_day, range_label
from tests.emissions.made_totals import TODAY, dashboard_of, entry_on, history_of

MARCH, FEBRUARY = Month(2026, 3), Month(2026, 2)


# -- Months -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-3", "2026-13", "2026-00", "1969-12", "9999-01", "2026-03-01", "٢٠٢٦-٠٣"]
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        Month.parse(text)


def test_months_shift_across_years() -> None:
    assert [str(Month(2026, 1).shift(by)) for by in (-13, -1, 0, 11, 12)] == [
        "2024-12",
        "2025-12",
        "2026-01",
        "2026-12",
        "2027-01",
    ]


def test_a_leap_year_has_a_longer_february() -> None:
    assert (Month(2024, 2).days, Month(2026, 2).days) == (29, 28)


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        (date(2026, 10, 3), date(2026, 10, 3), "3 October 2026"),
        (date(2026, 10, 3), date(2026, 10, 16), "3–16 October 2026"),
        (date(2026, 9, 28), date(2026, 10, 4), "28 September – 4 October 2026"),
        (date(2025, 12, 28), date(2026, 1, 4), "28 December 2025 – 4 January 2026"),
    ],
)
def test_a_range_of_days_repeats_nothing(first: date, last: date, label: str) -> None:
    assert range_label(first, last) == label


# -- Comparisons on equal days ------------------------------------------------------------------------------


def test_a_running_month_is_compared_with_as_many_days_of_the_last() -> None:
    history = history_of(
        entry_on("2026-11-01", "10"),
        entry_on("2026-11-22", "5"),
        entry_on("2026-10-01", "4"),
        entry_on("2026-10-22", "8"),
        entry_on("2026-10-23", "100"),
    )

    comparison = compare(history, month=Month(2026, 11), other=Month(2026, 10), until=TODAY)

    assert (comparison.current.kg, comparison.earlier.kg) == (Decimal(15), Decimal(12))
    assert (comparison.change_kg, comparison.change_percent) == (Decimal(3), Decimal(25))
    assert comparison.direction == "more"
    assert comparison.earlier_label == "the first 22 days of October 2026"
    assert not comparison.is_shortened


def test_the_31_days_of_march_are_cut_to_the_28_of_february() -> None:
    history = history_of(
        entry_on("2026-03-28", "3"), entry_on("2026-03-29", "100"), entry_on("2026-02-28", "4")
    )

    comparison = compare(history, month=MARCH, other=FEBRUARY, until=date(2026, 3, 31))

    assert (comparison.days, comparison.current.kg, comparison.earlier.kg) == (28, Decimal(3), Decimal(4))
    assert comparison.direction == "less"
    assert comparison.earlier_label == "all of February 2026"
    assert comparison.current_label == "the first 28 days of March 2026"
    assert comparison.is_shortened


def test_a_leap_day_is_left_out_against_a_common_year() -> None:
    history = history_of(
        entry_on("2024-02-29", "9"), entry_on("2024-02-28", "2"), entry_on("2023-02-01", "2")
    )

    comparison = compare(history, month=Month(2024, 2), other=Month(2023, 2), until=date(2024, 2, 29))

    assert (comparison.days, comparison.current.kg, comparison.direction) == (28, Decimal(2), "same")


def test_a_common_year_meets_28_of_the_29_days_of_a_leap_year() -> None:
    history = history_of(
        entry_on("2024-02-29", "9"), entry_on("2024-02-28", "2"), entry_on("2025-02-01", "3")
    )

    comparison = compare(history, month=Month(2025, 2), other=Month(2024, 2), until=date(2025, 2, 28))

    assert (comparison.earlier.kg, comparison.current.kg) == (Decimal(2), Decimal(3))
    assert comparison.earlier_label == "the first 28 days of February 2024"
    assert not comparison.is_shortened


def test_the_first_day_of_a_month_is_compared_with_one_day() -> None:
    history = history_of(
        entry_on("2026-11-01", "2"), entry_on("2026-10-01", "1"), entry_on("2026-10-02", "9")
    )

    comparison = compare(history, month=Month(2026, 11), other=Month(2026, 10), until=date(2026, 11, 1))

    assert (comparison.days, comparison.change_kg) == (1, Decimal(1))
    assert comparison.earlier_label == "the first day of October 2026"


def test_nothing_logged_then_is_no_comparison() -> None:
    history = history_of(entry_on("2026-11-01", "2"))

    assert not compare(history, month=Month(2026, 11), other=Month(2026, 10), until=TODAY).is_known


def test_no_percent_of_zero_kg() -> None:
    history = history_of(entry_on("2026-11-01", "2"), entry_on("2026-10-01", "0", "transportation/active"))

    comparison = compare(history, month=Month(2026, 11), other=Month(2026, 10), until=TODAY)

    assert comparison.is_known
    assert comparison.change_percent is None
    assert comparison.absolute_change_kg == Decimal(2)


# -- Shares -------------------------------------------------------------------------------------------------


@given(st.lists(st.decimals("0.000001", "100000", places=6), min_size=1, max_size=30))
def test_whole_percents_add_up_to_100_and_are_at_most_one_off(values: list[Decimal]) -> None:
    percents = whole_percents(values)

    assert sum(percents) == 100
    assert all(
        abs(percent - value * 100 / sum(values)) < 1 for percent, value in zip(percents, values, strict=True)
    )


def test_percents_of_nothing_are_zero() -> None:
    assert whole_percents([]) == []
    assert whole_percents([Decimal(0), Decimal(0)]) == [0, 0]


def test_shares_are_sorted_named_and_the_tail_is_summed() -> None:
    totals = {
        ("food", "beef"): Decimal(30),
        ("transportation", "car"): Decimal(50),
        ("energy", "electricity"): Decimal(15),
        ("waste", "mixed"): Decimal(5),
        ("transportation", "active"): Decimal(0),
    }

    result = shares(totals, most=3)

    assert [(share.label, share.kind, share.kg, share.percent) for share in result] == [
        ("Car", "transportation", Decimal(50), 50),
        ("Beef", "food", Decimal(30), 30),
        ("2 others", "other", Decimal(20), 20),
    ]


def test_as_many_shares_as_fit_need_no_other() -> None:
    totals = {("food", "beef"): Decimal(3), ("food", "dairy"): Decimal(1)}

    assert [share.is_rest for share in shares(totals, most=2)] == [False, False]


# -- Pace ---------------------------------------------------------------------------------------------------


def test_a_year_of_history_is_measured_over_the_last_365_days() -> None:
    history = history_of(
        entry_on(TODAY - timedelta(days=400), "1000"),
        entry_on(TODAY - timedelta(days=365), "500"),
        entry_on(TODAY - timedelta(days=364), "20"),
        entry_on(TODAY, "3"),
    )

    pace = yearly_pace(history, until=TODAY)

    assert (pace.kind, pace.kg_per_year) == (PaceKind.MEASURED, Decimal(23))
    assert (pace.basis.days, pace.basis.days_with_entries) == (365, 2)


def test_a_shorter_history_is_projected_from_the_days_since_the_first_entry() -> None:
    days = list(each_day(TODAY - timedelta(days=72), TODAY))
    history = history_of(*(entry_on(day, "2") for day in days))

    pace = yearly_pace(history, until=TODAY)

    assert (pace.kind, pace.kg_per_year) == (PaceKind.PROJECTED, Decimal(730))
    assert (pace.basis.first, pace.basis.days) == (days[0], 73)


@pytest.mark.parametrize(
    ("first_day_ago", "step", "kind"),
    [
        (26, 1, PaceKind.TOO_EARLY),
        (27, 1, PaceKind.PROJECTED),
        (27, 4, PaceKind.TOO_EARLY),
        (28, 4, PaceKind.PROJECTED),
    ],
)
def test_a_few_days_are_too_early_to_tell(first_day_ago: int, step: int, kind: PaceKind) -> None:
    ago = range(first_day_ago, -1, -step)

    pace = yearly_pace(history_of(*(entry_on(TODAY - timedelta(days=days)) for days in ago)), until=TODAY)

    assert pace.kind == kind
    assert (pace.kg_per_year is None) == (kind is PaceKind.TOO_EARLY)


def test_without_entries_it_is_too_early_to_tell() -> None:
    assert yearly_pace(history_of(), until=TODAY).kind is PaceKind.TOO_EARLY


def test_no_entry_within_the_last_year_is_too_early_and_not_zero() -> None:
    history = history_of(entry_on(TODAY - timedelta(days=500), "9"))

    assert yearly_pace(history, until=TODAY).kg_per_year is None


# -- Gaps ---------------------------------------------------------------------------------------------------


def gaps_of(*days: str, since: str = "2025-11-23", most: int = 9) -> list[str]:
    history = history_of(*(entry_on(day) for day in days))
    return [gap.label for gap in find_gaps(history, since=date.fromisoformat(since), until=TODAY, most=most)]


def test_six_days_are_no_gap_and_seven_are() -> None:
    assert gaps_of("2026-11-08", "2026-11-15", "2026-11-22") == []
    assert gaps_of("2026-11-14", "2026-11-22") == ["15–21 November 2026"]


def test_a_gap_may_last_until_today() -> None:
    assert gaps_of("2026-11-01") == ["2–22 November 2026"]


def test_a_month_without_entries_has_its_name() -> None:
    days = ["2026-08-31", *(f"2026-{day}" for day in ("10-01", "10-08", "10-15", "10-22", "10-29", "11-05"))]

    assert gaps_of(*days, "2026-11-12", "2026-11-19") == ["September 2026"]


def test_gaps_come_newest_first_and_not_more_than_asked() -> None:
    assert gaps_of("2026-10-01", "2026-10-15", "2026-11-01", most=2) == [
        "2–22 November 2026",
        "16–31 October 2026",
    ]


def test_the_time_before_the_first_entry_is_no_gap() -> None:
    assert gaps_of("2026-11-20") == []
    assert gaps_of() == []


# -- All of it ----------------------------------------------------------------------------------------------


def test_an_empty_history_is_new() -> None:
    dashboard = dashboard_of()

    assert dashboard.is_new
    assert (dashboard.totals.entries, dashboard.shares, dashboard.sources, dashboard.gaps) == (0, (), (), ())
    assert [totals.entries for _month, totals in dashboard.months] == [0] * 12


def test_a_past_month_without_anything_is_empty_but_not_new() -> None:
    assert not dashboard_of(month="2026-03").is_new


def test_a_day_of_zero_kg_is_a_day_with_entries() -> None:
    dashboard = dashboard_of(entry_on("2026-11-20", "0", "transportation/active"))

    assert (dashboard.logged_days.days_with_entries, dashboard.logged_days.entries) == (1, 1)
    assert not dashboard.is_new
    assert dashboard.shares == ()


def test_an_activity_dated_tomorrow_counts_in_its_month() -> None:
    dashboard = dashboard_of(entry_on("2026-11-23", "7"))

    assert dashboard.totals.co2_emissions == Decimal(7)


def test_twelve_months_end_with_the_one_that_is_shown() -> None:
    dashboard = dashboard_of(month="2026-03")

    assert [str(month) for month, _totals in dashboard.months][::11] == ["2025-04", "2026-03"]


def test_a_past_month_counts_to_its_last_day() -> None:
    dashboard = dashboard_of(entry_on("2026-03-31", "2"), entry_on("2026-04-01", "9"), month="2026-03")

    assert (dashboard.is_current, dashboard.until) == (False, date(2026, 3, 31))
    assert dashboard.totals.co2_emissions == Decimal(2)


def test_largest_sources_are_those_of_the_calendar_year() -> None:
    dashboard = dashboard_of(
        entry_on("2025-12-31", "50", "food/beef"),
        entry_on("2026-01-01", "6", "food/beef"),
        entry_on("2026-11-02", "2"),
    )

    assert [(each.label, each.kg, each.percent) for each in dashboard.sources] == [
        ("Beef", Decimal(6), 75),
        ("Car", Decimal(2), 25),
    ]
    assert dashboard.year_kg == Decimal(8)
    assert not dashboard.is_first_month


def test_the_first_month_has_nothing_to_compare_with() -> None:
    assert dashboard_of(entry_on("2026-11-02", "2")).is_first_month
