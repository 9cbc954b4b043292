"""What a figure is as much as, each with the factor that says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.domain import UnitSystem
from emissions.dashboard.averages import averages_for
from emissions.equivalents import equivalents
from emissions.factors import FactorNotFound, catalog

ON = date(2026, 11, 22)


def test_an_equivalent_is_the_figure_divided_by_the_factor() -> None:
    car, electricity, beef = equivalents(Decimal(100), region="gb", unit_system=UnitSystem.METRIC, on=ON)

    for each in (car, electricity, beef):
        assert each.amount * each.factor.kg_co2e_per_unit == pytest.approx(Decimal(100))
    assert (car.factor.id, car.unit, car.is_proxy) == ("transportation.car.petrol.average.gb", "km", False)
    assert (electricity.factor.id, electricity.unit) == ("energy.electricity.grid.gb", "kWh")
    assert (beef.text, beef.source) == ("3 kg", "Environmental impacts of food (Poore & Nemecek, 2018)")


def test_imperial_units_are_converted() -> None:
    car, _electricity, beef = equivalents(Decimal(100), region="gb", unit_system=UnitSystem.IMPERIAL, on=ON)

    assert (car.text, beef.text) == ("380 miles", "6.6 lb")


def test_a_factor_from_elsewhere_is_marked() -> None:
    car = equivalents(Decimal(1), region="de", unit_system=UnitSystem.METRIC, on=ON)[0]

    assert car.is_proxy


def test_nothing_is_as_much_as_zero() -> None:
    assert equivalents(Decimal(0), region="gb", unit_system=UnitSystem.METRIC, on=ON) == ()


def test_what_has_no_factor_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(key: str, **_about: object) -> None:
        raise FactorNotFound(key)

    monkeypatch.setattr(type(catalog()), "resolve", lambda _self, key, **about: nothing(key, **about))

    assert equivalents(Decimal(1), region="gb", unit_system=UnitSystem.METRIC, on=ON) == ()


def test_an_average_has_all_gases_its_year_and_its_source() -> None:
    country, world = averages_for("us-camx")

    assert (country.name, country.year, world.name) == ("United States", 2023, "World")
    assert country.gases == "all greenhouse gases, land use included"
    assert country.source_url == "https://ourworldindata.org/grapher/per-capita-ghg-emissions"


def test_the_world_is_not_shown_twice() -> None:
    assert [average.name for average in averages_for("global")] == ["World"]


def test_where_only_co2_is_known_the_average_says_so() -> None:
    bermuda, _world = averages_for("bm")

    assert (bermuda.kg, bermuda.year, bermuda.gases) == (
        Decimal("8506.05"),
        2024,
        "CO2 from fuels and industry",
    )
