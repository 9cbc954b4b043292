"""Totals of an organization as the pages may add them up: nothing withheld leaves this module."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.totals import MonthTotals
from emissions.work.filters import WorkFilters
from emissions.work.withholding import Pattern, withhold

ZERO = Decimal(0)
#: Activity type and scope of kg CO2e.
Kind = tuple[str, str]
Key = TypeVar("Key")


class MonthState(StrEnum):
    """How much of a month is shown of what is looked at."""

    SHOWN = "shown"
    #: Some of the departments looked at are withheld, the figure is that of the others.
    PARTLY = "partly"
    WITHHELD = "withheld"
    #: Nobody logged anything.
    EMPTY = "empty"
    #: It has not begun.
    AHEAD = "ahead"

    @property
    def has_figure(self) -> bool:
        return self in (MonthState.SHOWN, MonthState.PARTLY)

    @property
    def withholds(self) -> bool:
        return self in (MonthState.WITHHELD, MonthState.PARTLY)


@dataclass(frozen=True, slots=True)
class Visible:
    """What is shown of a month for the departments looked at. Without a figure, `kg` is empty.

    `people` are those who logged; None if that is withheld. Who logged for two departments counts in both
    where departments are added up.
    """

    state: MonthState
    kg: Mapping[Kind, Decimal]
    people: int | None

    def total(self, filters: WorkFilters) -> Decimal:
        """kg CO2e of the types and scopes that are asked for."""
        return sum((kg for kind, kg in self.kg.items() if filters.includes(*kind)), ZERO)

    def by_type(self, filters: WorkFilters) -> dict[ActivityType, Decimal]:
        """The same by activity type, those of 0 kg included."""
        sums = dict.fromkeys(ActivityType, ZERO)
        for (activity_type, scope), kg in self.kg.items():
            if filters.includes(activity_type, scope):
                sums[ActivityType(activity_type)] += kg
        return sums

    def by_scope(self, filters: WorkFilters) -> dict[Scope, Decimal]:
        """The same by scope, those of 0 kg included."""
        sums = dict.fromkeys(Scope, ZERO)
        for (activity_type, scope), kg in self.kg.items():
            if filters.includes(activity_type, scope):
                sums[Scope(int(scope))] += kg
        return sums


class Cells:
    """The months of an organization, each with its pattern.

    Where departments are asked for, they are ids as entries were logged under: a department with all that
    were merged into it, for example. None stands for the whole organization.
    """

    def __init__(self, totals: Iterable[MonthTotals], *, minimum: int) -> None:
        self._months = {Month.parse(each.month): _MonthCells.of(each, minimum) for each in totals}

    def visible(self, month: Month, departments: Collection[str] | None) -> Visible:
        """What is shown of a month; an empty one if there are no totals of it."""
        cells = self._months.get(month, _NO_CELLS)
        return cells.total() if departments is None else cells.part(frozenset(departments))

    def visible_departments(self, month: Month) -> frozenset[str]:
        """The departments whose own figures of the month are shown."""
        return self._months.get(month, _NO_CELLS).pattern.visible

    def departments_in_rest(self, month: Month) -> frozenset[str]:
        """The departments that a month's total contains and that are not shown themselves."""
        pattern = self._months.get(month, _NO_CELLS).pattern
        return pattern.hidden if pattern.shows_total else frozenset()

    def is_empty(self, departments: Collection[str] | None) -> bool:
        """Whether nobody logged anything in any of the months."""
        return all(self.visible(month, departments).state is MonthState.EMPTY for month in self._months)


@dataclass(frozen=True, slots=True)
class _MonthCells:
    pattern: Pattern
    people: int
    people_by_department: Mapping[str, int]
    kg: Mapping[str, Mapping[Kind, Decimal]]

    @classmethod
    def of(cls, totals: MonthTotals, minimum: int) -> _MonthCells:
        kg: dict[str, dict[Kind, Decimal]] = {}
        for (department, activity_type, scope), value in totals.by_department().items():
            if value:
                kg.setdefault(department, {})[activity_type, scope] = value
        people = {name: count for name, count in totals.department_participants().items() if count > 0}
        sizes = dict.fromkeys(kg, 0) | people
        return cls(withhold(totals.participants, sizes, minimum=minimum), totals.participants, people, kg)

    def total(self) -> Visible:
        if self.pattern.is_empty:
            return _EMPTY
        return self._sum(MonthState.SHOWN, self.kg, self.people) if self.pattern.shows_total else _WITHHELD

    def part(self, departments: frozenset[str]) -> Visible:
        visible = departments & self.pattern.visible
        hidden = departments & self.pattern.hidden
        if not visible:
            return _WITHHELD if hidden else _EMPTY
        people = sum(self.people_by_department[each] for each in visible)
        return self._sum(MonthState.PARTLY if hidden else MonthState.SHOWN, visible, people)

    def _sum(self, state: MonthState, departments: Iterable[str], people: int) -> Visible:
        kg: dict[Kind, Decimal] = {}
        for department in departments:
            add_up(kg, self.kg.get(department, {}))
        return Visible(state, kg, people)


_EMPTY = Visible(MonthState.EMPTY, {}, 0)
_WITHHELD = Visible(MonthState.WITHHELD, {}, None)
_NO_CELLS = _MonthCells(Pattern(shows_total=False), 0, {}, {})


def add_up(sums: dict[Key, Decimal], more: Mapping[Key, Decimal]) -> None:
    """Add each of `more` to the sum of the same key."""
    for key, value in more.items():
        sums[key] = sums.get(key, ZERO) + value
