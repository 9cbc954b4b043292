"""What newer editions of their factors would make of entries that are logged. Standard library only.

"Recalculation" is the GHG Protocol's word for stating past emissions anew.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from emissions.domain.entries import Entry

ZERO = Decimal(0)
#: A month, and what else tells entries apart whose figures may be told and those that may not.
Cell = tuple[str, Hashable]
#: Of whoever may see all of it: one cell for everything.
EVERYTHING: Cell = ("", None)


class RecalculationState(StrEnum):
    """CHECKED has figures and changed nothing yet; APPLYING may have changed some of the entries."""

    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Sums:
    """How many entries, and kg CO2e of all of them before and after."""

    entries: int = 0
    kg_before: Decimal = ZERO
    kg_after: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """kg CO2e that a recalculation adds to past totals; negative where it takes away."""
        return self.kg_after - self.kg_before

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.entries + other.entries, self.kg_before + other.kg_before, self.kg_after + other.kg_after
        )

    @classmethod
    def of(cls, pairs: Iterable[tuple[Entry, Entry]]) -> Sums:
        """Of entries as they are and as they will be."""
        sums = cls()
        for before, after in pairs:
            sums += cls(1, before.co2_emissions, after.co2_emissions)
        return sums


@dataclass(frozen=True, slots=True)
class Edition:
    """A factor as one edition publishes it: `value` is kg CO2e per unit of the factor."""

    source: str
    year: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class FactorChange:
    """Entries whose factor has another edition in force for their day, all with the same two editions."""

    factor_id: str
    name: str
    unit: str
    before: Edition
    after: Edition
    sums: Sums


@dataclass(frozen=True, slots=True)
class Recalculation:
    """One recalculation, from the look at all entries to its end.

    `owner` is a person's or an organization's id; a person's is about their personal entries, an
    organization's about its work entries. `fingerprint` is that of the factors it looked at. `found` is what
    would change; `rows` are the largest parts of it that may be told and `others` the rest of these. `locked`
    counts entries of closed months, which stay. `is_withheld`: there is more than may be told, so neither
    `found` nor `applied` is for anybody to see. `applied` is what has changed so far, to the gram.
    """

    owner: str
    id: str
    state: RecalculationState
    fingerprint: str
    requested_at: datetime
    actor_id: str
    actor_name: str
    seen: int = 0
    found: Sums = field(default_factory=Sums)
    rows: tuple[FactorChange, ...] = ()
    others: Sums = field(default_factory=Sums)
    locked: int = 0
    is_withheld: bool = False
    checked_at: datetime | None = None
    applied: Sums = field(default_factory=Sums)
    applied_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        return self.state in {RecalculationState.CHECKING, RecalculationState.APPLYING}


#: A factor, and the editions before and after.
_Change = tuple[str, Edition, Edition]


class ChangeSums:
    """Adds up changes by factor, each in the cells it is told by. Keeps sums, not entries."""

    def __init__(self) -> None:
        self._sums: dict[_Change, dict[Cell, Sums]] = {}
        self._named: dict[_Change, tuple[str, str]] = {}

    def add(self, before: Entry, after: Entry, *, cell: Cell = EVERYTHING) -> None:
        key = (before.factor.id, _edition(before), _edition(after))
        cells = self._sums.setdefault(key, {})
        cells[cell] = cells.get(cell, Sums()) + Sums.of([(before, after)])
        self._named[key] = (after.factor.name, before.factor.unit)

    @property
    def total(self) -> Sums:
        return sum(self.cells.values(), Sums())

    @property
    def cells(self) -> dict[Cell, Sums]:
        """What changes in each cell."""
        found: dict[Cell, Sums] = {}
        for cells in self._sums.values():
            for cell, sums in cells.items():
                found[cell] = found.get(cell, Sums()) + sums
        return found

    def rows(
        self, most: int, *, told: Collection[Cell] = (EVERYTHING,)
    ) -> tuple[tuple[FactorChange, ...], Sums, bool]:
        """Of the cells that are `told`: the largest changes and the sum of the others; and whether there are
        cells that are not, of which nothing is in any figure.
        """
        found = {
            key: sum(shown, Sums())
            for key, cells in self._sums.items()
            if (shown := [sums for cell, sums in cells.items() if cell in told])
        }
        keys = sorted(found, key=lambda key: (-abs(found[key].difference), key[0], str(key)))
        others = sum((found[key] for key in keys[most:]), Sums())
        rows = tuple(self._row(key, found[key]) for key in keys[:most])
        return rows, others, any(cell not in told for cell in self.cells)

    def _row(self, key: _Change, sums: Sums) -> FactorChange:
        factor_id, before, after = key
        name, unit = self._named[key]
        return FactorChange(factor_id, name, unit, before, after, sums)


def _edition(entry: Entry) -> Edition:
    return Edition(entry.factor.source, entry.factor.year, entry.factor.value)
