"""Figures as people read them: two or three significant figures, always with their unit, never an exponent.

Pages round; exports do not. A no-break space keeps a number and its unit on one line, and a real minus sign
(−) lines up with a plus. Anything but a whole number or a Decimal is a mistake of the caller: kg are never
floats.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from django import template
from django.utils.html import format_html

from emissions.charts.words import significant
from emissions.factors import units

register = template.Library()

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
UNIT = "CO2e"
#: From here on a figure is in tonnes: what would round to 1,000 kg reads as 1 t.
_TONNES_FROM_KG = Decimal("999.5")
#: Below this a figure says no more than that it is small.
_SMALLEST_KG = Decimal("0.01")
#: Enough for any number that DynamoDB holds (38 digits), rounded after the point.
_DIGITS = 60


@register.filter
def kg_co2e(value: Any) -> str:
    """kg CO2e with the unit that suits its size: `12.4 kg CO2e`, `1.24 t CO2e`, `< 0.01 kg CO2e`."""
    if (kg := _decimal(value)) is None:
        return ""
    if abs(kg) >= _TONNES_FROM_KG:
        return f"{_signed(kg / 1000)}{NO_BREAK_SPACE}t {UNIT}"
    return f"{_kilograms(kg)}{NO_BREAK_SPACE}kg {UNIT}"


@register.filter
def kg_figure(value: Any) -> str:
    """`kg_co2e` for a large figure: the unit in an element of its own, so that the number stands out."""
    number, _, unit = kg_co2e(value).rpartition(NO_BREAK_SPACE)
    if not unit:
        return ""
    return format_html('{}<span class="kg-unit">{}{}</span>', number, NO_BREAK_SPACE, unit)


@register.filter
def kg(value: Any) -> str:
    """The number of kg CO2e alone, for a table whose head has the unit: `1,240`, `12.4`, `< 0.01`."""
    number = _decimal(value)
    return "" if number is None else _kilograms(number)


@register.filter
def quantity(value: Any, unit: str) -> str:
    """An amount exactly as it was logged, with its unit in words: `50 miles`, `1 mile`, `0.00002 kg`."""
    amount = _decimal(value)
    if amount is None:
        return ""
    return f"{exact(amount)}{NO_BREAK_SPACE}{units.unit_label(unit, amount)}"


@register.filter
def exact(value: Any) -> str:
    """A number with every digit it has and none it has not: `1.609344`, `12,000`, `0.17474`."""
    if (number := _decimal(value)) is None:
        return ""
    digits = f"{number.copy_abs():,f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{MINUS}{digits}" if number < 0 else digits


@register.filter
def signed_percent(value: Any) -> str:
    """A change given in percent, with its sign: `+12%`, `−8.3%`, `0%`; empty for None: nothing to compare."""
    if (percent := _decimal(value)) is None:
        return ""
    step = Decimal(1) if abs(percent) >= 10 else Decimal("0.1")
    with localcontext(prec=_DIGITS):
        rounded = percent.quantize(step, rounding=ROUND_HALF_UP)
    if not rounded:
        return "0%"
    return f"{'+' if rounded > 0 else ''}{exact(rounded)}%"


def _kilograms(kg: Decimal) -> str:
    if 0 < abs(kg) < _SMALLEST_KG:
        return f"<{NO_BREAK_SPACE}0.01" if kg > 0 else f">{NO_BREAK_SPACE}{MINUS}0.01"
    return _signed(kg)


def _signed(number: Decimal) -> str:
    with localcontext(prec=_DIGITS):
        text = significant(abs(number))
    return f"{MINUS}{text}" if number < 0 else text


def _decimal(value: Any) -> Decimal | None:
    """The number to show; None for nothing, which a template has as None or as an empty string."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a figure is a Decimal, not {type(value).__name__}")
    return Decimal(value)
