"""What the page of an organization's dashboard shows: figures laid out as charts, tables, words and links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from emissions.work.charts.months import MonthsChart, months_chart
from emissions.work.charts.path import PathChart, path_chart
from emissions.work.charts.people import PeopleChart, people_chart
from emissions.work.charts.rows import category_bars, department_rows, scope_bars
from emissions.work.figures import PartKind, ScopeRow, WorkFigures
from emissions.work.links import Chip, Field, WorkLinks, chips, fields
from emissions.work.tables import (
    Table,
    categories_table,
    departments_table,
    months_table,
    participation_table,
    period_of,
    scopes_table,
    target_table,
)
from emissions.work.years import months_label
from organizations.domain import SMALLEST_MINIMUM_GROUP, OrganizationOverview


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything the templates draw. `may_change` tells whether the reader administers all of it."""

    figures: WorkFigures
    today: date
    may_change: bool
    has_target: bool
    links: WorkLinks
    chips: tuple[Chip, ...]
    fields: tuple[Field, ...]
    months: MonthsChart
    people: PeopleChart
    path: PathChart | None
    department_rows: SafeString
    scope_bars: SafeString
    category_bars: SafeString
    months_table: Table
    departments_table: Table
    scopes_table: Table
    categories_table: Table | None
    participation_table: Table
    target_table: Table | None

    @property
    def title(self) -> str:
        named = {
            PartKind.ORGANIZATION: "Work emissions",
            PartKind.WITHOUT_DEPARTMENT: "Work without a department",
        }
        what = named.get(self.figures.part.kind, self.figures.part.label)
        return f"{what} in {self.figures.year.label}"

    @property
    def period(self) -> str:
        return period_of(self.figures)

    @property
    def is_department(self) -> bool:
        return self.figures.filters.department is not None

    @property
    def leads_back(self) -> bool:
        """Whether there is a page of more than this department to go back to."""
        return self.is_department and not (self.links.is_limited and len(self.figures.choices) < 2)

    @property
    def shows_departments(self) -> bool:
        """Whether there are departments to compare: several, or some inside the one that is looked at."""
        return bool(self.department_rows)

    @property
    def is_managed(self) -> bool:
        return self.figures.part.kind is PartKind.MANAGED

    @property
    def all_url(self) -> str:
        return self.links.to(self.figures.filters.with_(department=None))

    @property
    def whole_url(self) -> str:
        """The year with no other filter, as the target is about."""
        return self.links.to(self.figures.filters.with_(department=None, activity_type=None, scope=None))

    @property
    def csv_url(self) -> str:
        return self.links.export(self.figures.filters, "csv")

    @property
    def xlsx_url(self) -> str:
        return self.links.export(self.figures.filters, "xlsx")

    @property
    def withheld_months(self) -> str:
        return months_label(self.figures.withheld_months)

    @property
    def partly_months(self) -> str:
        return months_label(self.figures.partly_months)

    @property
    def empty_months(self) -> str:
        return months_label(self.figures.empty_months)

    @property
    def smallest_minimum(self) -> int:
        return SMALLEST_MINIMUM_GROUP

    @property
    def target_base_label(self) -> str:
        return "" if self.figures.target is None else self.figures.target.points[0].year.label

    @property
    def target_year_label(self) -> str:
        return "" if self.figures.target is None else self.figures.target.points[-1].year.label

    @property
    def part_known_years(self) -> str:
        """The years on the path that look smaller than they were: `2025 with 3 of 12 months`."""
        points = () if self.figures.target is None else self.figures.target.points
        return " and ".join(
            f"{point.year.label} with {point.known_months} of 12 months"
            for point in points
            if point.is_part_known and self.figures.running not in point.year
        )

    @property
    def target_months(self) -> str:
        """The months that are held against the target."""
        return "" if self.figures.target is None else months_label(self.figures.target.counted)


def build_page(
    overview: OrganizationOverview,
    figures: WorkFigures,
    *,
    today: date,
    is_limited: bool,
    links: WorkLinks | None = None,
) -> WorkPage:
    """Lay figures out. `links` lead elsewhere than to the administrators' own pages."""
    links = links or WorkLinks.of(is_limited=is_limited)
    filters, target = figures.filters, figures.target
    reason = withheld_reason(figures)

    def scope_url(row: ScopeRow) -> str:
        return links.to(filters.with_(scope=row.work_scope.scope))

    return WorkPage(
        figures=figures,
        today=today,
        may_change=not is_limited and not links.is_visit,
        has_target=overview.target is not None,
        links=links,
        chips=tuple(chips(figures, links)),
        fields=fields(overview, figures, links),
        months=months_chart(
            figures.months,
            figures.earlier_months,
            target_kg=target.month_kg if target else None,
            reason=reason,
        ),
        people=people_chart(figures.months, reason=reason),
        path=path_chart(target.points, is_so_far=figures.is_so_far) if target else None,
        department_rows=department_rows(
            figures.departments,
            url=lambda department: links.to(filters.with_(department=department)),
            is_one=filters.department is not None,
        ),
        scope_bars=scope_bars(figures.scopes, url=scope_url),
        category_bars=category_bars(figures.categories or ()),
        months_table=months_table(figures),
        departments_table=departments_table(figures),
        scopes_table=scopes_table(figures),
        categories_table=None if figures.categories is None else categories_table(figures),
        participation_table=participation_table(figures),
        target_table=target_table(target) if target else None,
    )


def withheld_reason(figures: WorkFigures) -> str:
    """Why a month is withheld, in one sentence."""
    few = f"Fewer than {figures.minimum_group} people logged"
    return f"{few}." if figures.part.is_organization else f"{few}, or it would give away a group that small."
