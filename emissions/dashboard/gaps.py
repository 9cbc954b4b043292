"""Weeks and months without an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from emissions.dashboard.history import History
from emissions.dashboard.periods import Month, range_label

#: Days in a row without an entry before they are worth a line.
SHORTEST = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row without an entry, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """The month's name where the gap is just that month, else its days."""
        month = Month.of(self.first)
        if (self.first, self.last) == (month.first_day, month.last_day):
            return month.label
        return range_label(self.first, self.last)


def find_gaps(history: History, *, since: date, until: date, most: int) -> tuple[Gap, ...]:
    """Gaps of a week or more between the person's first entry and `until`, newest first.

    `since` is how far to look back. Days before the first entry are no gap: nobody was logging.
    """
    if history.first_day is None:
        return ()
    start = max(since, history.first_day)
    logged = sorted(day for day in history.entries if start <= day <= until)
    # A fence post at each end turns "between two days with entries" into every gap there is.
    posts = [start - timedelta(days=1), *logged, until + timedelta(days=1)]
    gaps = [
        Gap(before + timedelta(days=1), after - timedelta(days=1))
        for before, after in pairwise(posts)
        if (after - before).days > SHORTEST
    ]
    return tuple(reversed(gaps))[:most]
