"""The factors behind an organization's figures, without telling of a group that is too small.

What an administrator sees of a month already are its kg by category (`emissions.work.sources`). Which of
them were weighed with which factor says more: that somebody lives elsewhere, drives a large car, flies first
class. So within a month and a category, factors are treated as departments are in
`emissions.work.withholding`:

- one that fewer people used than the minimum is not told alone, and more are kept back with it until those
  kept back are certainly as many people as the minimum. They are one figure: the category less what is told;
- a category that was weighed with one factor only tells no more by it than by its own row, so that is told;
- of months that are withheld nothing is read, and where entries do not add up to the totals (archived ones,
  those of deleted accounts, the index a moment behind) nothing of the category is told by factor: else the
  difference would tell.

Patterns go by months and numbers of people, as those of departments do, so longer and shorter reports side by
side tell no more than one. Departments are another matter: a factor in the whole organization less the same
factor in one department would be that of the others. A report of less than the whole organization therefore
names its factors and does not tell how much each stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from emissions.domain.entries import WorkEntry
from emissions.domain.totals import NO_DEPARTMENT, MonthTotals
from emissions.reports.uses import CategoryKey, CategoryUses, FactorKey, FactorRow, Use, by_largest
from emissions.work.withholding import withhold

ZERO = Decimal(0)


@dataclass(slots=True)
class _Cell:
    """A factor in one category of one month."""

    use: Use = field(default_factory=Use)
    people: set[str] = field(default_factory=set)


@dataclass(slots=True)
class WorkLedger:
    """Factors month by month. `minimum` is the organization's minimum group."""

    minimum: int
    told: dict[FactorKey, Use] = field(default_factory=dict)
    kept_back: set[FactorKey] = field(default_factory=set)

    @property
    def keys(self) -> set[FactorKey]:
        """Every factor that was used, told of or not."""
        return self.told.keys() | self.kept_back

    def add_month(self, totals: MonthTotals, entries: Iterable[WorkEntry]) -> None:
        """Add a month whose total is shown, with all entries of it."""
        categories: dict[CategoryKey, dict[FactorKey, _Cell]] = {}
        for entry in entries:
            key = FactorKey.of(entry.activity_type.value, entry.category, entry.factor)
            cell = categories.setdefault((key.activity_type, key.category), {}).setdefault(key, _Cell())
            cell.use.add(entry.co2_emissions)
            cell.people.add(entry.user_id)
        expected = totals.by_category()
        for category, cells in categories.items():
            self._add_category(cells, expected.get(category, ZERO))

    def _add_category(self, cells: dict[FactorKey, _Cell], expected_kg: Decimal) -> None:
        is_whole = sum((cell.use.kg for cell in cells.values()), ZERO) == expected_kg
        told = set(cells) if is_whole and len(cells) == 1 else set()
        if is_whole and len(cells) > 1:
            people = set[str]().union(*(cell.people for cell in cells.values()))
            # Patterns need an order of names that is the same every time.
            named = {repr(key): key for key in cells}
            sizes = {name: len(cells[key].people) for name, key in named.items()}
            told = {named[name] for name in withhold(len(people), sizes, minimum=self.minimum).visible}
        for key, cell in cells.items():
            if key in told:
                self.told.setdefault(key, Use()).add(cell.use.kg, cell.use.entries)
            else:
                self.kept_back.add(key)

    def add_names(self, entries: Iterable[WorkEntry], departments: frozenset[str]) -> None:
        """Note the factors that these departments used in a month, and nothing else about them."""
        for entry in entries:
            if (entry.department_id or NO_DEPARTMENT) in departments:
                self.kept_back.add(FactorKey.of(entry.activity_type.value, entry.category, entry.factor))

    def category_uses(self, totals: dict[CategoryKey, Decimal] | None) -> tuple[CategoryUses, ...]:
        """The factors by category; without `totals` in the order of names, as nothing tells how large."""
        rows: dict[CategoryKey, list[FactorRow]] = {
            category: [] for category, kg in (totals or {}).items() if kg
        }
        for key in self.keys:
            use = self.told.get(key)
            row = FactorRow(
                key,
                None if use is None else use.entries,
                None if use is None else use.kg,
                is_partial=use is not None and key in self.kept_back,
            )
            rows.setdefault((key.activity_type, key.category), []).append(row)
        uses = []
        for category, each in rows.items():
            kg = None if totals is None else totals.get(category, ZERO)
            told = sum((row.kg or ZERO for row in each), ZERO)
            uses.append(CategoryUses(category, kg, by_largest(each), ZERO if kg is None else kg - told))
        return tuple(sorted(uses, key=lambda each: (-(each.kg or ZERO), each.category)))
