"""Calendar months and stretches of days, and how pages name them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month; `str()` is the form in URLs and in sort keys, `2026-03`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-03`. Raises ValueError for anything else, and for years nobody means (before 1970)."""
        if not _MONTH.fullmatch(text):
            raise ValueError(f"not a month: {text!r}")
        month = cls(int(text[:4]), int(text[5:]))
        if not (1 <= month.number <= 12 and 1970 <= month.year < 9999):
            raise ValueError(f"not a month: {text!r}")
        return month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def shift(self, months: int) -> Month:
        years, number = divmod(self.number - 1 + months, 12)
        return Month(self.year + years, number + 1)

    def until(self, last: Month) -> Iterator[Month]:
        """This month and all following ones, up to and including `last`."""
        month = self
        while month <= last:
            yield month
            month = month.shift(1)

    @property
    def days(self) -> int:
        return monthrange(self.year, self.number)[1]

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, self.days)

    @property
    def name(self) -> str:
        return f"{self.first_day:%B}"

    @property
    def short_name(self) -> str:
        return f"{self.first_day:%b}"

    @property
    def label(self) -> str:
        return f"{self.first_day:%B %Y}"


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included; nothing when `last` is before `first`."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def day_label(day: date) -> str:
    """`22 November 2026`, the order that is read the same everywhere."""
    return f"{day.day} {day:%B %Y}"


def range_label(first: date, last: date) -> str:
    """`3–16 October 2026`, `28 September – 4 October 2026`, or with both years where they differ."""
    if first == last:
        return day_label(first)
    if first.year != last.year:
        return f"{day_label(first)} – {day_label(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%B} – {day_label(last)}"
    return f"{first.day}–{day_label(last)}"
