"""A person's totals laid out by month and by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.dashboard.periods import Month, each_day
from emissions.domain.totals import MonthTotals, day_counter, day_entries_counter

ZERO = Decimal(0)

#: Each day of a month with the names of its counters.
_DAYS = [(day, day_counter(day), day_entries_counter(day)) for day in range(1, 32)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive days and what was logged on them. `kg` is kg CO2e."""

    first: date
    last: date
    kg: Decimal
    entries: int
    days_with_entries: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class History:
    """Totals of consecutive months, read once into days. A month or day that is not there is empty."""

    def __init__(self, totals: Sequence[MonthTotals]) -> None:
        self.months = {Month.parse(month.month): month for month in totals}
        self.kg: dict[date, Decimal] = {}
        self.entries: dict[date, int] = {}
        for month, values in self.months.items():
            self._read_days(month, values)

    def _read_days(self, month: Month, totals: MonthTotals) -> None:
        for number, kg_counter, entries_counter in _DAYS:
            kg, entries = totals.counters.get(kg_counter, ZERO), totals.counters.get(entries_counter, ZERO)
            if kg or entries:
                day = date(month.year, month.number, number)
                self.kg[day] = kg
                if entries > 0:
                    self.entries[day] = int(entries)

    @property
    def is_empty(self) -> bool:
        return not self.entries

    @property
    def first_day(self) -> date | None:
        """The earliest day with an entry in these months."""
        return min(self.entries, default=None)

    def month(self, month: Month) -> MonthTotals:
        return self.months.get(month) or MonthTotals(str(month), {})

    def stretch(self, first: date, last: date) -> Stretch:
        """What was logged from `first` to `last`, both included, exact from the day counters."""
        days = [day for day in each_day(first, last) if day in self.entries]
        return Stretch(
            first=first,
            last=last,
            kg=sum((self.kg.get(day, ZERO) for day in days), ZERO),
            entries=sum(self.entries[day] for day in days),
            days_with_entries=len(days),
        )
