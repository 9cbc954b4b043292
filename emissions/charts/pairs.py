"""Two horizontal bars for each thing: what is, and what it is held against, on one scale from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.charts.scale import position
from emissions.figures import mass, signed_percent

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PairValue:
    """kg CO2e of something, `now` and `before`. `note` is a word of warning, where there is one."""

    label: str
    kind: str
    now: Decimal
    before: Decimal
    note: str = ""

    @property
    def change(self) -> Decimal:
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Pair:
    """Both bars, with their widths in percent of the drawing, and the change in words."""

    value: PairValue
    now_width: Decimal
    before_width: Decimal
    now_text: str
    before_text: str
    change_text: str
    percent_text: str

    @property
    def direction(self) -> str:
        """The word the style sheet knows: less, more, same."""
        change = self.value.change
        return "same" if not change else "less" if change < 0 else "more"


def pairs(values: Sequence[PairValue]) -> tuple[Pair, ...]:
    """In the order given; the largest bar of all fills the width."""
    largest = max((max(value.now, value.before) for value in values), default=ZERO)
    return tuple(_pair(value, largest) for value in values)


def change_text(change: Decimal) -> str:
    """A difference with its sign and unit: `+12 kg`, `−3.4 kg`, `the same`."""
    if not change:
        return "the same"
    return f"+{mass(change)}" if change > 0 else mass(change)


def _pair(value: PairValue, largest: Decimal) -> Pair:
    percent = value.change / value.before * 100 if value.before > 0 else None
    return Pair(
        value,
        now_width=_width(value.now, largest),
        before_width=_width(value.before, largest),
        now_text=mass(value.now),
        before_text=mass(value.before),
        change_text=change_text(value.change),
        percent_text=signed_percent(percent) if percent else "",
    )


def _width(kg: Decimal, largest: Decimal) -> Decimal:
    return position(max(kg, ZERO) * 100 / largest) if largest > 0 else ZERO
