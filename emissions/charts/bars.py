"""Horizontal bars on one scale from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.charts.scale import position


@dataclass(frozen=True, slots=True)
class BarValue:
    """What a bar stands for. `kind` is the word the style sheet knows it by."""

    label: str
    kind: str
    kg: Decimal
    text: str
    note: str = ""
    is_projected: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its width in percent of the drawing."""

    value: BarValue
    width: Decimal


def bars(values: Sequence[BarValue]) -> tuple[Bar, ...]:
    """Bars in the order given; the largest fills the width."""
    largest = max((value.kg for value in values), default=Decimal(0))
    if largest <= 0:
        return tuple(Bar(value, Decimal(0)) for value in values)
    return tuple(Bar(value, position(max(value.kg, Decimal(0)) * 100 / largest)) for value in values)
