"""On which days a rule is due: against a calendar that is walked day by day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.domain.schedules import Frequency, Schedule, schedule_words
from tests.factories import day

DAY = timedelta(days=1)
WEEKLY, MONTHLY, YEARLY = Frequency


def days(schedule: Schedule, count: int, since: str | None = None) -> list[str]:
    first = day(since) if since else schedule.start_on
    return [each.isoformat() for each in islice(schedule.days_from(first), count)]


# -- Against the calendar -----------------------------------------------------------------------------------


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    start_on = draw(st.dates(date(2023, 12, 1), date(2025, 3, 31)))
    return Schedule(
        draw(st.sampled_from(Frequency)),
        start_on,
        end_on=draw(st.none() | st.dates(start_on, start_on + 900 * DAY)),
        every=draw(st.integers(1, 7)),
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        day=draw(st.integers(1, 31)),
        month=draw(st.integers(1, 12)),
    )


def fits(schedule: Schedule, each: date) -> bool:
    """Whether a day could be one of its days, were there no interval."""
    last = monthrange(each.year, each.month)[1]
    if schedule.frequency is WEEKLY:
        return each.isoweekday() in schedule.weekdays
    is_day = each.day == min(schedule.day, last)
    return is_day and (schedule.frequency is MONTHLY or each.month == schedule.month)


def walked(schedule: Schedule, since: date, until: date) -> list[date]:
    """The days from `since` on, found by looking at every one, each week or month counted as it begins."""
    found, units, seen_first = [], 0, False
    each = schedule.start_on
    while each <= until:
        begins = each.isoweekday() == 1 if schedule.frequency is WEEKLY else each.day == 1
        units += begins and seen_first
        if fits(schedule, each):
            if not seen_first:
                seen_first = True
                units = 0
            on = schedule.frequency is YEARLY or units % schedule.every == 0
            if on and each >= since and (schedule.end_on is None or each <= schedule.end_on):
                found.append(each)
        each += DAY
    return found


@given(schedules(), st.integers(-40, 700))
def test_its_days_are_those_of_the_calendar(schedule: Schedule, later: int):
    since = schedule.start_on + later * DAY
    until = max(since, schedule.start_on) + 1200 * DAY

    found = []
    for each in schedule.days_from(since):
        if each > until:
            break
        found.append(each)

    assert found == walked(schedule, since, until)


@given(schedules(), st.dates())
def test_any_day_at_all_may_be_asked_about(schedule: Schedule, since: date):
    found = schedule.first_from(since)

    assert found is None or (found >= since and schedule.first_from(found) == found)


# -- Cases that people meet ---------------------------------------------------------------------------------


def test_the_31st_is_the_last_day_of_every_month():
    schedule = Schedule(MONTHLY, day("2024-01-15"), day=31)

    assert days(schedule, 5) == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_a_leap_day_is_28_february_in_common_years_and_comes_back():
    schedule = Schedule(YEARLY, day("2024-02-29"), day=29, month=2)

    assert days(schedule, 5) == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_an_interval_of_weeks_counts_from_the_first_day_that_fits():
    saturdays = Schedule(WEEKLY, day("2026-11-22"), every=2, weekdays=frozenset({6}))
    mondays_and_fridays = Schedule(WEEKLY, day("2026-11-25"), every=2, weekdays=frozenset({1, 5}))

    assert days(saturdays, 3) == ["2026-11-28", "2026-12-12", "2026-12-26"]
    assert days(mondays_and_fridays, 4) == ["2026-11-27", "2026-12-07", "2026-12-11", "2026-12-21"]


def test_a_quarter_counts_from_the_first_month_that_fits():
    schedule = Schedule(MONTHLY, day("2026-11-22"), every=3, day=1)

    assert days(schedule, 3) == ["2026-12-01", "2027-03-01", "2027-06-01"]


def test_the_last_day_is_included_and_nothing_comes_after_it():
    schedule = Schedule(WEEKLY, day("2026-11-23"), day("2026-11-30"), weekdays=frozenset({1}))

    assert days(schedule, 9) == ["2026-11-23", "2026-11-30"]


def test_the_calendar_ends_quietly():
    schedule = Schedule(YEARLY, day("9998-06-01"), day=1, month=1)

    assert days(schedule, 9) == ["9999-01-01"]
    assert list(Schedule(WEEKLY, date.max, weekdays=frozenset({5})).days_from(date.max)) == [date.max]


@pytest.mark.parametrize(
    "changes", [{"every": 0}, {"every": 53}, {"weekdays": frozenset()}, {"weekdays": frozenset({8})}]
)
def test_what_is_no_schedule_cannot_be_made(changes: dict[str, Any]):
    values: dict[str, Any] = {"frequency": WEEKLY, "start_on": day("2026-01-01"), "weekdays": {1}}

    with pytest.raises(ValueError, match="no"):
        Schedule(**(values | changes))


@pytest.mark.parametrize(
    ("frequency", "more", "words"),
    [
        (WEEKLY, {"weekdays": frozenset(range(1, 6))}, "Weekdays"),
        (WEEKLY, {"weekdays": frozenset(range(1, 8))}, "Every day"),
        (WEEKLY, {"weekdays": frozenset({1})}, "Every Monday"),
        (WEEKLY, {"weekdays": frozenset({1, 4, 5})}, "Every Monday, Thursday and Friday"),
        (WEEKLY, {"weekdays": frozenset({6}), "every": 2}, "Every 2 weeks on Saturday"),
        (WEEKLY, {"weekdays": frozenset(range(1, 6)), "every": 2}, "Every 2 weeks on weekdays"),
        (MONTHLY, {"day": 1}, "Every month on the 1st"),
        (MONTHLY, {"day": 22, "every": 3}, "Every 3 months on the 22nd"),
        (MONTHLY, {"day": 13}, "Every month on the 13th"),
        (MONTHLY, {"day": 31}, "Every month on the last day"),
        (YEARLY, {"day": 29, "month": 2}, "Every year on 29 February"),
    ],
)
def test_it_is_told_in_words(frequency: Frequency, more: dict[str, Any], words: str):
    assert schedule_words(Schedule(frequency, day("2026-01-01"), **more)) == words
