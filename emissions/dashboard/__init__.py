"""The dashboard: what a person's monthly totals say, computed from them alone.

Everything here is pure: totals and a day go in, figures come out. Nothing reads entries, so the cost is the
same for ten of them and for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from emissions.dashboard.breakdown import Share, category_totals, shares
from emissions.dashboard.comparison import Comparison, compare
from emissions.dashboard.gaps import Gap, find_gaps
from emissions.dashboard.history import History, Stretch
from emissions.dashboard.pace import YEAR, Pace, PaceKind, yearly_pace
from emissions.dashboard.periods import Month
from emissions.domain.totals import MonthTotals

__all__ = ["HISTORY_MONTHS", "Dashboard", "Gap", "Month", "Pace", "PaceKind", "build_dashboard"]

#: Months read for a dashboard: the twelve shown, and as many before them for the year that came earlier.
HISTORY_MONTHS = 24
SHOWN_MONTHS = 12
MOST_SHARES = 8
MOST_SOURCES = 12
MOST_GAPS = 4


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Figures of one month and of the year that ends with it. All kg are kg CO2e.

    `until` is the last day that counts: today in the current month, else the month's last.
    """

    month: Month
    today: date
    until: date
    history: History
    logged_days: Stretch
    previous_month: Comparison
    previous_year: Comparison
    months: tuple[tuple[Month, MonthTotals], ...]
    shares: tuple[Share, ...]
    sources: tuple[Share, ...]
    year_kg: Decimal
    pace: Pace
    gaps: tuple[Gap, ...]

    @property
    def is_current(self) -> bool:
        """Whether the month is still running, so that its figures are "so far"."""
        return self.month == Month.of(self.today)

    @property
    def totals(self) -> MonthTotals:
        """The month's own totals: all that was logged in it, an activity dated tomorrow included."""
        return self.history.month(self.month)

    @property
    def is_first_month(self) -> bool:
        """Nothing is older than this month: there is nothing to compare with, and the year is the month."""
        first_day = self.history.first_day
        return first_day is not None and first_day >= self.month.first_day

    @property
    def is_new(self) -> bool:
        """Nobody has logged anything in two years up to today: time to teach the first step."""
        return self.is_current and self.history.is_empty


def build_dashboard(totals: Sequence[MonthTotals], *, month: Month, today: date) -> Dashboard:
    """Compute the dashboard of `month` from the totals of the `HISTORY_MONTHS` that end with it."""
    history = History(totals)
    until = min(today, month.last_day)
    year_so_far = [history.month(each) for each in Month(month.year, 1).until(month)]
    return Dashboard(
        month=month,
        today=today,
        until=until,
        history=history,
        logged_days=history.stretch(month.first_day, until),
        previous_month=compare(history, month=month, other=month.shift(-1), until=until),
        previous_year=compare(history, month=month, other=month.shift(-12), until=until),
        months=tuple((each, history.month(each)) for each in month.shift(1 - SHOWN_MONTHS).until(month)),
        shares=shares(category_totals([history.month(month)]), most=MOST_SHARES),
        sources=shares(category_totals(year_so_far), most=MOST_SOURCES),
        year_kg=sum((each.co2_emissions for each in year_so_far), Decimal(0)),
        pace=yearly_pace(history, until=until),
        gaps=find_gaps(history, since=until - timedelta(days=YEAR - 1), until=until, most=MOST_GAPS),
    )
