"""One month against another, on equal days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.dashboard.history import History, Stretch
from emissions.dashboard.periods import Month


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first days of a month against as many first days of an earlier one.

    Both stretches have the same number of days: a month that is still running, and February against March,
    would otherwise look better or worse than they are.
    """

    month: Month
    other: Month
    current: Stretch
    earlier: Stretch
    days_so_far: int

    @property
    def days(self) -> int:
        return self.current.days

    @property
    def is_known(self) -> bool:
        """Whether there is something to compare: nothing logged then is not the same as nothing emitted."""
        return self.earlier.entries > 0 and self.current.entries > 0

    @property
    def change_kg(self) -> Decimal:
        return self.current.kg - self.earlier.kg

    @property
    def absolute_change_kg(self) -> Decimal:
        return abs(self.change_kg)

    @property
    def is_shortened(self) -> bool:
        """Whether days of the current month are left out because the earlier month has fewer."""
        return self.days == self.other.days < self.days_so_far

    @property
    def change_percent(self) -> Decimal | None:
        """Signed change in percent; None where the earlier days came to 0 kg, of which nothing is a share."""
        if self.earlier.kg <= 0:
            return None
        return self.change_kg / self.earlier.kg * 100

    @property
    def direction(self) -> str:
        if self.change_kg == 0:
            return "same"
        return "less" if self.change_kg < 0 else "more"

    @property
    def earlier_label(self) -> str:
        """`the first 22 days of October 2026`, `all of February 2026`."""
        return days_label(self.other, self.days)

    @property
    def current_label(self) -> str:
        return days_label(self.month, self.days)


def days_label(month: Month, days: int) -> str:
    """Name the first days of a month in words."""
    if days == month.days:
        return f"all of {month.label}"
    return f"the first day of {month.label}" if days == 1 else f"the first {days} days of {month.label}"


def compare(history: History, *, month: Month, other: Month, until: date) -> Comparison:
    """Compare `month` up to `until` with `other`, over the first days that both have."""
    so_far = until.day if Month.of(until) == month else month.days
    days = min(so_far, other.days)
    return Comparison(
        month=month,
        other=other,
        current=_first_days(history, month, days),
        earlier=_first_days(history, other, days),
        days_so_far=so_far,
    )


def _first_days(history: History, month: Month, days: int) -> Stretch:
    return history.stretch(month.first_day, month.first_day.replace(day=days))
