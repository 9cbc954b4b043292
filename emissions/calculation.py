"""kg CO2e of one activity: amount × conversion × factor ÷ people, in `Decimal`, rounded once at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext

from emissions.domain.entries import ActivityType, EmissionFactor, FactorSnapshot, Scope, round_kg
from emissions.factors import catalog, units
from emissions.factors.choices import KG_PER_LITRE, EverydayChoice
from emissions.factors.errors import (
    AmountOutOfRange,
    CalculationError,
    FactorNotFound,
    PeopleNotUsable,
    UnitNotUsable,
)
from emissions.factors.resolution import Catalog, Match, Resolution

__all__ = [
    "AmountOutOfRange",
    "Calculation",
    "CalculationError",
    "FactorNotFound",
    "PeopleNotUsable",
    "UnitNotUsable",
    "calculate",
    "recalculate",
]

#: What DynamoDB can store as a number.
MOST_DIGITS = 38
#: More than any one activity of a person or an organization: a slipped decimal point or the wrong unit.
ABSURD_KG = Decimal(1_000_000_000)
MOST_PEOPLE = 10_000
#: Ample for 38 digits times a conversion of 28 times a factor of 38; nothing is lost before the one rounding.
_EXACT = Context(prec=110)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A result with everything that explains it. `co2_emissions` is this person's share in kg CO2e.

    `conversion` is how many of the factor's units one `unit` makes; `unit` is a unit code; `on` is the day;
    `source` is the title of the publication that the factor comes from.
    """

    variant: str
    amount: Decimal
    unit: str
    people: int
    conversion: Decimal
    co2_emissions: Decimal
    resolution: Resolution
    on: date
    source: str

    @property
    def factor(self) -> EmissionFactor:
        return self.resolution.factor

    @property
    def match(self) -> Match:
        return self.resolution.match

    @property
    def boundary_note(self) -> str:
        return self.resolution.boundary_note

    @property
    def activity_type(self) -> ActivityType:
        return self._kind.activity_type

    @property
    def category(self) -> str:
        """The category to count it under: the choice's, which may file a factor differently."""
        return self._kind.category

    @property
    def _kind(self) -> EverydayChoice | EmissionFactor:
        return self.resolution.choice or self.factor

    @property
    def scope(self) -> Scope:
        return self.factor.scope

    def snapshot(self) -> FactorSnapshot:
        """What an entry keeps of the factor."""
        factor = self.factor
        return FactorSnapshot(
            id=factor.id,
            name=factor.variant,
            value=factor.kg_co2e_per_unit,
            unit=factor.unit,
            conversion=self.conversion,
            source=self.source,
            source_id=factor.source_id,
            year=factor.source_year,
            region=factor.region,
            match=self.match,
        )


def calculate(
    *,
    variant: str,
    amount: Decimal,
    unit: str,
    people: int = 1,
    region: str,
    on: date,
    factors: Catalog | None = None,
) -> Calculation:
    """Work out an activity. `variant` is an everyday choice or a catalogue key, `unit` a unit in any
    spelling. `factors` are those of the organization that it counts for (`catalog_for`), by default
    everybody's.

    Raises a `CalculationError` with a sentence for the person and the field it belongs to.
    """
    _check_amount(amount)
    _check_people(people)
    code = units.parse_unit(unit)
    factors = factors or catalog()
    resolution = factors.resolve(variant, region=region, on=on, unit=code)
    factor = resolution.factor
    _check_passengers(people, code, factor.unit)
    conversion = _conversion(code, resolution)
    kg = _share_kg(amount, code, conversion, factor.kg_co2e_per_unit, people)
    source = factors.source(factor.source_id).title
    return Calculation(variant, amount, code, people, conversion, kg, resolution, on, source)


def recalculate(factor: FactorSnapshot, *, amount: Decimal, unit: str, people: int) -> Decimal:
    """kg CO2e of another amount or number of people, with the factor that an entry in `unit` is frozen with.

    Raises a `CalculationError` as `calculate` does.
    """
    _check_amount(amount)
    _check_people(people)
    _check_passengers(people, unit, factor.unit)
    return _share_kg(amount, unit, factor.conversion, factor.value, people)


def _share_kg(amount: Decimal, unit: str, conversion: Decimal, kg_per_unit: Decimal, people: int) -> Decimal:
    with localcontext(_EXACT):
        exact = amount * conversion * kg_per_unit / people
        if exact > ABSURD_KG:
            raise AmountOutOfRange(
                f"That would be more than a million tonnes of CO₂e. Please check the amount and the unit "
                f"({units.unit_label(unit)})."
            )
        return round_kg(exact)


def _conversion(unit: str, resolution: Resolution) -> Decimal:
    choice, factor_unit = resolution.choice, resolution.factor.unit
    if choice is not None and choice.litre_as_kg and not units.is_convertible(unit, factor_unit):
        return units.conversion(unit, "litre") * KG_PER_LITRE
    return units.conversion(unit, factor_unit)


def _check_amount(amount: Decimal) -> None:
    if amount.is_nan():
        raise AmountOutOfRange("Please enter a number.")
    if amount.is_infinite():
        raise AmountOutOfRange("Please enter a number that ends: infinity cannot be counted.")
    if amount == 0:
        raise AmountOutOfRange("Please enter an amount above zero.")
    if amount < 0:
        raise AmountOutOfRange("Please enter an amount above zero: less than nothing cannot be counted.")
    if amount.adjusted() >= MOST_DIGITS:
        raise AmountOutOfRange("This amount is too large. Please check it.")
    if len(amount.as_tuple().digits) > MOST_DIGITS or amount.adjusted() < -MOST_DIGITS:
        raise AmountOutOfRange(f"Please use fewer digits: we keep at most {MOST_DIGITS}.")


def _check_passengers(people: int, unit: str, factor_unit: str) -> None:
    if people > 1 and units.is_per_passenger(unit, factor_unit):
        raise PeopleNotUsable(
            "This is counted for one passenger already, so it is not divided: write 1. "
            "To count somebody else's seat as well, add their distance."
        )


def _check_people(people: int) -> None:
    if people < 1:
        raise PeopleNotUsable("Please count at least one person: yourself.")
    if people > MOST_PEOPLE:
        raise PeopleNotUsable(f"Please enter at most {MOST_PEOPLE:,} people.")
