"""What insights ask the tables for. Each costs the same with ten entries and with a hundred thousand."""

from __future__ import annotations

from datetime import date, timedelta

from emissions.dashboard.breakdown import category_totals
from emissions.dashboard.history import History
from emissions.dashboard.pace import ENOUGH_DAYS
from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType, Entry
from emissions.domain.totals import Subject
from emissions.filters import EntryFilters, Period
from emissions.insights.comparison import PeriodComparison, Plan, compare_periods, pieces
from emissions.insights.lines import lines_of
from emissions.insights.missing import Usual, usual_of
from emissions.insights.spans import Span
from emissions.insights.what_if import Base
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository

#: Months read for a what-if or a target: the twelve copied, and those that tell whether somebody logged
#: before them.
HISTORY_MONTHS = 24
COPIED_MONTHS = 12
#: Entries read at most to know what a category is made of: about a megabyte, one request.
MOST_ENTRIES = 1000
#: How far around a month to look for what somebody usually logs.
USUAL_DAYS = 366


def read_history(user_id: str, first: Month, last: Month) -> History:
    """The totals of some months: one request."""
    return History(TotalsRepository().months(Subject.user(user_id), str(first), str(last)))


def read_comparison(user_id: str, history: History, plan: Plan) -> PeriodComparison:
    """Compare: no request where whole months meet, one where a month is cut."""
    repository = EntryRepository(user_id)
    entries: dict[Period, list[Entry] | None] = {}
    for span, days in ((plan.current, plan.current_days), (plan.earlier, plan.earlier_days)):
        for period in pieces(history, span, days):
            if period not in entries:
                found, is_all = repository.newest(period, MOST_ENTRIES)
                entries[period] = found if is_all else None
    return compare_periods(history, plan, entries)


def read_base(user_id: str, *, today: date) -> Base | None:
    """The last twelve months that are over: two requests. None while there are not four weeks of them."""
    last = Month.of(today).shift(-1)
    history = read_history(user_id, last.shift(1 - HISTORY_MONTHS), last)
    window = Span(last.shift(1 - COPIED_MONTHS), last)
    first_day = history.first_day
    if first_day is None or not any(history.month(month).entries for month in window.months):
        return None
    since = max(first_day, window.first.first_day)
    days = (last.last_day - since).days + 1
    if days < ENOUGH_DAYS:
        return None
    span = Span(Month.of(since), last)
    by_category = category_totals(history.month(month) for month in span.months)
    period = Period(span.first.first_day, last.last_day)
    entries, is_all = EntryRepository(user_id).newest(period, MOST_ENTRIES, consistent=False)
    return Base(
        span=span,
        days=days,
        lines=lines_of(by_category, entries),
        entries_read=len(entries),
        is_complete=is_all,
        read_since=min((entry.local_date for entry in entries), default=None),
    )


def read_usual(user_id: str, activity_type: ActivityType, category: str, month: Month) -> Usual | None:
    """What somebody usually logs in a category, from one page of its entries around a month."""
    around = timedelta(days=USUAL_DAYS)
    period = Period(month.first_day - around, month.last_day + around)
    filters = EntryFilters(activity_type=activity_type, category=category, period=period)
    return usual_of(EntryRepository(user_id).page(filters).items)
