"""Units people type, what they are called, and exact conversion between them with pint on `Decimal`.

A unit *code* (`mile`, `kwh`, `us_gallon`) is what an entry stores; people may spell it as they like. A
*factor unit* is what an emission factor is published per (`km`, `kWh`, `room_night`). The set is closed: it
is defined in `emissions/data/units.txt`, in pint's own grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING

from accounts.domain import UnitSystem
from emissions.factors.errors import UnitNotUsable
from emissions.factors.files import DATA
from emissions.factors.unit_names import FACTOR_UNIT_CODES, LABELS, OFFERED, PLURALS, SPELLINGS

if TYPE_CHECKING:
    import pint

#: 28 digits leave room below the 38 that DynamoDB keeps.
PRECISION = Context(prec=28)
#: A person's own distance is a passenger's distance: ten miles on a bus are ten passenger-miles.
PASSENGER_KM = "passenger_km"
_PERSONAL_DISTANCE = {"km": PASSENGER_KM, "m": PASSENGER_KM, "mile": PASSENGER_KM}


def parse_unit(text: str) -> str:
    """The code of a unit as somebody spelled it (`Miles`, `kWh`, `lbs`, `US gal`). Raises `UnitNotUsable`."""
    spelling = re.sub(r"[\s._()-]+", " ", text.strip().lower()).strip()
    code = SPELLINGS.get(spelling)
    if code is None:
        raise UnitNotUsable(
            f"We do not know the unit “{text.strip()[:40]}”. Try km, miles, kWh, kg, lb or litres."
        )
    return code


def unit_label(code: str, amount: Decimal | int | None = None) -> str:
    """What a unit is called beside an amount: `miles`, `kWh`; singular for exactly one. Any factor unit works
    too.
    """
    code = FACTOR_UNIT_CODES.get(code, code)
    if amount == 1:
        return LABELS.get(code, code)
    return PLURALS.get(code) or LABELS.get(code, code)


def units_for(factor_unit: str, unit_system: UnitSystem | str = UnitSystem.METRIC) -> list[tuple[str, str]]:
    """The units to offer for a factor as (code, label), those of the person's unit system first."""
    return [(code, unit_label(code)) for code in codes_for(factor_unit, unit_system)]


def codes_for(factor_unit: str, unit_system: UnitSystem | str = UnitSystem.METRIC) -> tuple[str, ...]:
    """The codes of `units_for`; the first is the default of the unit system."""
    metric, imperial = OFFERED[FACTOR_UNIT_CODES.get(factor_unit, factor_unit)]
    return imperial + metric if unit_system == UnitSystem.IMPERIAL else metric + imperial


@cache
def is_convertible(unit: str, factor_unit: str) -> bool:
    """Whether amounts in `unit` (a code) can be used with a factor per `factor_unit`."""
    try:
        conversion(unit, factor_unit)
    except UnitNotUsable:
        return False
    return True


@cache
def conversion(unit: str, factor_unit: str) -> Decimal:
    """How many factor units one `unit` (a code) makes: `conversion("mile", "km")` is 1.609344.

    Raises `UnitNotUsable` when the two do not measure the same thing.
    """
    target = FACTOR_UNIT_CODES.get(factor_unit, factor_unit)
    if unit == target:
        return Decimal(1)
    if target == PASSENGER_KM and unit in _PERSONAL_DISTANCE:
        target = "km"
    from pint.errors import DimensionalityError, UndefinedUnitError  # loaded with pint, on first use

    with localcontext(PRECISION):
        try:
            ratio: Decimal = _registry().Quantity(Decimal(1), unit).to(target).magnitude
        except (DimensionalityError, UndefinedUnitError) as error:
            raise UnitNotUsable(not_usable(unit, codes_for(factor_unit))) from error
        return ratio.normalize()


def convert(amount: Decimal, unit: str, factor_unit: str) -> Decimal:
    """`amount` in `unit` (a code) as an amount in `factor_unit`."""
    with localcontext(PRECISION):
        return amount * conversion(unit, factor_unit)


def is_per_passenger(unit: str, factor_unit: str) -> bool:
    """Whether the amount is already one person's: a plain distance with a factor per passenger-km."""
    return FACTOR_UNIT_CODES.get(factor_unit, factor_unit) == PASSENGER_KM and unit in _PERSONAL_DISTANCE


def not_usable(unit: str, accepted: Sequence[str]) -> str:
    """The sentence for a unit that does not measure the activity."""
    names = [unit_label(code) for code in accepted]
    instead = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"This is not measured in {unit_label(unit)}. Please use {instead}."


@cache
def _registry() -> pint.UnitRegistry[Decimal]:
    """pint with only our units: reading its own list takes 250 ms, ours 5. Importing pint takes 80."""
    import pint  # only when the first conversion is made, so that commands and tests do not pay for it

    registry: pint.UnitRegistry[Decimal] = pint.UnitRegistry(None, non_int_type=Decimal, cache_folder=None)
    lines = (DATA / "units.txt").read_text(encoding="utf-8").splitlines()
    registry.load_definitions([line for line in lines if line and not line.startswith("#")])
    return registry
