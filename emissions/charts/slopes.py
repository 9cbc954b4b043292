"""The target's path across the columns of months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from emissions.charts.scale import position

_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Slope:
    """A piece of the path, from one month to the next. `x` are percent, `y` pixels."""

    x1: Decimal
    y1: Decimal
    x2: Decimal
    y2: Decimal


def slopes(ys: Sequence[Decimal | None], *, left: Decimal, slot: Decimal) -> tuple[Slope, ...]:
    """From the middle of each month to that of the next, and on to the edges at both ends.

    `ys` has a place for each month, None for one that the path has not reached; `slot` is a month's percent.
    """
    known = [(index + _HALF, y) for index, y in enumerate(ys) if y is not None]
    if not known:
        return ()
    (first, first_y), (last, last_y) = known[0], known[-1]
    points = [(first - _HALF, first_y), *known, (last + _HALF, last_y)]
    drawn = [(position(left + slot * place), y) for place, y in points]
    return tuple(Slope(*begin, *end) for begin, end in pairwise(drawn))
