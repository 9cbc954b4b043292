"""What a total is made of: shares by category, largest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.domain.totals import MonthTotals
from emissions.factors.categories import category_label

CategoryKey = tuple[str, str]
#: The row of everything that has none of its own.
OTHER: CategoryKey = ("", "other")


@dataclass(frozen=True, slots=True)
class Share:
    """One category's part of a total. `percent` is whole, and a list's percents add up to 100."""

    activity_type: str
    category: str
    label: str
    kg: Decimal
    percent: int

    @property
    def percent_text(self) -> str:
        """What is there is never nothing: `< 1%`."""
        return f"{self.percent}%" if self.percent else "<\N{NO-BREAK SPACE}1%"

    @property
    def is_rest(self) -> bool:
        """Whether this row is everything that has none of its own."""
        return (self.activity_type, self.category) == OTHER

    @property
    def kind(self) -> str:
        """The word the style sheet colors it by."""
        return self.activity_type or self.category


def category_totals(months: Iterable[MonthTotals]) -> dict[CategoryKey, Decimal]:
    """kg CO2e by (activity type, category) over several months."""
    totals: dict[CategoryKey, Decimal] = {}
    for month in months:
        for key, kg in month.by_category().items():
            totals[key] = totals.get(key, Decimal(0)) + kg
    return totals


def shares(totals: Mapping[CategoryKey, Decimal], *, most: int) -> tuple[Share, ...]:
    """The largest categories first, at most `most` rows; when there are more, the last row is the rest.

    Categories of 0 kg have no share and are left out.
    """
    ranked = sorted(((key, kg) for key, kg in totals.items() if kg > 0), key=lambda item: (-item[1], item[0]))
    tail: list[tuple[CategoryKey, Decimal]] = []
    if len(ranked) > most:
        head, tail = ranked[: most - 1], ranked[most - 1 :]
        ranked = [*head, (OTHER, sum((kg for _key, kg in tail), Decimal(0)))]
    percents = whole_percents([kg for _key, kg in ranked])
    return tuple(
        Share(*key, category_label(*key) if key != OTHER else f"{len(tail)} others", kg, percent)
        for (key, kg), percent in zip(ranked, percents, strict=True)
    )


def whole_percents(values: Sequence[Decimal]) -> list[int]:
    """Whole percents of the sum that add up to exactly 100 (largest remainders are rounded up)."""
    total = sum(values, Decimal(0))
    if total <= 0:
        return [0] * len(values)
    exact = [value * 100 / total for value in values]
    percents = [int(value) for value in exact]
    by_remainder = sorted(range(len(values)), key=lambda index: percents[index] - exact[index])
    for index in by_remainder[: 100 - sum(percents)]:
        percents[index] += 1
    return percents
