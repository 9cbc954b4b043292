"""Totals as the product would have written them, from a few words about each entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

from emissions.dashboard import HISTORY_MONTHS, Dashboard, build_dashboard
from emissions.dashboard.history import History
from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType, Entry
from emissions.domain.totals import MonthTotals, Subject, totals_deltas
from tests.factories import USER_ID, make_entry

TODAY = date(2026, 11, 22)


def entry_on(
    day: str | date,
    kg: str | Decimal = "1",
    category: str = "transportation/car",
    *,
    user_id: str = USER_ID,
    number: int = 1,
) -> Entry:
    """An entry of `kg` kg CO2e on a day, `energy/electricity` for example."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    activity_type, _, name = category.partition("/")
    return make_entry(
        number,
        user_id=user_id,
        occurred_at=datetime.combine(on, time(12), UTC),
        local_date=on,
        activity_type=ActivityType(activity_type),
        category=name,
        co2_emissions=Decimal(kg),
    )


def totals_of(entries: Iterable[Entry]) -> list[MonthTotals]:
    deltas = [delta for delta in totals_deltas(added=entries) if delta.subject == Subject.user(USER_ID)]
    return [MonthTotals(delta.month, delta.counters) for delta in deltas]


def history_of(*entries: Entry) -> History:
    return History(totals_of(entries))


def dashboard_of(*entries: Entry, month: str = "2026-11", today: date = TODAY) -> Dashboard:
    """The dashboard of a month from the entries in its window, as the view builds it."""
    shown = Month.parse(month)
    window = {str(each) for each in shown.shift(1 - HISTORY_MONTHS).until(shown)}
    totals = [totals for totals in totals_of(entries) if totals.month in window]
    return build_dashboard(totals, month=shown, today=today)
