"""The figures of an organization's report, or of the part of it that its reader may see.

They are those of the dashboard (`emissions.work`), over the months of a period instead of a reporting year:
what is withheld there is withheld here, by the same patterns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.domain.entries import Scope
from emissions.domain.totals import MonthTotals
from emissions.reports.periods import ReportPeriod
from emissions.work.cells import ZERO, Cells, MonthState, add_up
from emissions.work.departments import Departments, departments_side_by_side
from emissions.work.filters import WorkFilters
from emissions.work.months import MonthFigure, known_kg
from emissions.work.parts import Part, part_of
from emissions.work.sources import read_categories
from organizations.domain import OrganizationOverview


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """What a reader may see of a period. None instead of a figure: withheld, or not known.

    `categories` are kg CO2e by activity type, category and scope code. `entries` counts those of the shown
    months, of the whole organization only.
    """

    overview: OrganizationOverview
    period: ReportPeriod
    part: Part
    months: tuple[MonthFigure, ...]
    earlier: tuple[MonthFigure, ...]
    by_scope: Mapping[Scope, Decimal]
    categories: Mapping[tuple[str, str, str], Decimal] | None
    departments: Departments
    entries: int | None
    is_limited: bool

    @property
    def kg(self) -> Decimal | None:
        return known_kg(self.months)

    @property
    def minimum(self) -> int:
        return self.overview.organization.minimum_group

    @property
    def scope3(self) -> dict[int, Decimal] | None:
        """kg CO2e by category of scope 3."""
        if self.categories is None:
            return None
        sums: dict[int, Decimal] = {}
        for (_type, _category, code), kg in self.categories.items():
            if "." in code:
                number = int(code.partition(".")[2])
                sums[number] = sums.get(number, ZERO) + kg
        return sums

    @property
    def by_category(self) -> dict[tuple[str, str], Decimal] | None:
        """kg CO2e by category, largest first."""
        if self.categories is None:
            return None
        sums: dict[tuple[str, str], Decimal] = {}
        for (activity_type, category, _code), kg in self.categories.items():
            key = (activity_type, category)
            sums[key] = sums.get(key, ZERO) + kg
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    def in_state(self, *states: MonthState) -> tuple[Month, ...]:
        """The months in one of these states, the running one aside where nobody has logged yet."""
        return tuple(
            each.month
            for each in self.months
            if each.state in states and not (each.is_running and each.state is MonthState.EMPTY)
        )

    @property
    def comparable(self) -> tuple[Decimal, Decimal] | None:
        """Now and a year before, where every month of both is shown in full: else they do not compare."""
        if not self.earlier or self.period.is_unfinished:
            return None
        if any(each.state is not MonthState.SHOWN for each in (*self.months, *self.earlier)):
            return None
        return sum((each.kg or ZERO for each in self.months), ZERO), sum(
            (each.kg or ZERO for each in self.earlier), ZERO
        )


def work_figures(
    overview: OrganizationOverview,
    period: ReportPeriod,
    totals: Sequence[MonthTotals],
    department_totals: Mapping[str, Sequence[MonthTotals]],
    filters: WorkFilters,
    *,
    managed: Collection[str] | None,
) -> WorkFigures:
    """`totals` are those of the period and of the year before it; `managed` the only departments to see."""
    organization = overview.organization
    part = part_of(organization, filters, managed)
    cells = Cells(totals, minimum=organization.minimum_group)
    months = tuple(_month(month, period, cells, part, filters, overview) for month in period.months)
    shown = [each for each in totals if _is_shown(each, months)]
    return WorkFigures(
        overview=overview,
        period=period,
        part=part,
        months=months,
        earlier=tuple(_month(month, period, cells, part, filters, overview) for month in period.earlier),
        by_scope=_by_scope(period, cells, part, filters),
        categories=read_categories(
            part, months=period.months, cells=cells, totals=totals, department_totals=department_totals
        ),
        departments=departments_side_by_side(
            organization,
            part,
            months=period.months,
            cells=cells,
            filters=filters,
            managed=managed,
            total_kg=known_kg(months),
        ),
        entries=sum(each.entries for each in shown) if part.is_organization else None,
        is_limited=managed is not None,
    )


def _by_scope(period: ReportPeriod, cells: Cells, part: Part, filters: WorkFilters) -> dict[Scope, Decimal]:
    """Only scopes of which something is shown."""
    sums: dict[Scope, Decimal] = {}
    for month in period.months:
        add_up(sums, cells.visible(month, part.departments).by_scope(filters))
    return {scope: kg for scope, kg in sums.items() if kg}


def readable(
    totals: Sequence[MonthTotals], period: ReportPeriod, part: Part, minimum: int
) -> list[tuple[MonthTotals, frozenset[str]]]:
    """The months whose entries a report may read, each with the departments it may tell of."""
    cells = Cells(totals, minimum=minimum)
    by_month = {each.month: each for each in totals}
    found = []
    for month in period.months:
        each = by_month[str(month)]
        if part.is_organization:
            if cells.visible(month, None).state.has_figure and each.entries > 0:
                found.append((each, frozenset[str]()))
        elif part.departments is not None:
            departments = cells.visible_departments(month) & part.departments
            if departments and each.entries > 0:
                found.append((each, departments))
    return found


def _is_shown(totals: MonthTotals, months: Sequence[MonthFigure]) -> bool:
    return any(str(each.month) == totals.month and each.state.has_figure for each in months)


def _month(
    month: Month,
    period: ReportPeriod,
    cells: Cells,
    part: Part,
    filters: WorkFilters,
    overview: OrganizationOverview,
) -> MonthFigure:
    visible = cells.visible(month, part.departments)
    is_known = not visible.state.withholds or visible.state.has_figure
    return MonthFigure(
        month=month,
        state=visible.state,
        by_type=visible.by_type(filters) if is_known else {},
        kg=visible.total(filters) if is_known else None,
        people=visible.people if is_known else None,
        members=part.members,
        is_running=month == period.running,
        is_closed=overview.is_closed(str(month)),
    )
