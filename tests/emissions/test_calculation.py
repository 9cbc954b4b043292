"""amount × conversion × factor ÷ people, and what is said when it cannot be worked out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

import hypothesis
import pytest
from hypothesis import strategies

from emissions.calculation import Calculation, calculate
from emissions.domain.entries import ActivityType, FactorSnapshot, Scope, round_kg
from emissions.factors import CalculationError, catalog, choices

MARCH = date(2026, 3, 1)


def calculated(
    variant: str = "car-petrol-medium",
    amount: str = "50",
    unit: str = "miles",
    region: str = "gb",
    people: int = 1,
    on: date = MARCH,
) -> Calculation:
    return calculate(variant=variant, amount=Decimal(amount), unit=unit, people=people, region=region, on=on)


@pytest.mark.parametrize(
    ("variant", "amount", "unit", "region", "kg"),
    [
        # The schema's own examples.
        ("car-petrol-medium", "50", "miles", "gb", Decimal("50") * Decimal("1.609344") * Decimal("0.17411")),
        ("car-petrol-average", "50", "miles", "us", Decimal("80.4672") * Decimal("0.1855226105")),
        ("electricity", "50", "kwh", "gb", Decimal("6.548")),
        ("beef", "2", "lbs", "us", Decimal("2") * Decimal("0.45359237") * Decimal("99.48")),
        ("plastic-landfill", "3", "lbs", "us", Decimal("1.36077711") * Decimal("0.02204622622")),
        # Convenience units.
        ("natural-gas", "10", "therms", "us", Decimal("293.0710702") * Decimal("0.1812341968")),
        ("fuel-petrol", "10", "gal", "us", Decimal("37.85411784") * Decimal("2.31943062")),
        ("hotel", "2", "nights", "fr", Decimal("13.4")),
        ("milk", "1", "litre", "gb", Decimal("3.15")),
        ("milk", "1", "kg", "gb", Decimal("3.15")),
        ("walking-cycling", "5", "km", "gb", Decimal("0")),
        ("transportation.car.diesel.small", "100", "km", "de", Decimal("14.3270")),
    ],
)
def test_kg_are_amount_times_conversion_times_factor(variant, amount, unit, region, kg):
    assert calculated(variant, amount, unit, region).co2_emissions == round_kg(kg)


def test_the_result_is_rounded_once_to_the_milligram():
    result = calculated("car-petrol-medium", "50", "miles", "gb")

    assert result.co2_emissions == Decimal("14.010144")
    assert result.co2_emissions.as_tuple().exponent == -6


def test_people_who_share_divide_the_result():
    assert calculated(people=4).co2_emissions == round_kg(
        Decimal("50") * Decimal("1.609344") * Decimal("0.17411") / 4
    )


@pytest.mark.parametrize(
    ("variant", "unit", "people"),
    [("taxi", "km", 2), ("hotel", "night", 2), ("electricity", "kwh", 4), ("pizza", "kg", 3)],
)
def test_what_is_shared_is_divided(variant, unit, people):
    alone = calculated(variant, "12", unit)

    assert calculated(variant, "12", unit, people=people).co2_emissions == round_kg(
        12 * alone.conversion * alone.factor.kg_co2e_per_unit / people
    )


def test_a_charged_electric_car_is_still_driving():
    result = calculated("car-electric", "40", "kWh", "de")

    assert (result.activity_type, result.category) == (ActivityType.TRANSPORTATION, "car")
    assert (result.co2_emissions, result.scope) == (Decimal("13.186"), Scope.TWO)


def test_a_passengers_figure_is_not_divided_again():
    with pytest.raises(CalculationError) as caught:
        calculated("train", people=2)

    assert caught.value.field == "people"
    assert caught.value.message == (
        "This is counted for one passenger already, so it is not divided: write 1. "
        "To count somebody else's seat as well, add their distance."
    )


def test_passenger_miles_of_a_whole_group_may_be_divided():
    assert calculated("train", "20", "passenger-miles", people=2).co2_emissions == (
        calculated("train", "10", "miles").co2_emissions
    )


def test_a_calculation_explains_itself():
    result = calculated("car-petrol-medium", "50", "miles", "us-camx")

    assert (result.amount, result.unit, result.people) == (Decimal(50), "mile", 1)
    assert (result.activity_type, result.category) == (ActivityType.TRANSPORTATION, "car")
    assert (result.scope, result.match) == (Scope.ONE, "parent")
    assert result.boundary_note == "Counts what leaves the exhaust, not making the fuel or the vehicle."
    assert result.snapshot() == FactorSnapshot(
        id="transportation.car.average.us",
        name="Passenger car, average",
        value=Decimal("0.1855226105"),
        unit="km",
        conversion=Decimal("1.609344"),
        source="GHG Emission Factors Hub 2025",
        source_id="epa-hub-2025",
        year=2025,
        region="us",
        match="parent",
    )


def test_the_category_is_that_of_the_choice():
    assert calculated("tofu", "1", "kg").category == "plant_based"
    assert calculated("food.legumes.tofu", "1", "kg").category == "legumes"


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0", "Please enter an amount above zero."),
        ("-0", "Please enter an amount above zero."),
        ("-3", "Please enter an amount above zero: less than nothing cannot be counted."),
        ("NaN", "Please enter a number."),
        ("sNaN", "Please enter a number."),
        ("Infinity", "Please enter a number that ends: infinity cannot be counted."),
        ("-Infinity", "Please enter a number that ends: infinity cannot be counted."),
        ("1e309", "This amount is too large. Please check it."),
        ("1" * 39, "This amount is too large. Please check it."),
        ("0." + "1" * 39, "Please use fewer digits: we keep at most 38."),
        ("1e-39", "Please use fewer digits: we keep at most 38."),
        (
            "1e11",
            "That would be more than a million tonnes of CO₂e. Please check the amount and the unit (miles).",
        ),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_plain_words(amount, sentence):
    with pytest.raises(CalculationError) as caught:
        calculated(amount=amount)

    assert (caught.value.message, caught.value.field) == (sentence, "amount")


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"unit": "kg"}, "unit", "This is not measured in kg. Please use km or miles."),
        (
            {"unit": "parsecs"},
            "unit",
            "We do not know the unit “parsecs”. Try km, miles, kWh, kg, lb or litres.",
        ),
        ({"people": 0}, "people", "Please count at least one person: yourself."),
        ({"people": 10_001}, "people", "Please enter at most 10,000 people."),
        (
            {"variant": "spaceship"},
            "variant",
            "We have no emission factor for “spaceship”. Please choose one from the list.",
        ),
    ],
)
def test_every_other_mistake_belongs_to_its_field(given, field, sentence):
    with pytest.raises(CalculationError) as caught:
        calculated(**given)

    assert (caught.value.field, caught.value.message) == (field, sentence)


def test_thirty_eight_digits_are_counted_exactly():
    result = calculated("car-petrol-medium", "12345678.123456789012345678901234567890", "km")

    assert result.co2_emissions == Decimal("2149506.018075")


def test_the_context_of_the_caller_does_not_matter():
    with localcontext(prec=3):
        assert calculated().co2_emissions == Decimal("14.010144")


@hypothesis.given(
    amount=strategies.decimals(min_value="0.001", max_value="1000", places=3),
    choice=strategies.sampled_from(choices.all()),
    region=strategies.sampled_from(["gb", "us-camx", "de", "in", "li", "global"]),
    on=strategies.dates(date(2000, 1, 1), date(2040, 1, 1)),
    data=strategies.data(),
)
def test_any_choice_in_any_unit_is_amount_times_conversion_times_factor(amount, choice, region, on, data):
    unit = data.draw(strategies.sampled_from(choice.units))

    result = calculate(variant=choice.id, amount=amount, unit=unit, region=region, on=on)

    with localcontext(prec=80):
        assert result.co2_emissions == round_kg(amount * result.conversion * result.factor.kg_co2e_per_unit)
    assert result.factor in catalog().editions(result.factor.id)
    assert result.snapshot().value == result.factor.kg_co2e_per_unit
