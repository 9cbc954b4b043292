"""An organization's target: its path, and how far along it a year is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.work.cells import ZERO, MonthState
from emissions.work.months import MonthFigure, known_kg
from emissions.work.years import MONTHS_A_YEAR, ReportingYear
from organizations.domain import Target


@dataclass(frozen=True, slots=True)
class PathPoint:
    """A reporting year on the path. `known_kg` is what its shown months add up to, where that was read.

    `known_months` says how many these are: with fewer than twelve the year looks smaller than it was.
    """

    year: ReportingYear
    kg: Decimal
    known_kg: Decimal | None
    is_chosen: bool
    known_months: int = 0

    @property
    def is_part_known(self) -> bool:
        return self.known_kg is not None and self.known_months < MONTHS_A_YEAR


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """Where a year stands against the path. There is no forecast: months that are not over are not guessed.

    `year_kg` is the path in the chosen year, None before the base year. `counted` are its months that are
    over, were logged and are not withheld: only they are held against as many twelfths of the year's path.
    """

    target: Target
    year: ReportingYear
    points: tuple[PathPoint, ...]
    year_kg: Decimal | None
    counted: tuple[Month, ...]
    counted_kg: Decimal

    @property
    def month_kg(self) -> Decimal | None:
        """A month's share of the path, the line across the columns."""
        return None if self.year_kg is None else self.year_kg / MONTHS_A_YEAR

    @property
    def counted_target_kg(self) -> Decimal | None:
        """What the path has for the counted months; None while there are none."""
        if self.year_kg is None or not self.counted:
            return None
        return self.year_kg * len(self.counted) / MONTHS_A_YEAR

    @property
    def over_kg(self) -> Decimal | None:
        """How far the counted months are above the path (below: negative)."""
        planned = self.counted_target_kg
        return None if planned is None else self.counted_kg - planned

    @property
    def distance_kg(self) -> Decimal | None:
        over = self.over_kg
        return None if over is None else abs(over)


def target_progress(
    target: Target,
    year: ReportingYear,
    months: Sequence[MonthFigure],
    earlier: Sequence[MonthFigure],
    *,
    running: Month,
) -> TargetProgress:
    """`months` are those of the year, `earlier` those of the year before."""
    known = {year: months, year.previous: earlier}
    counted = [each for each in months if each.month < running and each.state is MonthState.SHOWN]
    return TargetProgress(
        target=target,
        year=year,
        points=path_points(target, begins_in=year.start.number, known=known, chosen=year),
        year_kg=target.kg_in(year.year),
        counted=tuple(each.month for each in counted),
        counted_kg=sum((each.kg or ZERO for each in counted), ZERO),
    )


def path_points(
    target: Target,
    *,
    begins_in: int,
    known: Mapping[ReportingYear, Sequence[MonthFigure]] | None = None,
    chosen: ReportingYear | None = None,
) -> tuple[PathPoint, ...]:
    """Every year from base to target year, with the months of those that are `known`.

    `begins_in` is the number of the month in which years begin.
    """
    known = known or {}
    years = [
        ReportingYear.beginning(year, begins_in=begins_in)
        for year in range(target.base_year, target.target_year + 1)
    ]
    return tuple(
        _point(year, kg, known.get(year, ()), is_chosen=year == chosen)
        for year in years
        if (kg := target.kg_in(year.year)) is not None
    )


def _point(year: ReportingYear, kg: Decimal, months: Sequence[MonthFigure], *, is_chosen: bool) -> PathPoint:
    """Of a year in which nobody logged anything nothing is known: it was not one without emissions."""
    shown = sum(each.state.has_figure for each in months)
    return PathPoint(year, kg, known_kg(months) if shown else None, is_chosen, known_months=shown)
