"""All figures of an organization's dashboard, for the filters in its URL.

    figures = build_figures(overview, totals, department_totals, filters, managed=managed, today=today)

`totals` are the organization's months that `figures_window` names; `department_totals` are the same months of
each department in `departments_to_read`, by its id. Every kg is kg CO2e. None instead of a figure means that
it is withheld or not known, never that it is nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.dashboard.breakdown import Share
from emissions.dashboard.periods import Month
from emissions.domain.totals import MonthTotals
from emissions.work.cells import Cells, MonthState
from emissions.work.comparison import YearComparison, compare_years
from emissions.work.departments import DepartmentRow, Departments, OtherDepartments, departments_side_by_side
from emissions.work.filters import WorkFilters
from emissions.work.months import MonthFigure, known_kg, month_figures
from emissions.work.parts import Part, PartKind, department_parts, part_of, without_department
from emissions.work.progress import PathPoint, TargetProgress, target_progress
from emissions.work.sources import ScopeRow, largest_categories, read_categories, scope_rows
from emissions.work.years import ReportingYear
from organizations.domain import Organization, OrganizationOverview

__all__ = [
    "DepartmentRow",
    "Departments",
    "Intensity",
    "MonthFigure",
    "MonthState",
    "OtherDepartments",
    "Part",
    "PartKind",
    "PathPoint",
    "ScopeRow",
    "TargetProgress",
    "WorkFigures",
    "YearComparison",
    "build_figures",
    "departments_to_read",
    "figures_window",
    "shown_year_kg",
]


@dataclass(frozen=True, slots=True)
class Intensity:
    """kg CO2e of the year so far per head and per square metre.

    Heads are the organization's headcount where it gave one, else members of today; a department has only
    members. `floor_area_m2` is known of the whole organization only.
    """

    kg: Decimal | None
    heads: int
    is_headcount: bool
    floor_area_m2: Decimal | None

    @property
    def kg_per_head(self) -> Decimal | None:
        return None if self.kg is None or not self.heads else self.kg / self.heads

    @property
    def kg_per_m2(self) -> Decimal | None:
        return None if self.kg is None or not self.floor_area_m2 else self.kg / self.floor_area_m2


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """The dashboard of an organization, or of the part of it that is looked at.

    `kg` is the sum of the months that are shown, the running one so far included: None where something was
    logged and all of it is withheld. `months` and `earlier_months` are the twelve of the chosen year and of
    the year before. `comparison` is None where no whole months can be compared. `target` is None unless the
    whole organization is looked at unfiltered and has one. `categories` is None where they are not known.
    `is_new` says that nobody the reader may see has logged anything in these two years up to today.
    `choices` are the parts that the department filter offers, those inside another right after it.
    """

    organization: Organization
    filters: WorkFilters
    running: Month
    part: Part
    choices: tuple[Part, ...]
    kg: Decimal | None
    months: tuple[MonthFigure, ...]
    earlier_months: tuple[MonthFigure, ...]
    comparison: YearComparison | None
    target: TargetProgress | None
    departments: Departments
    scopes: tuple[ScopeRow, ...]
    categories: tuple[Share, ...] | None
    intensity: Intensity
    is_new: bool

    @property
    def year(self) -> ReportingYear:
        return self.filters.year

    @property
    def minimum_group(self) -> int:
        return self.organization.minimum_group

    @property
    def is_so_far(self) -> bool:
        """Whether the year is still running."""
        return self.running in self.year

    @property
    def begun_months(self) -> tuple[MonthFigure, ...]:
        """Those that have begun: the rows of participation."""
        return tuple(each for each in self.months if each.state is not MonthState.AHEAD)

    @property
    def withheld_months(self) -> tuple[Month, ...]:
        """Months of the year of which nothing is shown."""
        return tuple(each.month for each in self.months if each.is_withheld)

    @property
    def partly_months(self) -> tuple[Month, ...]:
        """Months of the year in which some of the departments looked at are withheld."""
        return tuple(each.month for each in self.months if each.state is MonthState.PARTLY)

    @property
    def empty_months(self) -> tuple[Month, ...]:
        """Months of the year that are over and in which nobody logged anything."""
        months = (each for each in self.begun_months if not each.is_running)
        return tuple(each.month for each in months if each.state is MonthState.EMPTY)

    @property
    def is_empty(self) -> bool:
        """Whether nobody logged anything in the year for what is looked at."""
        return all(each.state is MonthState.EMPTY for each in self.begun_months)

    @property
    def latest(self) -> MonthFigure | None:
        """The last month that is shown, for participation."""
        return next((each for each in reversed(self.months) if each.state.has_figure), None)


def figures_window(filters: WorkFilters, *, today: date) -> tuple[Month, Month]:
    """First and last month to read: the chosen year so far and the one before it."""
    return filters.year.window(Month.of(today))


def departments_to_read(
    organization: Organization, filters: WorkFilters, *, managed: Collection[str] | None
) -> tuple[str, ...]:
    """The departments whose own totals the figures need. None for the whole organization."""
    return part_of(organization, filters, managed).department_totals


def shown_year_kg(
    organization: Organization, totals: Sequence[MonthTotals], year: ReportingYear
) -> Decimal | None:
    """What the dashboard shows of an organization's year: the sum of its months that are not withheld.

    A base year is taken from here: one that included withheld months would give them away.
    """
    cells = Cells(totals, minimum=organization.minimum_group)
    seen = [cells.visible(month, None) for month in year.months]
    if not any(each.state.has_figure for each in seen):
        return None
    return sum((kg for each in seen for kg in each.kg.values()), Decimal(0))


def build_figures(
    overview: OrganizationOverview,
    totals: Sequence[MonthTotals],
    department_totals: Mapping[str, Sequence[MonthTotals]] | None,
    filters: WorkFilters,
    *,
    managed: Collection[str] | None,
    today: date,
) -> WorkFigures:
    """Compute what a reader may see. `managed` are the only departments they may; None is all of them.

    Filters are taken as `WorkFilters.parse` made them for the same reader.
    """
    organization, running, year = overview.organization, Month.of(today), filters.year
    part = part_of(organization, filters, managed)
    cells = Cells(totals, minimum=organization.minimum_group)
    months, earlier = (
        month_figures(each, running=running, cells=cells, part=part, filters=filters, overview=overview)
        for each in (year, year.previous)
    )
    kg, so_far = known_kg(months), year.months_so_far(running)
    categories = read_categories(
        part, months=so_far, cells=cells, totals=totals, department_totals=department_totals
    )
    return WorkFigures(
        organization=organization,
        filters=filters,
        running=running,
        part=part,
        choices=_choices(organization, managed),
        kg=kg,
        months=months,
        earlier_months=earlier,
        comparison=compare_years(months, earlier, running=running),
        target=_target(overview, part, filters, months, earlier, running),
        departments=departments_side_by_side(
            organization, part, months=so_far, cells=cells, filters=filters, managed=managed, total_kg=kg
        ),
        scopes=scope_rows(part, months=so_far, cells=cells, filters=filters, categories=categories),
        categories=largest_categories(filters, categories),
        intensity=_intensity(organization, part, kg),
        is_new=year == filters.this_year and cells.is_empty(managed),
    )


def _choices(organization: Organization, managed: Collection[str] | None) -> tuple[Part, ...]:
    families = department_parts(organization, managed)
    listed = tuple(each for family, inner in families for each in (family, *inner))
    return (*listed, without_department(organization)) if managed is None else listed


def _target(
    overview: OrganizationOverview,
    part: Part,
    filters: WorkFilters,
    months: tuple[MonthFigure, ...],
    earlier: tuple[MonthFigure, ...],
    running: Month,
) -> TargetProgress | None:
    """Targets are of all work: nothing less is held against one."""
    if overview.target is None or not part.is_organization or filters.is_narrowed:
        return None
    return target_progress(overview.target, filters.year, months, earlier, running=running)


def _intensity(organization: Organization, part: Part, kg: Decimal | None) -> Intensity:
    headcount = organization.headcount if part.is_organization else None
    return Intensity(
        kg=kg,
        heads=headcount or part.members,
        is_headcount=bool(headcount),
        floor_area_m2=organization.floor_area_m2 if part.is_organization else None,
    )
