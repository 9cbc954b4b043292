"""What the page of a what-if shows: each change in words with its arithmetic, bars, links, and ideas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.charts.pairs import Pair, PairValue, change_text, pairs
from emissions.dashboard.periods import Month, day_label
from emissions.factors import units
from emissions.figures import NO_BREAK_SPACE, exact, mass, significant
from emissions.insights.changes import Change, Changes
from emissions.insights.lines import Line
from emissions.insights.what_if import Base, Outcome, Scenario, apply

MOST_PAIRS = 10
MOST_IDEAS = 4
#: Ideas to try: what may do the work of choices whose ids begin so, if it weighs less.
_INSTEAD = {
    "car-petrol": "car-electric",
    "car-diesel": "car-electric",
    "car-suv": "car-electric",
    "taxi": "bus",
    "flight-domestic": "train",
    "flight-short": "train-international",
    "beef": "chicken",
    "lamb": "chicken",
    "milk": "oat-milk",
}


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`1,340 km × 0.165 kg = 221 kg`. All but `kg` is empty where no amount is known."""

    amount: str
    factor: str
    kg: str


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """A change: what it is in words, how it is worked out before and after, and the ways on."""

    outcome: Outcome
    words: str
    before: Arithmetic
    after: Arithmetic
    difference: str
    note: str
    edit_query: str
    without_query: str

    @property
    def direction(self) -> str:
        difference = self.outcome.difference
        return "same" if not difference else "less" if difference < 0 else "more"


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the base, with a link that opens it. `change` is what happens to it, in words."""

    line: Line
    amount: str
    change: str
    edit_query: str


@dataclass(frozen=True, slots=True)
class Idea:
    """Something to try, with what it saves in kg CO2e."""

    label: str
    saves: str
    query: str


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    scenario: Scenario
    changes: Changes
    cards: tuple[ChangeCard, ...]
    rows: tuple[LineRow, ...]
    ideas: tuple[Idea, ...]
    pairs: tuple[Pair, ...]
    rests_on: str
    target_by: date

    @property
    def base(self) -> Base:
        return self.scenario.base

    @property
    def difference(self) -> str:
        return change_text(self.scenario.difference)


def what_if_page(base: Base, changes: Changes, *, region: str, today: date) -> WhatIfPage:
    """Lay out a what-if. Swaps weigh what the catalogue says today."""
    scenario = apply(base, changes, region=region, on=today)
    by_line = {outcome.line.key: outcome for outcome in scenario.outcomes}
    rows = scenario.changed_rows[:MOST_PAIRS]
    return WhatIfPage(
        scenario,
        changes,
        cards=tuple(_card(outcome, changes) for outcome in scenario.outcomes),
        rows=tuple(_row(line, by_line.get(line.key), changes) for line in base.lines),
        ideas=tuple(_ideas(scenario, changes, region=region, on=today)),
        pairs=pairs([PairValue(row.label, row.activity_type, row.after, row.before) for row in rows]),
        rests_on=_rests_on(base),
        target_by=target_day(today),
    )


def target_day(today: date) -> date:
    """By when a what-if is to come true unless somebody says otherwise: the end of next year."""
    return date(today.year + 1, 12, 31)


def words_of(outcome: Outcome) -> str:
    """A change in words: `50% less`, `600 km instead of 1,340 km, “Train” instead`."""
    change, line = outcome.change, outcome.line
    parts = []
    if change.amount is not None:
        parts.append(
            f"{amount_text(change.amount, line.unit)} instead of {amount_text(line.amount, line.unit)}"
        )
    elif change.percent == -100:
        parts.append("none of it")
    elif change.percent == 100:
        parts.append("twice as much")
    elif change.percent == -50:
        parts.append("half as much")
    elif change.percent:
        word = "less" if change.percent < 0 else "more"
        parts.append(f"{exact(abs(change.percent))}% {word}")
    if outcome.swap is not None:
        parts.append(f"“{outcome.swap.label}” instead")
    return ", ".join(parts)


def amount_text(amount: Decimal, unit: str) -> str:
    """An amount to three figures with its unit: `1,340 km`, `0.4 kg`."""
    rounded = amount.quantize(Decimal(1)) if amount >= 100 else amount
    text = significant(rounded)
    return f"{text}{NO_BREAK_SPACE}{units.unit_label(unit, rounded)}"


def _card(outcome: Outcome, changes: Changes) -> ChangeCard:
    line = outcome.line
    return ChangeCard(
        outcome,
        words=words_of(outcome),
        before=_arithmetic(line, line.amount, line.kg_per_unit, line.kg),
        after=_arithmetic(line, outcome.amount, outcome.kg_per_unit, outcome.kg),
        difference=change_text(outcome.difference),
        note=_note(outcome),
        edit_query=_edit_query(changes, line),
        without_query=changes.without(line.key).query,
    )


def _arithmetic(line: Line, amount: Decimal, factor: Decimal | None, kg: Decimal) -> Arithmetic:
    if factor is None:
        return Arithmetic("", "", mass(kg))
    per = units.unit_label(line.unit, 1)
    return Arithmetic(
        amount_text(amount, line.unit), f"{significant(factor)}{NO_BREAK_SPACE}kg per {per}", mass(kg)
    )


def _note(outcome: Outcome) -> str:
    """What to know about the arithmetic: sharing, stand-ins, scaled amounts."""
    line, swap = outcome.line, outcome.swap
    notes = []
    if line.is_shared and (swap is None or not swap.per_passenger):
        notes.append("The figure per unit is your share: others shared it.")
    elif line.is_shared:
        notes.append("Alone it is your own seat: who shared it before is not divided by.")
    if swap is not None and swap.is_proxy:
        notes.append("There is no figure for your region, so another region’s stands in.")
    if line.is_estimated:
        notes.append("The amount is estimated from a part of your entries.")
    return " ".join(notes)


def _row(line: Line, outcome: Outcome | None, changes: Changes) -> LineRow:
    return LineRow(
        line,
        amount=amount_text(line.amount, line.unit) if line.variant else "",
        change=words_of(outcome) if outcome else "",
        edit_query=_edit_query(changes, line),
    )


def _edit_query(changes: Changes, line: Line) -> str:
    return "&".join(filter(None, (changes.query, f"edit={line.key}")))


def _ideas(scenario: Scenario, changes: Changes, *, region: str, on: date) -> Iterator[Idea]:
    """For the largest lines that are not changed yet: something else instead, or half of it."""
    base, found = scenario.base, 0
    for line in base.lines:
        if found == MOST_IDEAS or line.kg <= 0:
            return
        if changes.of(line.key) is not None or not line.variant:
            continue
        for change in (*_swaps(line), Change(line.key, percent=Decimal(-50))):
            outcomes = apply(base, Changes((change,)), region=region, on=on).outcomes
            if outcomes and outcomes[0].difference < 0:
                found += 1
                words = words_of(outcomes[0])
                saves = mass(-outcomes[0].difference)
                yield Idea(f"{line.label}: {words}", saves, changes.plus(change).query)
                break


def _swaps(line: Line) -> list[Change]:
    return [
        Change(line.key, swap=variant)
        for start, variant in _INSTEAD.items()
        if line.variant.startswith(start)
    ]


def _rests_on(base: Base) -> str:
    """What the page rests on, exactly."""
    months = _months(base)
    if base.is_complete and not base.is_estimated:
        return f"It rests on {_entries(base.entries_read)}, all that you logged in {months}."
    if base.is_complete:
        return (
            f"Each category’s kg are your exact totals of {months}. How they split rests on "
            f"{_entries(base.entries_read)}; where some are archived, amounts are estimated."
        )
    since = f", back to {day_label(base.read_since)}" if base.read_since else ""
    return (
        f"Each category’s kg are your exact totals of {months}. How they split rests on your newest "
        f"{_entries(base.entries_read)}{since}; amounts are scaled up to the totals."
    )


def _months(base: Base) -> str:
    if base.is_whole_year:
        return f"the twelve months {base.span.label}"
    first: Month = base.span.first
    return base.span.label if first != base.span.last else first.label


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
