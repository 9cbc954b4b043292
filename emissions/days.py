"""The day of an entry is the person's day: from a wall clock and a time zone to UTC, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.time_zones import zone_or_utc
from carbontrack import clock
from emissions.errors import DayOutOfRange, TimeZoneUnknown

#: No place is further than this from UTC, so a range of days widened by it holds every entry of those days.
FURTHEST_FROM_UTC = timedelta(hours=14)
#: The base year of the Kyoto Protocol and of most national targets: nobody compares with an earlier one.
EARLIEST_DAY = date(1990, 1, 1)


def zone(time_zone: str) -> ZoneInfo:
    """The IANA time zone of that name, to save something in. Raises TimeZoneUnknown."""
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:  # unknown; not a name; a folder of the database
        raise TimeZoneUnknown(
            "We do not know this time zone. Choose one in your settings.", field="time_zone"
        ) from error


def local_now(time_zone: str) -> datetime:
    """The wall clock of a person, to the second."""
    return clock.now().astimezone(zone_or_utc(time_zone)).replace(microsecond=0)


def local_today(time_zone: str) -> date:
    """The calendar day it is for a person."""
    return local_now(time_zone).date()


def to_utc(local_date: date, local_time: time, time_zone: str) -> datetime:
    """The moment, in UTC to the second, at which a person's clock showed this day and time.

    An hour that a clock shows twice (autumn) is its first showing, unless `local_time.fold` is 1. An hour
    that it skips (spring) is read with the offset before the change, as a clock that nobody has put forward
    yet would show it.
    """
    wall_clock = datetime.combine(local_date, local_time.replace(microsecond=0, tzinfo=None))
    return wall_clock.replace(tzinfo=zone(time_zone)).astimezone(UTC)


def check_day(local_date: date, time_zone: str) -> None:
    """Raise DayOutOfRange for a day after tomorrow or before 1990.

    Tomorrow is allowed: a traveler's clock may be ahead of the time zone in the settings.
    """
    if local_date > local_today(time_zone) + timedelta(days=1):
        raise DayOutOfRange("This day has not come yet. Choose today or an earlier day.", field="date")
    if local_date < EARLIEST_DAY:
        raise DayOutOfRange(f"Choose a day in {EARLIEST_DAY.year} or later.", field="date")


def utc_range(first_on: date, last_on: date) -> tuple[datetime, datetime]:
    """UTC moments between which every entry of these local days lies, in any time zone, and some others."""
    start = datetime.combine(first_on, time.min, UTC) - FURTHEST_FROM_UTC
    end = datetime.combine(last_on, time(23, 59, 59), UTC) + FURTHEST_FROM_UTC
    return start, end
