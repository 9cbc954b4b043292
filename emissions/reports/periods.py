"""The months that a report is about: a year, a quarter, or any months in a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from emissions.dashboard.periods import Month
from emissions.days import EARLIEST_DAY
from emissions.work.years import MONTHS_A_YEAR, ReportingYear, months_label

#: Longer periods are several reports: a column for each month has to fit on a page.
MOST_MONTHS = 36
QUARTER = 3
EARLIER_YEARS = 4
_CHOICE = re.compile(r"(\d{4})(?:-Q([1-4]))?", re.ASCII)
_SLUG = re.compile(r"(\d{4}-\d{2})_(\d{4}-\d{2})", re.ASCII)


class PeriodRefused(ValueError):
    """Months that no report can be about; the message is a sentence for people, `field` where it belongs."""

    def __init__(self, message: str, field: str = "period") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """From the first to the last month, both included. `begins_in` is the month in which years begin.

    `running` is the month of today: what lies after it has not begun and is never counted.
    """

    first: Month
    last: Month
    running: Month
    begins_in: int = 1

    @property
    def months(self) -> tuple[Month, ...]:
        """Those that have begun."""
        return tuple(self.first.until(min(self.last, self.running)))

    @property
    def ahead(self) -> tuple[Month, ...]:
        """Those that have not."""
        return tuple(month for month in self.first.until(self.last) if month > self.running)

    @property
    def is_unfinished(self) -> bool:
        return self.last >= self.running

    @property
    def length(self) -> int:
        """How many months, those ahead included."""
        return (self.last.year - self.first.year) * MONTHS_A_YEAR + self.last.number - self.first.number + 1

    @property
    def earlier(self) -> tuple[Month, ...]:
        """The same months a year before; empty where they would be part of the period itself."""
        if self.length > MONTHS_A_YEAR:
            return ()
        return tuple(month.shift(-MONTHS_A_YEAR) for month in self.months)

    @property
    def _year(self) -> ReportingYear:
        return ReportingYear.containing(self.first, begins_in=self.begins_in)

    @property
    def is_year(self) -> bool:
        return (self.first, self.last) == (self._year.start, self._year.last)

    @property
    def _quarter(self) -> int:
        """From 1 to 4 where the period is one, else 0."""
        offset = (self.first.number - self.begins_in) % MONTHS_A_YEAR
        return offset // QUARTER + 1 if self.length == QUARTER and offset % QUARTER == 0 else 0

    @property
    def label(self) -> str:
        """`2026`, `2025/26`, `Q2 2026`, `March–May 2026`."""
        if self.is_year:
            return self._year.label
        return f"Q{self._quarter} {self._year.label}" if self._quarter else self.months_label

    @property
    def months_label(self) -> str:
        return months_label(self.first.until(self.last))

    @property
    def full_label(self) -> str:
        """The name and its months: `2025 (January–December 2025)`.

        Of a period that is not over, those that have begun: `2026 so far (January–November 2026)`.
        """
        so_far = " so far" if self.is_unfinished else ""
        months = months_label(self.months)
        return f"{months}{so_far}" if self.label == self.months_label else f"{self.label}{so_far} ({months})"

    @property
    def choice(self) -> str:
        """As the select says it; empty for months that are neither a year nor a quarter."""
        if self.is_year:
            return f"{self._year.year}"
        return f"{self._year.year}-Q{self._quarter}" if self._quarter else ""

    @property
    def params(self) -> dict[str, str]:
        """The period in an address."""
        if self.choice:
            return {"period": self.choice}
        return {"since": str(self.first), "until": str(self.last)}

    @property
    def slug(self) -> str:
        """The period in the name of a prepared report: `2026-01_2026-12`."""
        return f"{self.first}_{self.last}"


def default_period(today: date, *, begins_in: int = 1) -> ReportPeriod:
    """The year that is running."""
    running = Month.of(today)
    year = ReportingYear.containing(running, begins_in=begins_in)
    return ReportPeriod(year.start, year.last, running, begins_in)


def read_period(params: Mapping[str, str], today: date, *, begins_in: int = 1) -> ReportPeriod:
    """`period=2026`, `period=2026-Q2`, or `since=2026-03&until=2026-05`, which goes first.

    Years and quarters are those of reporting years. Raises PeriodRefused.
    """
    since, until = params.get("since", "").strip(), params.get("until", "").strip()
    if since or until:
        first = _month(since, "since")
        return months_period(first, _month(until, "until"), today, begins_in=begins_in)
    chosen = params.get("period", "")
    if not chosen:
        return default_period(today, begins_in=begins_in)
    match = _CHOICE.fullmatch(chosen)
    if match is None:
        raise PeriodRefused("Choose a period from the list.")
    year, quarter = int(match[1]), match[2]
    if not EARLIEST_DAY.year - 1 <= year <= today.year:
        raise PeriodRefused(f"Choose a year from {EARLIEST_DAY.year} to {today.year}.")
    start = ReportingYear.beginning(year, begins_in=begins_in).start
    if quarter is not None:
        start = start.shift((int(quarter) - 1) * QUARTER)
    length = MONTHS_A_YEAR if quarter is None else QUARTER
    return months_period(start, start.shift(length - 1), today, begins_in=begins_in)


def read_slug(slug: str, today: date, *, begins_in: int = 1) -> ReportPeriod:
    """The period of a `ReportPeriod.slug`. Raises PeriodRefused."""
    match = _SLUG.fullmatch(slug)
    if match is None:
        raise PeriodRefused("There is no such report.")
    first, last = _month(match[1], "period"), _month(match[2], "period")
    return months_period(first, last, today, begins_in=begins_in)


def months_period(first: Month, last: Month, today: date, *, begins_in: int = 1) -> ReportPeriod:
    """The months from the first to the last. Raises PeriodRefused for what no report can be about."""
    running = Month.of(today)
    if last < first:
        raise PeriodRefused("The last month is before the first one.", "until")
    if first > running:
        raise PeriodRefused("That has not begun yet. Choose an earlier month.", "since")
    if last < Month.of(EARLIEST_DAY):
        raise PeriodRefused(f"Choose months in {EARLIEST_DAY.year} or later.", "since")
    period = ReportPeriod(first, last, running, begins_in)
    if period.length > MOST_MONTHS:
        raise PeriodRefused(
            f"A report has at most {MOST_MONTHS} months. Make several of a longer time.", "until"
        )
    return period


def period_choices(today: date, *, begins_in: int = 1) -> Iterator[tuple[str, str]]:
    """What the select offers: this year and those before, then the quarters of the last two years."""
    running = Month.of(today)
    this_year = ReportingYear.containing(running, begins_in=begins_in)
    for year in range(this_year.year, this_year.year - EARLIER_YEARS - 1, -1):
        each = ReportingYear.beginning(year, begins_in=begins_in)
        so_far = " so far" if running in each and running < each.last else ""
        yield str(year), f"{each.label}{so_far}"
    for each in (this_year, this_year.previous):
        for quarter in (4, 3, 2, 1):
            start = each.start.shift((quarter - 1) * QUARTER)
            if start <= running:
                period = ReportPeriod(start, start.shift(QUARTER - 1), running, begins_in)
                yield period.choice, f"Q{quarter} {each.label} ({period.months_label})"


def _month(text: str, field: str) -> Month:
    if not text:
        raise PeriodRefused("Choose both months.", field)
    try:
        return Month.parse(text)
    except ValueError as error:
        raise PeriodRefused("Write the month as year and number, such as 2026-03.", field) from error
