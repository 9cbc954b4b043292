"""Stretches of whole months, and how much of one is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from emissions.dashboard.periods import Month, range_label

#: Months, quarters and years differ by this many days at most; further apart, totals are not alike.
ALIKE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar months from `first` to `last`, both included. Raises ValueError where they are the wrong way
    round.
    """

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a span ends before it begins")

    @classmethod
    def year(cls, year: int) -> Span:
        return cls(Month(year, 1), Month(year, 12))

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(self.first.until(self.last))

    @property
    def days(self) -> int:
        return (self.last.last_day - self.first.first_day).days + 1

    def elapsed(self, today: date) -> int:
        """How many of its days have come, today included."""
        return min(self.days, (today - self.first.first_day).days + 1)

    def is_unfinished(self, today: date) -> bool:
        return today < self.last.last_day

    def is_alike(self, other: Span) -> bool:
        """Whether both are as long, but for the days that calendar months, quarters and years differ by."""
        return abs(self.days - other.days) <= ALIKE_DAYS

    def day(self, number: int) -> date:
        """Its day of that number, from 1."""
        return self.first.first_day + timedelta(days=number - 1)

    @property
    def label(self) -> str:
        """`November 2026`, `2026`, `January–March 2026`, `November 2025–January 2026`."""
        if self.first == self.last:
            return self.first.label
        if self == Span.year(self.first.year):
            return str(self.first.year)
        begins = self.first.name if self.first.year == self.last.year else self.first.label
        return f"{begins}–{self.last.label}"

    def days_label(self, days: int) -> str:
        """Its first days in words: its name where these are all, else `1–22 November 2026`."""
        return self.label if days >= self.days else range_label(self.first.first_day, self.day(days))


def compare_query(current: Span, earlier: Span) -> dict[str, str]:
    """Two spans as the address of their comparison says them."""
    return {
        "first": str(current.first),
        "last": str(current.last),
        "other_first": str(earlier.first),
        "other_last": str(earlier.last),
    }
