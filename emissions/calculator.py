"""The calculator of the front page: what was asked in the address becomes a figure with its explanation.

Nothing is stored. Everything the calculator knows is in the query, so a result can be bookmarked and works
without scripts; whatever is missing or does not fit gives way to a sensible example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError

from accounts.domain import UnitSystem
from emissions.calculation import calculate
from emissions.explanation import Explanation, explain_calculation
from emissions.factors import choices, regions, units
from emissions.factors.categories import TYPE_LABELS
from emissions.factors.choices import EverydayChoice
from emissions.factors.errors import CalculationError, FactorNotFound, UnitNotUsable
from emissions.figures import significant
from emissions.forms.amounts import parse_number

DEFAULT_REGION = "us"
#: Where people think in miles, pounds and gallons.
_IMPERIAL_REGIONS = frozenset({"us", "lr", "mm"})
_DAYS_A_YEAR = Decimal("365.25")
_LANGUAGE_WITH_REGION = re.compile(r"\b[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Calculator:
    """The fields as they stand, and either the explanation of a figure or what is wrong with which field.

    `amount` is text as it was typed.
    """

    choice: EverydayChoice
    amount: str
    unit: str
    region: str
    unit_system: UnitSystem
    explanation: Explanation | None = None
    error: str = ""
    error_field: str = ""

    @property
    def types(self) -> list[tuple[str, str]]:
        return [(each.value, label) for each, label in TYPE_LABELS.items()]

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The choices of the type by category."""
        kind = self.choice.activity_type
        return [
            (label, [(each.id, each.label) for each in choices.for_category(kind, category)])
            for category, label in choices.categories(kind)
        ]

    @property
    def units(self) -> list[tuple[str, str]]:
        return self.choice.units_for(self.unit_system)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Countries and territories; the parts of the US grid are for people who sign up."""
        return [(region.code, region.name) for region in regions.all() if not region.is_subregion]

    @property
    def region_name(self) -> str:
        return regions.name(self.region)

    @property
    def average_day(self) -> AverageDay | None:
        """The figure against an average person's day there; None where nobody publishes an average."""
        benchmark = regions.benchmark(self.region)
        if self.explanation is None or benchmark is None or benchmark.tonnes_co2e is None:
            return None
        kg = benchmark.tonnes_co2e * 1000 / _DAYS_A_YEAR
        return AverageDay(
            kg=kg, year=benchmark.ghg_year or benchmark.year, figure=self.explanation.co2_emissions
        )


@dataclass(frozen=True, slots=True)
class AverageDay:
    """kg CO2e of an average person of a country on one day (`kg`), and a `figure` to hold against it."""

    kg: Decimal
    year: int
    figure: Decimal

    @property
    def bar(self) -> int:
        """How far the figure fills a scale of one day, 0 to 100."""
        return min(100, int((self.figure / self.kg * 100).to_integral_value()))

    @property
    def words(self) -> str:
        """`61% of`, `3.2 times`, to be followed by an average person's day."""
        share = self.figure / self.kg
        if share > 1:
            return f"{significant(share, 2)} times"
        return f"{significant(share * 100, 2)}% of" if share >= Decimal("0.01") else "Less than 1% of"


def calculator_for(query: Mapping[str, str], *, accept_language: str, on: date) -> Calculator:
    """The calculator as `query` (type, variant, amount, unit, region) asks for it, on a day."""
    region = query.get("region", "")
    if not regions.exists(region):
        region = guess_region(accept_language)
    system = UnitSystem.IMPERIAL if region in _IMPERIAL_REGIONS else UnitSystem.METRIC
    wanted = query.get("variant", "")
    choice = _choice(wanted, query.get("type", ""))
    unit, amount = query.get("unit", ""), query.get("amount")
    try:
        unit = units.parse_unit(unit) if unit else choice.default_unit(system)
        if unit not in choice.units:  # what was counted before is measured otherwise: start afresh
            unit, amount = choice.default_unit(system), None
    except UnitNotUsable as error:
        unit = choice.default_unit(system)
        return Calculator(
            choice, amount or "", unit, region, system, error=error.message, error_field=error.field
        )
    text = f"{choice.typical(system):f}" if amount is None else amount.strip()[:60]
    fields = Calculator(choice, text, unit, region, system)
    try:
        if wanted and choices.find(wanted) is None:
            raise FactorNotFound(wanted)
        result = calculate(variant=choice.id, amount=parse_number(text), unit=unit, region=region, on=on)
        return replace(fields, explanation=explain_calculation(result))
    except ValidationError as error:
        return replace(fields, error=" ".join(error.messages), error_field="amount")
    except CalculationError as error:
        return replace(fields, error=error.message, error_field=error.field)


def guess_region(accept_language: str) -> str:
    """The country a browser's languages name (`de-AT` is `at`); a language alone says too little."""
    for match in _LANGUAGE_WITH_REGION.finditer(accept_language):
        if regions.exists(code := match.group(1).lower()):
            return code
    return DEFAULT_REGION


def _choice(variant: str, activity_type: str) -> EverydayChoice:
    """The everyday choice that was made, unless another type was chosen since: then the first one of that."""
    choice = choices.find(variant)
    if choice is not None and activity_type in ("", choice.activity_type):
        return choice
    return next((each for each in choices.all() if each.activity_type == activity_type), choices.all()[0])
