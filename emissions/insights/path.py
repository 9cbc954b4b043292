"""A dated target's path, and where the years that end on each month stand against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.domain import PersonalTarget
from emissions.dashboard.history import History
from emissions.dashboard.pace import YEAR
from emissions.dashboard.periods import Month

#: Years are looked at that end with each of these months: all that 24 months of totals can tell.
MEASURED_MONTHS = 12
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class YearPoint:
    """The 365 days that end on `on`. `path_kg` is what the path has then, None where it has not begun."""

    on: date
    kg: Decimal
    path_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class PathProgress:
    """A target on a day. `kg_now` is what the path has on it; `points` are measured, oldest first."""

    target: PersonalTarget
    on: date
    kg_now: Decimal | None
    points: tuple[YearPoint, ...]

    @property
    def latest(self) -> YearPoint | None:
        return self.points[-1] if self.points else None

    @property
    def over_kg(self) -> Decimal | None:
        """How far the last 365 days are above the path (below: negative), where both are known."""
        if self.kg_now is None or self.latest is None:
            return None
        return self.latest.kg - self.kg_now

    @property
    def distance_kg(self) -> Decimal | None:
        over = self.over_kg
        return None if over is None else abs(over)

    @property
    def is_over(self) -> bool:
        """Whether the day it was to be reached by has passed."""
        return self.target.by is not None and self.on > self.target.by


def path_progress(history: History, target: PersonalTarget, *, until: date) -> PathProgress:
    """Hold the last 365 days, as of each month's end and of `until`, against the path.

    `history` has two years up to `until`. Years that begin before the first entry are not known.
    """
    points = [
        YearPoint(on, kg, target.kg_on(on))
        for on in measured_days(until)
        if (kg := year_until(history, on)) is not None
    ]
    return PathProgress(target, until, target.kg_on(until), tuple(points))


def measured_days(until: date) -> list[date]:
    """The ends of the months before `until`, and that day itself."""
    last = Month.of(until).shift(-1)
    return [*(month.last_day for month in last.shift(1 - MEASURED_MONTHS).until(last)), until]


def year_until(history: History, on: date) -> Decimal | None:
    """kg CO2e of the 365 days that end on a day; None where nothing is known of their beginning."""
    first = on - timedelta(days=YEAR - 1)
    if history.first_day is None or history.first_day > first:
        return None
    return history.stretch(first, on).kg


def month_shares(target: PersonalTarget, months: tuple[Month, ...]) -> list[Decimal | None]:
    """A twelfth of what the path has in the middle of each month."""
    on_path = [target.kg_on(month.first_day.replace(day=15)) for month in months]
    return [None if kg is None else kg / MONTHS_A_YEAR for kg in on_path]
