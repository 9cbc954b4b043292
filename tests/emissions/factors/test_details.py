"""What the page of one factor says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from emissions.factors import catalog
from emissions.factors.details import FactorDetails, details_of

TODAY = date(2026, 11, 22)


def details(factor_id: str, home: str | None = None, on: date = TODAY) -> FactorDetails:
    factor = catalog().in_force(factor_id, on)
    assert factor is not None
    return details_of(catalog(), factor, home=home)


def test_the_gases_are_shown_with_their_share_where_the_source_tells_them_apart():
    gases = details("energy.electricity.grid.gb", on=date(2025, 6, 1)).gases

    assert [(gas.kg_co2e, gas.share) for gas in gases] == [
        (Decimal("0.17489"), "98.8%"),
        (Decimal("0.0009"), "0.508%"),
        (Decimal("0.00122"), "0.689%"),
    ]
    assert details("food.beef.beef-beef-herd.global").gases == []


def test_the_other_systems_unit_is_told_too():
    car = details("transportation.car.petrol.medium.gb")

    assert (car.other_value, car.other_unit, car.unit) == ("0.2802", "mile", "km")
    assert details("energy.electricity.grid.gb").other_value == ""


def test_history_goes_from_the_oldest_edition_to_the_newest_on_a_zero_baseline():
    history = details("transportation.car.petrol.medium.gb").history

    assert [(edition.year, edition.is_shown) for edition in history.editions] == [
        (2024, False),
        (2025, False),
        (2026, True),
    ]
    assert history.editions[0].change_percent is None
    assert round(history.editions[2].change_percent or 0, 2) == Decimal("-0.36")
    assert all(edition.y + edition.height == history.baseline for edition in history.editions)
    assert [edition.year for edition in history.newest_first] == [2026, 2025, 2024]


def test_columns_are_as_tall_as_their_figures():
    editions = details("energy.electricity.grid.gb").history.editions
    tallest = max(editions, key=lambda edition: edition.factor.kg_co2e_per_unit)

    for edition in editions:
        share = edition.factor.kg_co2e_per_unit / tallest.factor.kg_co2e_per_unit
        assert abs(edition.height / tallest.height - share) < Decimal("0.001")
    assert editions[-1].x + editions[-1].width <= 100


def test_one_edition_is_no_chart():
    assert not details("food.beef.beef-beef-herd.global").history.has_chart
    assert not details("transportation.active.walking-or-cycling.global").history.has_chart


def test_what_is_left_out_is_added_up_apart():
    upstream = details("energy.electricity.grid.gb").upstream

    assert upstream is not None
    assert upstream.total == Decimal("0.13096") + Decimal("0.01299") + Decimal("0.0459") + Decimal("0.00397")
    assert details("food.beef.beef-beef-herd.global").upstream is None


def test_the_same_elsewhere_begins_at_home_and_with_the_world():
    others = details("energy.electricity.grid.gb", home="us-camx").other_regions

    assert [other.name for other in others[:3]] == ["California (CAMX)", "United States", "World"]
    assert [other.is_home for other in others[:3]] == [True, True, False]
    assert len(others) == 240


def test_other_units_and_everyday_words_of_the_same_thing():
    gas = details("energy.natural_gas.natural-gas.kwh.gb")

    assert [other.id for other in gas.other_units] == [
        "energy.natural_gas.natural-gas.kg.gb",
        "energy.natural_gas.natural-gas.m3.gb",
    ]
    assert [choice.id for choice in gas.choices] == ["natural-gas"]


def test_the_scope_is_told_in_words():
    assert details("energy.electricity.grid.gb").scope == (
        "Scope 2: from making the electricity or heat that an organization buys."
    )
    assert details("transportation.car.petrol.medium.gb").scope == (
        "Scope 1: direct, from what an organization itself burns or drives. "
        "The same done by employees or suppliers is scope 3, category 6, business travel."
    )
    assert details("transportation.hotel.average.gb").scope == "Scope 3, category 6, business travel."


def test_every_factor_has_a_page():
    for factor_id in catalog().ids():
        page = details(factor_id, home="gb")
        assert page.history.editions
        assert page.source.licence
