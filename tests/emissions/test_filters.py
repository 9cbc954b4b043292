"""Periods of a list."""

from __future__ import annotations

from datetime import date

import pytest

from emissions.filters import Period


@pytest.mark.parametrize(
    ("text", "first_on", "last_on"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_or_a_year_is_its_days(text: str, first_on: date, last_on: date):
    assert Period.parse(text) == Period(first_on, last_on)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "0000", "0000-01", "26", "2026-1", "2026-11-01", "٢٠٢٦", "2026\n", "x"]
)
def test_anything_else_is_no_period(text: str):
    with pytest.raises(ValueError, match=r"."):
        Period.parse(text)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends before it begins"):
        Period(date(2026, 11, 2), date(2026, 11, 1))


def test_both_ends_belong_to_a_period_and_an_open_end_has_no_limit():
    period = Period(date(2026, 11, 1), date(2026, 11, 2))

    assert [date(2026, 10, 31) in period, date(2026, 11, 1) in period] == [False, True]
    assert [date(2026, 11, 2) in period, date(2026, 11, 3) in period] == [True, False]
    assert date(1990, 1, 1) in Period(last_on=date(2026, 11, 1))
    assert date(9999, 1, 1) in Period(first_on=date(2026, 11, 1))
