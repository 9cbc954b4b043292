"""A vertical axis: few round ticks from zero."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

#: Positions are kept to a hundredth of a pixel or percent: finer than a screen, short in the page.
_POSITION = Decimal("0.01")
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


def position(value: Decimal) -> Decimal:
    """A position as written into the page."""
    return value.quantize(_POSITION)


def tick_values(largest: Decimal, *, most: int = 4) -> list[Decimal]:
    """Round values from 0 to the first one at or above `largest`, at most `most` steps of 1, 2 or 5 × 10ⁿ."""
    if largest <= 0:
        return [Decimal(0), Decimal(1)]
    rough = largest / most
    magnitude = Decimal(1).scaleb(rough.adjusted())
    step = next(step * magnitude for step in _STEPS if step * magnitude >= rough)
    count = int((largest / step).to_integral_value(rounding=ROUND_CEILING))
    return [step * index for index in range(count + 1)]


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps kg CO2e to pixels between `baseline` (0 kg, always) and `top`. y grows downwards, as in SVG."""

    top: Decimal
    baseline: Decimal
    largest: Decimal

    def y(self, kg: Decimal) -> Decimal:
        """Where `kg` is. Below zero there is nothing to draw, so it is the baseline."""
        share = max(kg, Decimal(0)) / self.largest
        return position(self.baseline - (self.baseline - self.top) * share)
