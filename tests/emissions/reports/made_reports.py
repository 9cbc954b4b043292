"""Reports from a few words: entries or work in, a document out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from emissions.domain.entries import ActivityType, Entry, Scope, WorkEntry
from emissions.domain.totals import MonthTotals
from emissions.reports.document import Document, Row, Table
from emissions.reports.ledger import Ledger
from emissions.reports.periods import ReportPeriod, read_period
from emissions.reports.personal import personal_document
from emissions.reports.personal_figures import PersonalFigures
from tests.emissions.made_totals import totals_of
from tests.factories import NOW, make_factor, make_profile

TODAY = date(2026, 11, 22)


def period_of(params: Mapping[str, str], *, today: date = TODAY, begins_in: int = 1) -> ReportPeriod:
    return read_period(params, today, begins_in=begins_in)


def month_totals(period: ReportPeriod, totals: Sequence[MonthTotals]) -> list[MonthTotals]:
    by_month = {each.month: each for each in totals}
    return [by_month.get(str(month), MonthTotals(str(month), {})) for month in period.months]


def personal_report(
    entries: Sequence[Entry], *, at_hand: Sequence[Entry] | None = None, prepared_at: Any = NOW, **params: str
) -> Document:
    """The report of entries; `at_hand` are those that are not archived."""
    period = period_of(params or {"period": "2025"})
    ledger = Ledger()
    for entry in entries if at_hand is None else at_hand:
        ledger.add(entry)
    profile = make_profile(name="Ada", region="gb")
    totals = month_totals(period, totals_of(entries))
    return personal_document(
        PersonalFigures(profile, period, totals, [], ledger, []), prepared_at=prepared_at
    )


def table(document: Document, name: str) -> Table:
    return next(each for each in document.tables if each.name == name)


def rows_of(document: Document, name: str) -> dict[Any, Row]:
    """The rows of a table by what stands first in them."""
    return {row.cells[0]: row for row in table(document, name).rows}


def work_entry(
    person: str, factor: str, kg: str = "1", category: str = "car", month: str = "2025-03", **changes: Any
) -> WorkEntry:
    """One entry of a person, a letter, weighed with a factor, a word."""
    day = date.fromisoformat(f"{month}-15")
    values: dict[str, Any] = {
        "organization_id": "ACME",
        "department_id": "SALES",
        "user_id": person,
        "entry_id": person,
        "occurred_at": NOW,
        "local_date": day,
        "activity_type": ActivityType.TRANSPORTATION,
        "category": category,
        "variant": factor,
        "amount": Decimal(1),
        "unit": "km",
        "co2_emissions": Decimal(kg),
        "scope": Scope.ONE,
        "factor": make_factor(id=f"transportation.{category}.{factor}.gb", name=factor),
        "version": 1,
    }
    return WorkEntry(**(values | changes))
