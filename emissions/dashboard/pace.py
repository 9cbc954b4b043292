"""How much a year: the last 365 days where there are that many, a projection where there are enough.

A calendar year to date, blown up to twelve months, would swing with the seasons every January. The last
365 days hold one of each season, move by one day a day, and are a sum of what was logged: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from emissions.dashboard.history import History, Stretch

YEAR = 365
#: With less than four weeks, or entries on fewer days than these, a projection tells chance, not habit.
ENOUGH_DAYS = 28
ENOUGH_DAYS_WITH_ENTRIES = 8


class PaceKind(StrEnum):
    MEASURED = "measured"
    PROJECTED = "projected"
    TOO_EARLY = "too-early"


@dataclass(frozen=True, slots=True)
class Pace:
    """kg CO2e a year, and the days it comes from. `kg_per_year` is None while it is too early to tell."""

    kind: PaceKind
    kg_per_year: Decimal | None
    basis: Stretch


def yearly_pace(history: History, *, until: date) -> Pace:
    """The person's pace as of the day `until`.

    With a first entry at least 365 days ago: the sum of the last 365 days. Else the days since the first
    entry, divided by their number and multiplied by 365.
    """
    year_ago = until - timedelta(days=YEAR - 1)
    first = min(history.first_day or until, until)
    basis = history.stretch(max(first, year_ago), until)
    if first <= year_ago and basis.entries:
        return Pace(PaceKind.MEASURED, basis.kg, basis)
    if basis.days < ENOUGH_DAYS or basis.days_with_entries < ENOUGH_DAYS_WITH_ENTRIES:
        return Pace(PaceKind.TOO_EARLY, None, basis)
    return Pace(PaceKind.PROJECTED, basis.kg / basis.days * YEAR, basis)
