"""Months with nothing in a category that usually has something, and what to fill in for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median_low

from emissions.dashboard.breakdown import CategoryKey
from emissions.dashboard.history import History
from emissions.dashboard.periods import Month
from emissions.domain.entries import Entry
from emissions.factors.categories import category_label

#: How far to look back, in months that are over.
WINDOW_MONTHS = 12
#: A category is usual when it has something in so many months since it was first logged, and when those
#: without are few: a fifth, and one in any case. What stops for good drops out after a while, and what
#: belongs to a season never comes in.
USUAL_MONTHS = 3
MONTHS_FOR_EACH_MISSING = 5


@dataclass(frozen=True, slots=True)
class Missing:
    """A month that is over, without anything in a category that usually has something."""

    activity_type: str
    category: str
    month: Month
    months_with: int
    months: int

    @property
    def label(self) -> str:
        return category_label(self.activity_type, self.category)


def find_missing(history: History, *, today: date) -> tuple[Missing, ...]:
    """What seems to be missing in the last twelve months that are over: the newest month first."""
    last = Month.of(today).shift(-1)
    window = tuple(last.shift(1 - WINDOW_MONTHS).until(last))
    logged = {month: history.month(month).by_category() for month in window}
    found: list[Missing] = []
    for key in sorted({key for categories in logged.values() for key in categories}):
        found += _of_category(key, [(month, bool(logged[month].get(key))) for month in window])
    return tuple(sorted(found, key=lambda each: (each.month, each.months_with), reverse=True))


def _of_category(key: CategoryKey, months: Sequence[tuple[Month, bool]]) -> list[Missing]:
    first = next((index for index, (_month, has) in enumerate(months) if has), len(months))
    since = months[first:]
    having = sum(has for _month, has in since)
    lacking = len(since) - having
    if having < USUAL_MONTHS or lacking > max(1, len(since) // MONTHS_FOR_EACH_MISSING):
        return []
    return [Missing(*key, month, having, len(since)) for month, has in since if not has]


@dataclass(frozen=True, slots=True)
class Usual:
    """What somebody usually logs in a category: its choice, unit, middle amount, and day of the month."""

    variant: str
    unit: str
    amount: Decimal
    people: int
    day: int

    def on(self, month: Month) -> date:
        """The usual day, in a month that may be shorter."""
        return month.first_day.replace(day=min(self.day, month.days))


def usual_of(entries: Sequence[Entry]) -> Usual | None:
    """Learned from entries of one category, newest first: the most common choice, as it was logged."""
    if not entries:
        return None
    ways = Counter((entry.variant, entry.unit, entry.people) for entry in entries)
    (variant, unit, people), _count = ways.most_common(1)[0]
    alike = [e for e in entries if (e.variant, e.unit, e.people) == (variant, unit, people)]
    return Usual(
        variant=variant,
        unit=unit,
        amount=median_low(entry.amount for entry in alike),
        people=people,
        day=median_low(entry.local_date.day for entry in alike),
    )
