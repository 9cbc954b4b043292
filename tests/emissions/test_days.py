"""The person's day: wall clocks, gaps, folds, and what counts as a sensible day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from carbontrack import clock
from emissions.days import check_day, local_today, to_utc, utc_range, zone
from emissions.errors import DayOutOfRange, TimeZoneUnknown


def test_half_past_eleven_on_new_years_eve_in_los_angeles_is_january_in_utc():
    moment = to_utc(date(2024, 12, 31), time(23, 30), "America/Los_Angeles")

    assert moment == datetime(2025, 1, 1, 7, 30, tzinfo=UTC)


def test_an_hour_the_clock_skips_is_read_with_the_offset_before_the_change():
    moment = to_utc(date(2024, 3, 31), time(2, 30), "Europe/Berlin")

    assert moment == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    assert moment.astimezone(zone("Europe/Berlin")).time() == time(3, 30)


def test_an_hour_the_clock_shows_twice_is_its_first_showing():
    moment = to_utc(date(2024, 10, 27), time(2, 30), "Europe/Berlin")

    assert moment == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


def test_a_clock_that_knows_it_is_the_second_showing_is_believed():
    second = datetime(2024, 10, 27, 1, 30, tzinfo=UTC)

    local = second.astimezone(zone("Europe/Berlin"))

    assert (local.time(), local.fold) == (time(2, 30), 1)
    assert to_utc(local.date(), local.time(), "Europe/Berlin") == second


def test_moments_are_to_the_second():
    assert to_utc(date(2024, 3, 15), time(10, 30, 15, 999), "UTC") == datetime(
        2024, 3, 15, 10, 30, 15, tzinfo=UTC
    )


def test_today_is_the_day_on_the_persons_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 10, 30, tzinfo=UTC))

    assert local_today("Pacific/Kiritimati") == date(2026, 11, 23)
    assert local_today("UTC") == date(2026, 11, 22)
    assert local_today("Pacific/Pago_Pago") == date(2026, 11, 21)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "UTC\x00", "a" * 5000]
)
def test_an_unknown_time_zone_is_refused_with_a_sentence(name: str):
    with pytest.raises(TimeZoneUnknown) as refused:
        zone(name)

    assert refused.value.message == "We do not know this time zone. Choose one in your settings."


def test_tomorrow_may_be_logged_and_the_day_after_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 23, 30, tzinfo=UTC))

    check_day(date(2026, 11, 24), "Europe/Berlin")  # it is the 23rd there
    with pytest.raises(DayOutOfRange) as refused:
        check_day(date(2026, 11, 25), "Europe/Berlin")

    assert refused.value.message == "This day has not come yet. Choose today or an earlier day."
    assert refused.value.field == "date"


def test_days_before_1990_are_refused():
    check_day(date(1990, 1, 1), "UTC")
    with pytest.raises(DayOutOfRange) as refused:
        check_day(date(1989, 12, 31), "UTC")

    assert refused.value.message == "Choose a day in 1990 or later."


@pytest.mark.parametrize(
    "time_zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Etc/GMT-14", "America/Los_Angeles"]
)
@pytest.mark.parametrize("clock_time", [time(0, 0), time(23, 59, 59)])
def test_the_range_of_a_day_holds_its_first_and_last_second_anywhere(time_zone: str, clock_time: time):
    day = date(2024, 12, 31)

    start, end = utc_range(day, day)

    assert start <= to_utc(day, clock_time, time_zone) <= end
