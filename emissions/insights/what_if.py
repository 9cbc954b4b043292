"""What twelve months would have been with less of this, or that instead: factor × amount, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.calculation import CalculationError, calculate
from emissions.dashboard.breakdown import CategoryKey
from emissions.domain.entries import round_kg
from emissions.factors import choices, units
from emissions.factors.categories import CATEGORY_LABELS, category_label
from emissions.insights.changes import Change, Changes
from emissions.insights.lines import Line
from emissions.insights.spans import Span

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Base:
    """The months that are copied. `days` is how many since the first entry, at most all of them."""

    span: Span
    days: int
    lines: tuple[Line, ...]
    entries_read: int
    is_complete: bool
    read_since: date | None = None

    @property
    def kg(self) -> Decimal:
        return sum((line.kg for line in self.lines), ZERO)

    @property
    def is_whole_year(self) -> bool:
        return self.days >= self.span.days and len(self.span.months) == 12

    @property
    def is_estimated(self) -> bool:
        """Whether a line was scaled up, or has no amount."""
        return any(line.is_estimated or not line.variant for line in self.lines)

    def a_year(self, kg: Decimal) -> Decimal:
        """kg of these months as kg a year: as they are where they are a year, else by the day."""
        return kg if self.is_whole_year else kg / self.days * 365

    def line(self, key: str) -> Line | None:
        return next((line for line in self.lines if line.key == key), None)


@dataclass(frozen=True, slots=True)
class Swap:
    """Something that may do what a line does. `kg_per_unit` is kg CO2e for each unit of the line, before
    anybody shares it; `per_passenger` figures are not shared.
    """

    variant: str
    label: str
    activity_type: str
    category: str
    kg_per_unit: Decimal
    per_passenger: bool
    is_proxy: bool
    factor_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line with its change. `swap` is None where the same thing goes on; `amount` is what it comes to."""

    line: Line
    change: Change
    swap: Swap | None
    amount: Decimal
    kg: Decimal

    @property
    def difference(self) -> Decimal:
        return self.kg - self.line.kg

    @property
    def category(self) -> CategoryKey:
        """Where its kg count afterwards."""
        if self.swap is None:
            return self.line.activity_type, self.line.category
        return self.swap.activity_type, self.swap.category

    @property
    def kg_per_unit(self) -> Decimal | None:
        """kg CO2e of the person's share for each unit, after the change."""
        if self.swap is None:
            return self.line.kg_per_unit
        return self.swap.kg_per_unit * _own_share(self.line, self.swap)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category before and after, in kg CO2e."""

    activity_type: str
    category: str
    before: Decimal
    after: Decimal

    @property
    def label(self) -> str:
        return category_label(self.activity_type, self.category)

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        return None if self.before <= 0 else self.difference / self.before * 100


@dataclass(frozen=True, slots=True)
class Scenario:
    """The base with all changes. Those whose line or swap is not there (any more) are `dropped`."""

    base: Base
    outcomes: tuple[Outcome, ...]
    dropped: int
    rows: tuple[CategoryRow, ...]

    @property
    def kg(self) -> Decimal:
        return round_kg(self.base.kg + self.difference)

    @property
    def difference(self) -> Decimal:
        return sum((outcome.difference for outcome in self.outcomes), ZERO)

    @property
    def percent(self) -> Decimal | None:
        return None if self.base.kg <= 0 else self.difference / self.base.kg * 100

    @property
    def changed_rows(self) -> tuple[CategoryRow, ...]:
        return tuple(row for row in self.rows if row.difference)

    @property
    def kg_per_year(self) -> Decimal:
        """kg CO2e a year, in whole kilograms: what a target would be."""
        return self.base.a_year(self.kg).quantize(Decimal(1))

    @property
    def base_kg_per_year(self) -> Decimal:
        return self.base.a_year(self.base.kg).quantize(Decimal(1))


def swap_for(line: Line, variant: str, *, region: str, on: date) -> Swap | None:
    """What the line's amounts would weigh if this did them; None where it is not measured in their unit."""
    choice = choices.find(variant)
    if choice is None or choice.activity_type != line.activity_type or line.variant in {"", variant}:
        return None
    try:
        one = calculate(variant=variant, amount=Decimal(1), unit=line.unit, region=region, on=on)
    except CalculationError:
        return None
    factor = one.factor
    return Swap(
        variant=variant,
        label=choice.label,
        activity_type=choice.activity_type.value,
        category=choice.category,
        kg_per_unit=factor.kg_co2e_per_unit * one.conversion,
        per_passenger=units.is_per_passenger(line.unit, factor.unit),
        is_proxy=one.match == "proxy",
        factor_id=factor.id,
    )


def swaps_for(line: Line, *, region: str, on: date) -> list[tuple[str, list[Swap]]]:
    """All that may do what the line does, by category: its own first, in each the lightest first."""
    if not line.variant:
        return []
    groups: dict[str, list[Swap]] = {}
    for choice in choices.all():
        if swap := swap_for(line, choice.id, region=region, on=on):
            groups.setdefault(choice.category, []).append(swap)
    order = [line.category, *CATEGORY_LABELS[line.activity_type]]
    return [
        (category_label(line.activity_type, category), sorted(groups[category], key=_weight))
        for category in dict.fromkeys(order)
        if category in groups
    ]


def apply(base: Base, changes: Changes, *, region: str, on: date) -> Scenario:
    """Work out what the base would have been. Swaps weigh what the catalogue says `on` that day."""
    outcomes = []
    for change in changes.items:
        line = base.line(change.line)
        outcome = None if line is None else _outcome(line, change, region=region, on=on)
        if outcome is not None:
            outcomes.append(outcome)
    dropped = len(changes.items) - len(outcomes)
    return Scenario(base, tuple(outcomes), dropped, _rows(base, outcomes))


def _outcome(line: Line, change: Change, *, region: str, on: date) -> Outcome | None:
    """What the change makes of the line; None where it does not fit it."""
    ratio = _ratio(line, change)
    if ratio is None:
        return None
    if not change.swap:
        return Outcome(line, change, None, line.amount * ratio, round_kg(line.kg * ratio))
    swap = swap_for(line, change.swap, region=region, on=on)
    if swap is None:
        return None
    amount = line.amount if swap.per_passenger else line.own_amount
    return Outcome(line, change, swap, line.amount * ratio, round_kg(amount * ratio * swap.kg_per_unit))


def _ratio(line: Line, change: Change) -> Decimal | None:
    if change.amount is not None:
        return change.amount / line.amount if line.variant and line.amount > 0 else None
    return 1 + (change.percent or ZERO) / 100


def _own_share(line: Line, swap: Swap) -> Decimal:
    """The part of each unit that counts for the person."""
    return Decimal(1) if swap.per_passenger or not line.amount else line.own_amount / line.amount


def _weight(swap: Swap) -> tuple[Decimal, str]:
    return swap.kg_per_unit, swap.label


def _rows(base: Base, outcomes: Sequence[Outcome]) -> tuple[CategoryRow, ...]:
    before: dict[CategoryKey, Decimal] = {}
    for line in base.lines:
        key = (line.activity_type, line.category)
        before[key] = before.get(key, ZERO) + line.kg
    after = dict(before)
    for outcome in outcomes:
        own = (outcome.line.activity_type, outcome.line.category)
        after[own] -= outcome.line.kg
        after[outcome.category] = after.get(outcome.category, ZERO) + outcome.kg
    rows = [CategoryRow(*key, before.get(key, ZERO), kg) for key, kg in after.items()]
    return tuple(sorted(rows, key=lambda row: (-max(row.before, row.after), row.label)))
