"""Reporting years: twelve months that begin where an organization says, and how pages name months."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from emissions.dashboard.periods import Month

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class ReportingYear:
    """Twelve months from `start` on, named by the calendar year in which they begin."""

    start: Month

    @classmethod
    def beginning(cls, year: int, *, begins_in: int) -> ReportingYear:
        """The one that begins in a calendar year; `begins_in` is the number of its first month."""
        return cls(Month(year, begins_in))

    @classmethod
    def containing(cls, month: Month, *, begins_in: int) -> ReportingYear:
        return cls(Month(month.year if month.number >= begins_in else month.year - 1, begins_in))

    @property
    def year(self) -> int:
        """As in URLs and targets: the calendar year in which it begins."""
        return self.start.year

    @property
    def last(self) -> Month:
        return self.start.shift(MONTHS_A_YEAR - 1)

    @property
    def previous(self) -> ReportingYear:
        return ReportingYear(self.start.shift(-MONTHS_A_YEAR))

    @property
    def following(self) -> ReportingYear:
        return ReportingYear(self.start.shift(MONTHS_A_YEAR))

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(self.start.until(self.last))

    def __contains__(self, month: Month) -> bool:
        return self.start <= month <= self.last

    def months_so_far(self, running: Month) -> tuple[Month, ...]:
        """Those that have begun, when `running` is the month of today."""
        return tuple(month for month in self.months if month <= running)

    def window(self, running: Month) -> tuple[Month, Month]:
        """First and last month that its dashboard reads: those of this year so far and the year before."""
        return self.previous.start, min(self.last, running)

    @property
    def label(self) -> str:
        """`2026` for a calendar year, else `2025/26`."""
        return str(self.year) if self.start.number == 1 else f"{self.year}/{self.last.year % 100:02d}"

    @property
    def period_label(self) -> str:
        """`January–December 2026`, `April 2025–March 2026`."""
        return months_label(self.months)


def months_label(months: Iterable[Month]) -> str:
    """Months in words, those in a row as one stretch: `January–March 2026, June 2026`."""
    stretches: list[list[Month]] = []
    for month in sorted(set(months)):
        if stretches and stretches[-1][-1].shift(1) == month:
            stretches[-1].append(month)
        else:
            stretches.append([month])
    return ", ".join(_stretch_label(stretch[0], stretch[-1]) for stretch in stretches)


def _stretch_label(first: Month, last: Month) -> str:
    if first == last:
        return first.label
    return f"{first.name if first.year == last.year else first.label}–{last.label}"
