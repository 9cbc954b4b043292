"""Figures as people read them: two or three significant figures, always with their unit, never an exponent.

Pages round; exports do not. A no-break space keeps a number and its unit on one line, and a real minus sign
(−) lines up with a plus.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
KG_PER_TONNE = Decimal(1000)
#: From here on a mass reads in tonnes: what would round to 1,000 kg is 1 t.
_TONNES_FROM_KG = Decimal("999.5")
#: Below this a mass says no more than that it is small.
_SMALLEST_KG = Decimal("0.01")
#: Enough for any number that DynamoDB holds (38 digits), rounded after the point.
_DIGITS = 60


def significant(value: Decimal, digits: int = 3) -> str:
    """Rounded to significant figures, with thousands separators: `1,240`, `12.4`, `0.057`, `−3.5`."""
    if not value:
        return "0"
    step = Decimal(1).scaleb(min(0, value.adjusted() - digits + 1))
    with localcontext(prec=_DIGITS):
        return exact(value.quantize(step, rounding=ROUND_HALF_UP))


def about(value: Decimal, digits: int = 2) -> str:
    """Rounded left of the point too, for what is only an order of size: `1,900`, `86`, `9.3`."""
    if value.adjusted() < digits:
        return significant(value, digits)
    return exact(value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), rounding=ROUND_HALF_UP))


def exact(number: Decimal) -> str:
    """A number with every digit it has and none it has not: `1.609344`, `12,000`, `0.17474`."""
    digits = f"{number.copy_abs():,f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{MINUS}{digits}" if number < 0 else digits


def kilograms(kg: Decimal) -> str:
    """A mass in kg, without the unit: `1,240`, `12.4`, `< 0.01`."""
    if 0 < abs(kg) < _SMALLEST_KG:
        return f"<{NO_BREAK_SPACE}0.01" if kg > 0 else f">{NO_BREAK_SPACE}{MINUS}0.01"
    return significant(kg)


def mass(kg: Decimal) -> str:
    """A mass with the unit that suits its size: `12.4 kg`, from a tonne up `1.24 t`, `< 0.01 kg`."""
    if abs(kg) >= _TONNES_FROM_KG:
        return f"{significant(kg / KG_PER_TONNE)}{NO_BREAK_SPACE}t"
    return f"{kilograms(kg)}{NO_BREAK_SPACE}kg"


def signed_mass(kg: Decimal) -> str:
    """A difference of masses with its sign: `+12.4 kg`, `−1.24 t`, `0 kg`."""
    return f"+{mass(kg)}" if kg > 0 else mass(kg)


def signed_percent(percent: Decimal) -> str:
    """A change given in percent, with its sign: `+12%`, `−8.3%`, `0%`."""
    step = Decimal(1) if abs(percent) >= 10 else Decimal("0.1")
    with localcontext(prec=_DIGITS):
        rounded = percent.quantize(step, rounding=ROUND_HALF_UP)
    return f"{'+' if rounded > 0 else ''}{exact(rounded)}%" if rounded else "0%"
