"""A person's entries of a period, added up: by factor, by category of scope 3, by how they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from emissions.domain.entries import Entry, FactorSnapshot, Scope
from emissions.domain.scopes import usual_work_scope
from emissions.reports.uses import (
    CategoryKey,
    CategoryUses,
    FactorKey,
    FactorRow,
    Use,
    by_largest,
    edition_label,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, order=True)
class Correction:
    """Results that a recalculation replaced on a day, by the editions before and after."""

    on: date
    before: str
    after: str


@dataclass(slots=True)
class Corrected:
    """What a correction did to how many entries, kg CO2e."""

    entries: int = 0
    before_kg: Decimal = ZERO
    after_kg: Decimal = ZERO


@dataclass(slots=True)
class Ledger:
    """Sums over entries, without keeping them: as small for a hundred thousand as for ten."""

    factors: dict[FactorKey, Use] = field(default_factory=dict)
    #: Scope 3 by category. A personal entry has none of its own: it counts where it would at work.
    scope3: dict[int, Use] = field(default_factory=dict)
    matches: dict[str, Use] = field(default_factory=dict)
    all: Use = field(default_factory=Use)
    shared: Use = field(default_factory=Use)
    imported: Use = field(default_factory=Use)
    recurring: Use = field(default_factory=Use)
    work: Use = field(default_factory=Use)
    corrections: dict[Correction, Corrected] = field(default_factory=dict)
    months: dict[str, Use] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        kg = entry.co2_emissions
        key = FactorKey.of(entry.activity_type.value, entry.category, entry.factor)
        self.factors.setdefault(key, Use()).add(kg)
        self.matches.setdefault(key.match, Use()).add(kg)
        self.months.setdefault(entry.month, Use()).add(kg)
        self.all.add(kg)
        if entry.scope is Scope.THREE:
            self.scope3.setdefault(_scope3_category(entry), Use()).add(kg)
        for use, applies in (
            (self.shared, entry.people > 1),
            (self.imported, entry.import_id is not None),
            (self.recurring, entry.rule_id is not None),
            (self.work, entry.is_work),
        ):
            if applies:
                use.add(kg)
        self._add_corrections(entry)

    def _add_corrections(self, entry: Entry) -> None:
        """Each former result against the one that replaced it."""
        results = [(each.co2_emissions, each.factor) for each in entry.former]
        results.append((entry.co2_emissions, entry.factor))
        for former, (before_kg, before), (after_kg, after) in zip(
            entry.former, results, results[1:], strict=False
        ):
            correction = Correction(former.replaced_at.date(), _edition(before), _edition(after))
            corrected = self.corrections.setdefault(correction, Corrected())
            corrected.entries += 1
            corrected.before_kg += before_kg
            corrected.after_kg += after_kg

    def category_uses(self, totals: Mapping[CategoryKey, Decimal]) -> tuple[CategoryUses, ...]:
        """The factors by category, largest first; `totals` are those of the categories.

        What entries at hand leave of a total is in the archive.
        """
        rows: dict[CategoryKey, list[FactorRow]] = {category: [] for category, kg in totals.items() if kg}
        for key, use in self.factors.items():
            category = (key.activity_type, key.category)
            rows.setdefault(category, []).append(FactorRow(key, use.entries, use.kg))
        uses = []
        for category, each in rows.items():
            kg = totals.get(category, ZERO)
            told = sum((row.kg or ZERO for row in each), ZERO)
            uses.append(CategoryUses(category, kg, by_largest(each), kg - told))
        return tuple(sorted(uses, key=lambda each: (-(each.kg or ZERO), each.category)))


def _scope3_category(entry: Entry) -> int:
    if entry.scope3_category is not None:
        return entry.scope3_category
    usual = usual_work_scope(entry.activity_type, entry.category, scope=entry.scope, scope3_category=None)
    assert usual.category is not None, "scope 3 has a category"
    return usual.category


def _edition(factor: FactorSnapshot) -> str:
    return edition_label(factor.source, factor.source_id, factor.year)
