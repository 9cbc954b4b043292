"""On which days something repeats: calendar days of a person, without clocks or time zones.

Standard library only. Every question is answered by arithmetic, not by walking from day to day, so a rule
that was set up years ago costs no more than one of yesterday.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
WORKDAYS = frozenset(range(1, 6))
EVERY_DAY = frozenset(range(1, 8))
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
#: The longest interval, in weeks or months.
MOST_EVERY = 52
_MONTHS = 12


class Frequency(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days that repeat, from `start_on` to `end_on`, both included; without `end_on`, for good.

    `every` is the interval in weeks (Monday to Sunday) or months, counted from that of the first day, which
    is the first that fits on or after `start_on`. Weekly ones have `weekdays`, 1 is Monday. Monthly ones have
    a `day` of the month, yearly ones a `month` as well; a day that a month lacks is its last one, so 31 is
    always the last day, and 29 February is 28 February in common years.
    """

    frequency: Frequency
    start_on: date
    end_on: date | None = None
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    day: int = 1
    month: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MOST_EVERY:
            raise ValueError(f"every {self.every} is no interval")
        if self.frequency is Frequency.WEEKLY and not (self.weekdays and self.weekdays <= EVERY_DAY):
            raise ValueError(f"{sorted(self.weekdays)} are no weekdays")
        if not (1 <= self.day <= 31 and 1 <= self.month <= _MONTHS):
            raise ValueError(f"{self.day}/{self.month} is no day of a year")

    def first_from(self, day: date) -> date | None:
        """The first of its days on or after `day`; None after the last."""
        day = max(day, self.start_on)
        try:
            found = self._first_from(day)
        except (OverflowError, ValueError):  # after the year 9999
            return None
        return None if self.end_on is not None and found > self.end_on else found

    def days_from(self, day: date) -> Iterator[date]:
        """Its days on or after `day`, in order. Without an end they go on until the calendar's."""
        found = self.first_from(day)
        while found is not None:
            yield found
            found = None if found == date.max else self.first_from(found + DAY)

    def _first_from(self, day: date) -> date:
        match self.frequency:
            case Frequency.WEEKLY:
                return self._weekly(day)
            case Frequency.MONTHLY:
                return self._monthly(day)
            case Frequency.YEARLY:
                this_year = day_of_month(day.year, self.month, self.day)
                return this_year if this_year >= day else day_of_month(day.year + 1, self.month, self.day)

    def _weekly(self, day: date) -> date:
        first = _weekday_from(self.start_on, self.weekdays)
        if day <= first:
            return first
        weeks = (_monday(day) - _monday(first)).days // 7 % self.every
        if weeks == 0:
            found = _weekday_from(day, self.weekdays)
            if _monday(found) == _monday(day):
                return found
        return _weekday_from(_monday(day) + timedelta(weeks=self.every - weeks), self.weekdays)

    def _monthly(self, day: date) -> date:
        first = _number(self.start_on)
        first += _in_month(first, self.day) < self.start_on
        number = max(first, _number(day))
        number += -(number - first) % self.every
        found = _in_month(number, self.day)
        return found if found >= day else _in_month(number + self.every, self.day)


def day_of_month(year: int, month: int, day: int) -> date:
    """That day of a month, or its last where it has no such day. Raises ValueError after the year 9999."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def schedule_words(schedule: Schedule) -> str:
    """How often, as people say it: `Weekdays`, `Every 2 weeks on Friday`, `Every month on the last day`."""
    every = schedule.every
    match schedule.frequency:
        case Frequency.WEEKLY:
            days = "weekdays" if schedule.weekdays == WORKDAYS else _weekday_words(schedule.weekdays)
            if every > 1:
                return f"Every {every} weeks on {days}"
            if schedule.weekdays == WORKDAYS:
                return "Weekdays"
            return "Every day" if schedule.weekdays == EVERY_DAY else f"Every {days}"
        case Frequency.MONTHLY:
            months = "Every month" if every == 1 else f"Every {every} months"
            return f"{months} on the {_day_words(schedule.day)}"
        case Frequency.YEARLY:
            return f"Every year on {schedule.day} {MONTH_NAMES[schedule.month - 1]}"


def _weekday_words(weekdays: frozenset[int]) -> str:
    names = [WEEKDAY_NAMES[weekday - 1] for weekday in sorted(weekdays)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _day_words(day: int) -> str:
    if day == 31:
        return "last day"
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _monday(day: date) -> date:
    return day - (day.isoweekday() - 1) * DAY


def _weekday_from(day: date, weekdays: frozenset[int]) -> date:
    """The first such weekday on or after a day."""
    return day + min((weekday - day.isoweekday()) % 7 for weekday in weekdays) * DAY


def _number(day: date) -> int:
    return day.year * _MONTHS + day.month - 1


def _in_month(number: int, day: int) -> date:
    year, month = divmod(number, _MONTHS)
    return day_of_month(year, month + 1, day)
