"""`emissions.figures` as filters, which show nothing for nothing.

Anything but a whole number or a Decimal is a mistake of the template: kg are never floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html

from emissions import figures
from emissions.factors import units
from emissions.figures import NO_BREAK_SPACE

register = template.Library()

UNIT = "CO2e"


@register.filter
def kg_co2e(value: Any) -> str:
    """kg CO2e with the unit that suits its size: `12.4 kg CO2e`, `1.24 t CO2e`, `< 0.01 kg CO2e`."""
    kg = _decimal(value)
    return "" if kg is None else f"{figures.mass(kg)} {UNIT}"


@register.filter
def signed_kg_co2e(value: Any) -> str:
    """A difference in kg CO2e with its sign: `+12.4 kg CO2e`, `−1.24 t CO2e`."""
    kg = _decimal(value)
    return "" if kg is None else f"{figures.signed_mass(kg)} {UNIT}"


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
    return "" if number is None else figures.kilograms(number)


@register.filter
def signed_kg(value: Any) -> str:
    """A difference in kg CO2e with its sign, without the unit: `+12.4`, `−0.3`, `0`."""
    number = _decimal(value)
    if number is None:
        return ""
    return f"+{figures.kilograms(number)}" if number > 0 else figures.kilograms(number)


@register.filter
def quantity(value: Any, unit: str) -> str:
    """An amount exactly as it was logged, with its unit in words: `50 miles`, `1 mile`, `0.00002 kg`."""
    amount = _decimal(value)
    if amount is None:
        return ""
    return f"{figures.exact(amount)}{NO_BREAK_SPACE}{units.unit_label(unit, amount)}"


@register.filter
def factor_unit(unit: str) -> str:
    """What one unit of a factor is called: `passenger_km` is `passenger-km`."""
    return units.unit_label(unit, 1)


@register.filter
def exact(value: Any) -> str:
    """A number with every digit it has and none it has not: `1.609344`, `12,000`, `0.17474`."""
    number = _decimal(value)
    return "" if number is None else figures.exact(number)


@register.filter
def signed_percent(value: Any) -> str:
    """A change given in percent, with its sign: `+12%`, `−8.3%`, `0%`; empty where nothing compares."""
    percent = _decimal(value)
    return "" if percent is None else figures.signed_percent(percent)


def _decimal(value: Any) -> Decimal | None:
    """The number to show; None for nothing, which a template has as None or as an empty string."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a figure is a Decimal, not {type(value).__name__}")
    return Decimal(value)
