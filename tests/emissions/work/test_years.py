"""Reporting years."""

from __future__ import annotations

import pytest

from emissions.dashboard.periods import Month
from emissions.work.years import ReportingYear, months_label

CALENDAR = ReportingYear(Month(2026, 1))
APRIL = ReportingYear(Month(2025, 4))


@pytest.mark.parametrize(
    ("month", "begins_in", "year"),
    [("2026-01", 1, 2026), ("2026-12", 1, 2026), ("2026-03", 4, 2025), ("2026-04", 4, 2026)],
)
def test_a_month_is_in_the_year_that_began_last(month: str, begins_in: int, year: int):
    containing = ReportingYear.containing(Month.parse(month), begins_in=begins_in)

    assert containing == ReportingYear.beginning(year, begins_in=begins_in)
    assert containing.year == year
    assert Month.parse(month) in containing


def test_a_year_is_twelve_months_and_years_meet():
    assert (APRIL.months[0], APRIL.last, len(APRIL.months)) == (Month(2025, 4), Month(2026, 3), 12)
    assert APRIL.previous.last.shift(1) == APRIL.start
    assert APRIL.following.previous == APRIL
    assert Month(2026, 4) not in APRIL


def test_a_year_is_named_after_the_calendar_years_it_is_in():
    assert (CALENDAR.label, CALENDAR.period_label) == ("2026", "January–December 2026")
    assert (APRIL.label, APRIL.period_label) == ("2025/26", "April 2025–March 2026")
    assert ReportingYear(Month(1999, 7)).label == "1999/00"


def test_the_running_month_is_the_last_that_has_begun():
    assert APRIL.months_so_far(Month(2025, 6)) == (Month(2025, 4), Month(2025, 5), Month(2025, 6))


def test_two_years_are_read_but_nothing_ahead_of_the_running_month():
    assert CALENDAR.window(Month(2026, 11)) == (Month(2025, 1), Month(2026, 11))
    assert APRIL.window(Month(2026, 11)) == (Month(2024, 4), Month(2026, 3))


@pytest.mark.parametrize(
    ("months", "label"),
    [
        ([], ""),
        (["2026-03"], "March 2026"),
        (["2026-03", "2026-01", "2026-02"], "January–March 2026"),
        (["2025-12", "2026-01"], "December 2025–January 2026"),
        (["2026-01", "2026-02", "2026-05"], "January–February 2026, May 2026"),
    ],
)
def test_months_in_a_row_are_named_as_one_stretch(months: list[str], label: str):
    assert months_label(map(Month.parse, months)) == label
