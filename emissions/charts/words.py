"""Figures in the words of charts: short enough for a label, always with their unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_SIGNIFICANT = 3
_TONNE = Decimal(1000)
#: From here on a mass reads in tonnes: what would round to 1,000 kg is 1 t.
_TONNES_FROM = Decimal("999.5")
_SPACE = "\N{NO-BREAK SPACE}"


def significant(value: Decimal, digits: int = _SIGNIFICANT) -> str:
    """Round to significant figures, without exponent, with thousands separators: `1,240`, `12.4`, `0.057`."""
    if not value:
        return "0"
    exponent = min(0, value.adjusted() - digits + 1)
    rounded = value.quantize(Decimal(1).scaleb(exponent), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def mass(kg: Decimal) -> str:
    """A mass that is not negative: `12.4 kg`, from a tonne up `1.24 t`."""
    if kg >= _TONNES_FROM:
        return f"{significant(kg / _TONNE)}{_SPACE}t"
    if 0 < kg < Decimal("0.01"):
        return f"<{_SPACE}0.01{_SPACE}kg"
    return f"{significant(kg)}{_SPACE}kg"


def about(value: Decimal, digits: int = 2) -> str:
    """Rounded left of the point too, for what is only an order of size: `1,900`, `86`, `9.3`."""
    if value.adjusted() < digits:
        return significant(value, digits)
    return f"{value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), rounding=ROUND_HALF_UP):,f}"


def mass_range(lowest: Decimal, highest: Decimal) -> str:
    """`0.34–3.6 kg`, or one mass where both read the same."""
    ends = (significant(lowest, 2), significant(highest, 2))
    return f"{ends[0]}{_SPACE}kg" if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}{_SPACE}kg"


def axis_number(kg: Decimal, *, in_tonnes: bool) -> str:
    """A tick, round already, without its unit, which the axis has."""
    value = kg / _TONNE if in_tonnes else kg
    return f"{value.normalize():,f}"


def column_number(kg: Decimal, *, in_tonnes: bool) -> str:
    """A column's figure without its unit, in the few characters that fit over it on a phone."""
    return significant(kg / _TONNE if in_tonnes else kg, 2)


def entries_text(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
