"""What twelve months were made of: one line for each thing that was logged in one unit.

A category's kg are its totals, exactly. How it splits into lines, and the amounts, are those of its entries.
Where not all of them were read (there is a limit) or some are archived, the lines are scaled up to the
totals; where none was, the category is one line without an amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.breakdown import CategoryKey
from emissions.domain.entries import Entry
from emissions.factors import choices
from emissions.factors.categories import category_label

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in one unit. `amount` is as logged, `own_amount` each part of it divided by who shared it.

    `kg` is the person's share in kg CO2e. Without `variant` nothing but the category's kg is known.
    `entries` is how many were read; `scale` by how much they were scaled up to make the totals.
    """

    activity_type: str
    category: str
    variant: str
    unit: str
    amount: Decimal
    own_amount: Decimal
    kg: Decimal
    entries: int
    scale: Decimal = Decimal(1)

    @property
    def key(self) -> str:
        """How an address names it: `car-petrol-medium.km`, or `transportation/car` without a variant."""
        return f"{self.variant}.{self.unit}" if self.variant else f"{self.activity_type}/{self.category}"

    @property
    def label(self) -> str:
        if self.variant:
            return choices.label(self.variant)
        return f"{category_label(self.activity_type, self.category)}, all of it"

    @property
    def kg_per_unit(self) -> Decimal | None:
        """kg CO2e of the person's share for each unit as logged."""
        return self.kg / self.amount if self.variant and self.amount > 0 else None

    @property
    def is_shared(self) -> bool:
        return self.own_amount != self.amount

    @property
    def is_estimated(self) -> bool:
        """Whether its amount is scaled up from a part of the entries."""
        return self.scale != 1


def lines_of(by_category: Mapping[CategoryKey, Decimal], entries: Iterable[Entry]) -> tuple[Line, ...]:
    """The lines of a period, the largest first. `by_category` is its kg by category, from totals."""
    read = _group(entries)
    sums: dict[CategoryKey, Decimal] = {}
    for line in read:
        key = (line.activity_type, line.category)
        sums[key] = sums.get(key, ZERO) + line.kg
    lines = [
        _scaled(line, by_category.get((line.activity_type, line.category), ZERO), of=sums[line_key])
        for line in read
        if (line_key := (line.activity_type, line.category))
    ]
    lines += [
        Line(*key, "", "", ZERO, ZERO, kg, 0)
        for key, kg in by_category.items()
        if kg > 0 and sums.get(key, ZERO) <= 0
    ]
    return tuple(sorted(lines, key=lambda line: (-line.kg, line.key)))


def _group(entries: Iterable[Entry]) -> list[Line]:
    groups: dict[tuple[str, str, str, str], list[Entry]] = {}
    for entry in entries:
        key = (entry.activity_type.value, entry.category, entry.variant, entry.unit)
        groups.setdefault(key, []).append(entry)
    return [
        Line(
            *key,
            amount=sum((entry.amount for entry in group), ZERO),
            own_amount=sum((entry.amount / entry.people for entry in group), ZERO),
            kg=sum((entry.co2_emissions for entry in group), ZERO),
            entries=len(group),
        )
        for key, group in groups.items()
    ]


def _scaled(line: Line, total: Decimal, *, of: Decimal) -> Line:
    if of <= 0 or of == total:
        return line
    scale = total / of
    return Line(
        line.activity_type,
        line.category,
        line.variant,
        line.unit,
        line.amount * scale,
        line.own_amount * scale,
        line.kg * scale,
        line.entries,
        scale,
    )
