"""Units as people spell them, and what one makes of another."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.domain import UnitSystem
from emissions.factors import UnitNotUsable, units
from emissions.factors.unit_names import FACTOR_UNIT_CODES, LABELS, OFFERED, PLURALS


@pytest.mark.parametrize(
    ("unit", "factor_unit", "ratio"),
    [
        ("mile", "km", "1.609344"),
        ("lb", "kg", "0.45359237"),
        ("oz", "kg", "0.028349523125"),
        ("short_ton", "kg", "907.18474"),
        ("us_gallon", "litre", "3.785411784"),
        ("uk_gallon", "litre", "4.54609"),
        ("us_pint", "litre", "0.473176473"),
        ("uk_pint", "litre", "0.56826125"),
        ("us_gallon", "m3", "0.003785411784"),
        ("ccf", "m3", "2.8316846592"),
        ("cubic_foot", "m3", "0.028316846592"),
        ("therm", "kWh", "29.30710702"),
        ("mmbtu", "kWh", "293.0710702"),
        ("mwh", "kWh", "1000"),
        ("mj", "kWh", "0.2777777777777777777777777778"),
        ("passenger_mile", "passenger_km", "1.609344"),
        ("mile", "passenger_km", "1.609344"),
        ("km", "passenger_km", "1"),
        ("ton_mile", "tonne_km", "1.45997231821056"),
        ("night", "room_night", "1"),
        ("hour", "hour", "1"),
        ("usd", "USD", "1"),
    ],
)
def test_one_unit_makes_exactly_so_many_of_another(unit, factor_unit, ratio):
    assert units.conversion(unit, factor_unit) == Decimal(ratio)


def test_an_amount_is_converted_as_a_whole():
    assert units.convert(Decimal(50), "mile", "km") == Decimal("80.467200")


@pytest.mark.parametrize(
    ("unit", "factor_unit", "sentence"),
    [
        ("kg", "km", "This is not measured in kg. Please use km or miles."),
        ("litre", "kWh", "This is not measured in litres. Please use kWh, MWh, MJ, GJ, therms or MMBtu."),
        ("passenger_km", "km", "This is not measured in passenger-km. Please use km or miles."),
        ("mile", "room_night", "This is not measured in miles. Please use nights."),
    ],
)
def test_units_of_another_kind_are_refused_with_those_that_work(unit, factor_unit, sentence):
    with pytest.raises(UnitNotUsable) as caught:
        units.conversion(unit, factor_unit)

    assert (caught.value.message, caught.value.field) == (sentence, "unit")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("miles", "mile"),
        ("mi", "mile"),
        ("kwh", "kwh"),
        ("kWh", "kwh"),
        ("kW h", "kwh"),
        ("lbs", "lb"),
        (" Pounds ", "lb"),
        ("gal", "us_gallon"),
        ("gallons", "us_gallon"),
        ("US gal.", "us_gallon"),
        ("gallons (UK)", "uk_gallon"),
        ("imperial gallons", "uk_gallon"),
        ("therms", "therm"),
        ("MWh", "mwh"),
        ("MJ", "mj"),
        ("liters", "litre"),
        ("m³", "m3"),
        ("m^3", "m3"),
        ("cubic metres", "m3"),
        ("CCF", "ccf"),
        ("nights", "night"),
        ("room_night", "night"),
        ("passenger-miles", "passenger_mile"),
        ("pkm", "passenger_km"),
        ("tons", "short_ton"),
        ("tonnes", "tonne"),
        ("ounces", "oz"),
        ("hrs", "hour"),
        ("$", "usd"),
    ],
)
def test_units_are_understood_as_people_spell_them(text, code):
    assert units.parse_unit(text) == code


@pytest.mark.parametrize("text", ["", "parsecs", "kg; drop", "mile km", "x" * 10_000])
def test_what_is_not_a_unit_is_refused(text):
    with pytest.raises(UnitNotUsable) as caught:
        units.parse_unit(text)

    assert caught.value.message.startswith("We do not know the unit")
    assert len(caught.value.message) < 120


def test_every_code_factor_unit_and_label_parses_to_itself():
    for code, label in LABELS.items():
        assert (
            units.parse_unit(code)
            == units.parse_unit(label)
            == units.parse_unit(PLURALS.get(code, code))
            == code
        )
    for factor_unit, code in FACTOR_UNIT_CODES.items():
        assert units.parse_unit(factor_unit) == code


def test_every_unit_that_is_offered_can_be_converted():
    for factor_unit, (metric, imperial) in OFFERED.items():
        for code in (*metric, *imperial):
            assert units.conversion(code, factor_unit) > 0


def test_units_of_ones_own_system_come_first():
    assert units.units_for("km", UnitSystem.METRIC) == [("km", "km"), ("mile", "miles")]
    assert units.units_for("km", UnitSystem.IMPERIAL) == [("mile", "miles"), ("km", "km")]
    assert units.units_for("room_night") == [("night", "nights")]


def test_a_label_is_singular_for_exactly_one():
    assert units.unit_label("mile", Decimal(1)) == "mile"
    assert units.unit_label("mile", Decimal("1.5")) == "miles"
    assert units.unit_label("room_night", 2) == "nights"
    assert units.unit_label("kWh") == "kWh"
    assert units.unit_label("furlong") == "furlong"


def test_a_plain_distance_with_a_factor_per_passenger_is_one_persons():
    assert units.is_per_passenger("mile", "passenger_km")
    assert not units.is_per_passenger("passenger_mile", "passenger_km")
    assert not units.is_per_passenger("mile", "km")
