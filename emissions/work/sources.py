"""What the work of a part of an organization consists of: scopes and categories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.breakdown import CategoryKey, Share, shares
from emissions.dashboard.periods import Month
from emissions.domain.entries import Scope
from emissions.domain.scopes import WorkScope
from emissions.domain.totals import MonthTotals
from emissions.work.cells import ZERO, Cells, add_up
from emissions.work.departments import percent_of
from emissions.work.filters import WorkFilters
from emissions.work.parts import Part, PartKind

MOST_CATEGORIES = 12
#: kg CO2e by activity type, category and scope code.
ScopedCategories = Mapping[tuple[str, str, str], Decimal]


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A scope, or a category of scope 3. `total_kg` is that of all scopes.

    `categories` divide scope 3, largest first; None where they are not known.
    """

    work_scope: WorkScope
    kg: Decimal
    total_kg: Decimal
    categories: tuple[ScopeRow, ...] | None = None

    @property
    def code(self) -> str:
        return self.work_scope.code

    @property
    def label(self) -> str:
        """`Scope 3, category 6: business travel`"""
        return self.work_scope.label

    @property
    def name(self) -> str:
        """`Scope 1`, `Category 6`"""
        category = self.work_scope.category
        return f"Scope {self.work_scope.scope:d}" if category is None else f"Category {category}"

    @property
    def description(self) -> str:
        """`Business travel`"""
        words = self.label.partition(": ")[2]
        return words[:1].upper() + words[1:]

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.kg, self.total_kg)


def read_categories(
    part: Part,
    *,
    months: Sequence[Month],
    cells: Cells,
    totals: Sequence[MonthTotals],
    department_totals: Mapping[str, Sequence[MonthTotals]] | None,
) -> ScopedCategories | None:
    """kg CO2e of what is shown of a part, by category and scope, over months.

    The organization's own totals tell its categories, departments' totals theirs. None where they were not
    read, and for the work of people without a department, of which no totals tell the categories.
    """
    sums: dict[tuple[str, str, str], Decimal] = {}
    by_month = {str(month): month for month in months}
    if part.is_organization:
        for each in totals:
            month = by_month.get(each.month)
            if month is not None and cells.visible(month, None).state.has_figure:
                add_up(sums, each.by_scoped_category())
        return sums
    if part.kind is PartKind.WITHOUT_DEPARTMENT:
        return None
    read = department_totals or {}
    shown = {month: cells.visible_departments(month) for month in months}
    for department in part.department_totals:
        if department not in read and _is_in(department, shown.values()):
            return None
        for each in read.get(department, ()):
            month = by_month.get(each.month)
            if month is not None and department in shown[month]:
                add_up(sums, each.by_scoped_category())
    return sums


def _is_in(department: str, shown: Collection[Collection[str]]) -> bool:
    return any(department in departments for departments in shown)


def scope_rows(
    part: Part,
    *,
    months: Sequence[Month],
    cells: Cells,
    filters: WorkFilters,
    categories: ScopedCategories | None,
) -> tuple[ScopeRow, ...]:
    """The scopes that are asked for, each with a row even if it is 0 kg."""
    by_scope = dict.fromkeys(Scope, ZERO)
    for month in months:
        add_up(by_scope, cells.visible(month, part.departments).by_scope(filters))
    total = sum(by_scope.values(), ZERO)
    return tuple(
        ScopeRow(
            WorkScope(scope),
            kg,
            total,
            _scope3_rows(filters, categories, total) if scope is Scope.THREE else None,
        )
        for scope, kg in by_scope.items()
        if filters.scope in (None, scope)
    )


def _scope3_rows(
    filters: WorkFilters, categories: ScopedCategories | None, total: Decimal
) -> tuple[ScopeRow, ...] | None:
    if categories is None:
        return None
    sums: dict[str, Decimal] = {}
    for (activity_type, _category, code), kg in categories.items():
        if code.startswith(f"{Scope.THREE:d}") and filters.includes(activity_type, code):
            add_up(sums, {code: kg})
    rows = (ScopeRow(WorkScope.parse(code), kg, total) for code, kg in sums.items() if kg)
    return tuple(sorted(rows, key=lambda row: (-row.kg, row.work_scope.category or 0)))


def largest_categories(filters: WorkFilters, categories: ScopedCategories | None) -> tuple[Share, ...] | None:
    """The largest categories first, and the rest as one; None where categories are not known."""
    if categories is None:
        return None
    sums: dict[CategoryKey, Decimal] = {}
    for (activity_type, category, code), kg in categories.items():
        if filters.includes(activity_type, code):
            add_up(sums, {(activity_type, category): kg})
    return shares(sums, most=MOST_CATEGORIES)
