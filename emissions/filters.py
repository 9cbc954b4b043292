"""What a list of entries may be narrowed to. Standard library only."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from emissions.domain.entries import ActivityType

_YEAR = re.compile(r"(\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days of the person, both ends included. An end that is None is open.

    Raises ValueError when the last day is before the first.
    """

    first_on: date | None = None
    last_on: date | None = None

    def __post_init__(self) -> None:
        if self.first_on is not None and self.last_on is not None and self.last_on < self.first_on:
            raise ValueError("a period ends before it begins")

    @classmethod
    def year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def parse(cls, text: str) -> Period:
        """A month `2026-11` or a year `2026`. Raises ValueError for anything else."""
        if match := _MONTH.fullmatch(text):
            return cls.month(int(match[1]), int(match[2]))
        if match := _YEAR.fullmatch(text):
            return cls.year(int(match[1]))
        raise ValueError(f"neither a month nor a year: {text!r}")

    def __contains__(self, day: date) -> bool:
        return (self.first_on is None or self.first_on <= day) and (
            self.last_on is None or day <= self.last_on
        )

    def __str__(self) -> str:
        return f"{self.first_on or ''}/{self.last_on or ''}"


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """An entry must meet all of them; None means any. `work`: only work entries, or only personal ones."""

    activity_type: ActivityType | None = None
    category: str | None = None
    period: Period | None = None
    work: bool | None = None
