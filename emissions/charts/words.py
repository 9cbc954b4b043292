"""Labels of charts: short, always with their unit."""

from __future__ import annotations

from decimal import Decimal

from emissions.figures import KG_PER_TONNE, NO_BREAK_SPACE, exact, significant


def mass_range(lowest: Decimal, highest: Decimal) -> str:
    """`0.34–3.6 kg`, or one mass where both read the same."""
    ends = (significant(lowest, 2), significant(highest, 2))
    text = ends[0] if ends[0] == ends[1] else "–".join(ends)
    return f"{text}{NO_BREAK_SPACE}kg"


def axis_number(kg: Decimal, *, in_tonnes: bool) -> str:
    """A tick, round already, without its unit, which the axis has."""
    return exact(kg / KG_PER_TONNE if in_tonnes else kg)


def column_decimals(largest: Decimal) -> int:
    """Decimal places for figures over columns of which this is the largest: three digits fit on a phone."""
    return min(2, max(0, 2 - largest.adjusted())) if largest else 0


def column_number(kg: Decimal, *, in_tonnes: bool, decimals: int) -> str:
    """A column's figure without its unit, with as many decimals as its neighbors."""
    value = kg / KG_PER_TONNE if in_tonnes else kg
    least = Decimal(1).scaleb(-decimals)
    return f"<{least}" if 0 < value < least / 2 else f"{value:.{decimals}f}"


def entries_text(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
