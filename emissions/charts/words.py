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


def column_number(kg: Decimal, *, in_tonnes: bool) -> str:
    """A column's figure without its unit, in the few characters that fit over it on a phone."""
    return significant(kg / KG_PER_TONNE if in_tonnes else kg, 2)


def entries_text(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
