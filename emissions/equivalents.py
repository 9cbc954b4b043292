"""A figure in everyday terms: how much of a familiar activity makes as many kg CO2e.

Each is computed from the factor that logging the activity itself would use, and carries it so that the page
can name its source. Trees and the like are not here: how much one takes up depends on too much else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.domain import UnitSystem
from emissions.domain.entries import EmissionFactor
from emissions.factors import FactorNotFound, catalog, choices, units
from emissions.figures import about, significant


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A familiar activity: an everyday choice, and how a page says it around the amount."""

    choice: str
    icon: str
    before: str
    after: str


YARDSTICKS = (
    Yardstick("car-petrol-average", "car", "Driving", "in an average petrol car"),
    Yardstick("electricity", "bolt", "Using", "of household electricity"),
    Yardstick("beef-dairy-herd", "food", "Eating", "of beef from dairy cattle"),
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """`before` `amount` `unit` `after`, and the factor that says so, from elsewhere if `is_proxy`."""

    icon: str
    before: str
    amount: Decimal
    unit: str
    after: str
    factor: EmissionFactor
    source: str
    is_proxy: bool

    @property
    def factor_text(self) -> str:
        kg = significant(self.factor.kg_co2e_per_unit)
        return f"{kg} kg CO2e per {units.unit_label(self.factor.unit, 1)}"

    @property
    def text(self) -> str:
        return f"{about(self.amount)} {self.unit}"


def equivalents(kg: Decimal, *, region: str, unit_system: UnitSystem, on: date) -> tuple[Equivalent, ...]:
    """What makes `kg` kg CO2e too, by the factors in force on the day `on`. Nothing for 0 kg.

    An activity without a factor in the region, or anything that could stand in for it, is left out.
    """
    if kg <= 0:
        return ()
    found = (_equivalent(yardstick, kg, region, unit_system, on) for yardstick in YARDSTICKS)
    return tuple(equivalent for equivalent in found if equivalent is not None)


def _equivalent(
    yardstick: Yardstick, kg: Decimal, region: str, unit_system: UnitSystem, on: date
) -> Equivalent | None:
    try:
        resolution = catalog().resolve(yardstick.choice, region=region, on=on)
    except FactorNotFound:
        return None
    factor = resolution.factor
    if factor.kg_co2e_per_unit <= 0:
        return None
    unit = choices.get(yardstick.choice).default_unit(unit_system)
    amount = kg / factor.kg_co2e_per_unit / units.conversion(unit, factor.unit)
    return Equivalent(
        icon=yardstick.icon,
        before=yardstick.before,
        amount=amount,
        unit=units.unit_label(unit, amount),
        after=yardstick.after,
        factor=factor,
        source=catalog().source(factor.source_id).title,
        is_proxy=resolution.match == "proxy",
    )
