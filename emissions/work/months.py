"""The months of a reporting year, as columns and as participation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType
from emissions.work.cells import ZERO, Cells, MonthState
from emissions.work.filters import WorkFilters
from emissions.work.parts import Part
from emissions.work.years import ReportingYear
from organizations.domain import OrganizationOverview


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """One month of what is looked at. `kg` is None where it is withheld or has not begun; 0 if it is empty.

    `people` are those who logged for work, of whatever type and scope; None as for `kg`. `members` are those
    of today, so it can be fewer. Who logged for two of the departments looked at counts in both.
    """

    month: Month
    state: MonthState
    by_type: Mapping[ActivityType, Decimal]
    kg: Decimal | None
    people: int | None
    members: int
    is_running: bool
    is_closed: bool

    @property
    def is_withheld(self) -> bool:
        return self.state is MonthState.WITHHELD

    @property
    def participation_percent(self) -> Decimal | None:
        """People who logged, in percent of the members of today.

        None where that is no share of them: some of the people are withheld, or there are more of them than
        members, because they have left since.
        """
        if self.people is None or self.state is MonthState.PARTLY or self.people > self.members:
            return None
        return Decimal(self.people) * 100 / self.members if self.members else None


def month_figures(
    year: ReportingYear,
    *,
    running: Month,
    cells: Cells,
    part: Part,
    filters: WorkFilters,
    overview: OrganizationOverview,
) -> tuple[MonthFigure, ...]:
    """All twelve months, those ahead included. `running` is the month of today."""
    return tuple(
        _figure(month, running, cells, part, filters, is_closed=overview.is_closed(str(month)))
        for month in year.months
    )


def _figure(
    month: Month, running: Month, cells: Cells, part: Part, filters: WorkFilters, *, is_closed: bool
) -> MonthFigure:
    visible = cells.visible(month, part.departments)
    state = MonthState.AHEAD if month > running else visible.state
    is_known = state.has_figure or state is MonthState.EMPTY
    return MonthFigure(
        month=month,
        state=state,
        by_type=visible.by_type(filters) if is_known else {},
        kg=visible.total(filters) if is_known else None,
        people=visible.people if is_known else None,
        members=part.members,
        is_running=month == running,
        is_closed=is_closed,
    )


def known_kg(months: Sequence[MonthFigure]) -> Decimal | None:
    """The sum of what is shown; None where there is something and all of it is withheld."""
    known = [each.kg for each in months if each.state.has_figure and each.kg is not None]
    if not known and any(each.is_withheld for each in months):
        return None
    return sum(known, ZERO)
