"""Which factor an activity uses: by region, day and edition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from emissions.factors import FactorNotFound, UnitNotUsable, catalog, choices, regions, units

TODAY = date(2026, 11, 22)


def resolved(key: str, region: str, on: date = TODAY, unit: str | None = None) -> tuple[str, str, int]:
    resolution = catalog().resolve(key, region=region, on=on, unit=unit)
    return resolution.factor.id, resolution.match, resolution.factor.source_year


@pytest.mark.parametrize(
    ("region", "on", "kg"),
    [
        ("gb", date(2026, 1, 1), "0.13096"),
        ("gb", date(2025, 12, 31), "0.177"),
        ("gb", date(2024, 6, 1), "0.20705"),
        ("gb", date(2021, 5, 1), "0.2671"),
        ("de", date(2021, 5, 1), "0.39464"),
        ("de", date(2030, 1, 1), "0.32965"),
        ("de", date(1999, 1, 1), "0.50359"),
        ("us-camx", date(2026, 1, 1), "0.1987414969"),
        ("us-camx", date(2021, 1, 1), "0.2264981748"),
        ("us", date(2021, 1, 1), "0.42378"),
        ("li", date(2025, 7, 1), "0.45829"),
    ],
)
def test_electricity_is_that_of_the_place_and_the_year(region, on, kg):
    factor = catalog().resolve("electricity", region=region, on=on).factor

    assert round(factor.kg_co2e_per_unit, 6) == round(Decimal(kg), 6)


def test_a_subregion_falls_back_to_its_country():
    assert resolved("car-petrol-medium", "us-camx") == ("transportation.car.average.us", "parent", 2025)


def test_a_region_without_a_factor_falls_back_to_the_world():
    assert resolved("electricity", "li") == ("energy.electricity.grid.global", "global", 2025)


def test_a_region_without_a_factor_and_without_a_global_one_gets_a_proxy_that_says_so():
    resolution = catalog().resolve("car-petrol-medium", region="de", on=TODAY)

    assert (resolution.factor.id, resolution.match) == ("transportation.car.petrol.medium.gb", "proxy")


def test_a_resolution_says_what_its_figure_counts_and_leaves_out():
    plastic = catalog().resolve("plastic-landfill", region="gb", on=TODAY)
    flight = catalog().resolve("flight-short-economy", region="gb", on=TODAY)

    assert plastic.boundary_note == (
        "Plastic hardly decays in a landfill, so little comes out there; making it is not counted here."
    )
    assert flight.boundary_note == (
        "For flights up to about 3,700 km (2,300 miles). "
        "Includes the extra warming that planes cause high in the air."
    )


@pytest.mark.parametrize(
    ("id", "region", "sentence"),
    [
        (
            "walking-cycling",
            "de",
            "It counts as zero, so that these trips show among your others. "
            "No fuel or electricity is used. The food you eat and making a bicycle are not counted.",
        ),
        (
            "fuel-petrol",
            "gb",
            "Log either the fuel or the distance you drove with it. "
            "Counts burning the fossil part, not the biofuel mixed in, nor producing and bringing the fuel.",
        ),
        (
            "fuel-petrol",
            "us",
            "Log either the fuel or the distance you drove with it. "
            "Counts burning the fuel, not producing and bringing it.",
        ),
    ],
)
def test_a_difference_of_boundaries_is_said_in_words(id, region, sentence):
    assert catalog().resolve(id, region=region, on=TODAY).boundary_note == sentence


def test_a_british_person_uses_an_american_proxy_where_britain_publishes_nothing():
    key = "waste.mixed.mixed-recyclables.recycled"

    assert resolved(key, "gb") == (f"{key}.us", "proxy", 2025)


@pytest.mark.parametrize("region", ["gb", "us", "de"])
def test_mixed_recycling_is_counted_within_the_same_boundaries_as_its_parts(region):
    parts = [
        catalog().resolve(f"{material}-recycled", region=region, on=TODAY).factor
        for material in ("paper", "glass", "plastic", "metal")
    ]
    mixed = catalog().resolve("mixed-recycled", region=region, on=TODAY).factor

    assert {mixed.region} == {part.region for part in parts}
    kg = [part.kg_co2e_per_unit for part in parts]
    assert min(kg) <= mixed.kg_co2e_per_unit <= max(kg)


@pytest.mark.parametrize("region", ["us", "de", "in"])
def test_a_flight_is_counted_by_its_length_everywhere(region):
    for id in ("flight-domestic", "flight-short-economy", "flight-short-business"):
        abroad = catalog().resolve(id, region=region, on=TODAY)

        assert (abroad.factor, abroad.match) == (
            catalog().resolve(id, region="gb", on=TODAY).factor,
            "proxy",
        )
    assert resolved("flight-long-economy", region) == (
        "transportation.flight.international-non-uk.economy.with-rf.global",
        "global",
        2025,
    )


@pytest.mark.parametrize("region", ["gb", "us", "de", "in"])
def test_a_shorter_flight_has_more_per_kilometer_and_a_better_seat_more_as_well(region):
    domestic, short, business, long, premium, long_business, first = (
        catalog().resolve(f"flight-{id}", region=region, on=TODAY).factor.kg_co2e_per_unit
        for id in (
            "domestic",
            "short-economy",
            "short-business",
            "long-economy",
            "long-premium",
            "long-business",
            "long-first",
        )
    )

    assert domestic > short > long
    assert short < business < long_business
    assert long < premium < long_business < first


def test_an_electric_car_is_counted_per_distance_or_by_what_it_was_charged_with():
    assert resolved("car-electric", "in") == ("transportation.car.bev.average.gb", "proxy", 2026)
    assert resolved("car-electric", "in", unit="mile")[0] == "transportation.car.bev.average.gb"
    assert resolved("car-electric", "in", unit="kwh") == ("energy.electricity.grid.in", "own", 2025)
    assert resolved("car-electric", "us-camx", unit="kwh")[0] == "energy.electricity.grid.us-camx"


def test_without_a_unit_the_usual_one_of_the_choice_is_meant():
    for region in ("gb", "us-camx", "de"):
        for choice in choices.all():
            assert catalog().resolve(choice.id, region=region, on=TODAY) == catalog().resolve(
                choice.id, region=region, on=TODAY, unit=choice.units[0]
            )


def test_burned_waste_elsewhere_is_counted_by_the_factor_that_counts_the_burning():
    assert resolved("plastic-burned", "de") == ("waste.plastic.mixed-plastics.combusted.us", "proxy", 2025)
    assert resolved("plastic-burned", "gb") == ("waste.plastic.average-plastics.combusted.gb", "own", 2025)


@pytest.mark.parametrize("waste", ["food-waste", "garden-waste"])
def test_composting_elsewhere_is_counted_by_the_factor_that_counts_the_heap(waste):
    assert resolved(f"{waste}-composted", "de")[0].endswith(".composted.us")
    assert resolved(f"{waste}-composted", "gb")[0].endswith(".composted.gb")


def test_beef_is_the_world_average_everywhere():
    for region in ("gb", "us-camx", "de"):
        assert resolved("beef", region) == ("food.beef.beef-beef-herd.global", "global", 2018)


@pytest.mark.parametrize(
    ("unit", "factor_id"),
    [
        ("kwh", "energy.natural_gas.natural-gas.kwh.us"),
        ("therm", "energy.natural_gas.natural-gas.kwh.us"),
        ("m3", "energy.natural_gas.natural-gas.m3.us"),
        ("ccf", "energy.natural_gas.natural-gas.m3.us"),
        ("kg", "energy.natural_gas.natural-gas.kg.gb"),
    ],
)
def test_the_unit_picks_among_the_figures_of_a_fuel(unit, factor_id):
    assert resolved("natural-gas", "us", unit=unit)[0] == factor_id


def test_a_unit_that_no_figure_is_published_in_is_refused_with_those_that_work():
    with pytest.raises(UnitNotUsable) as caught:
        resolved("beef", "gb", unit="km")

    assert caught.value.message == (
        "This is not measured in km. Please use kg, g, tonnes, lb, oz or US tons."
    )


def test_a_catalogue_key_resolves_like_a_choice():
    assert resolved("transportation.hotel.average", "fr") == ("transportation.hotel.average.fr", "own", 2025)
    assert resolved("transportation.hotel.average", "ke") == (
        "transportation.hotel.average.gb",
        "proxy",
        2025,
    )


def test_a_key_that_does_not_exist_names_the_nearest():
    with pytest.raises(FactorNotFound) as caught:
        resolved("beeef", "gb")

    assert caught.value.nearest == ("Beef", "Beef, from dairy cattle", "Beef (beef herd)")
    assert caught.value.field == "variant"


def test_nonsense_is_refused_without_a_guess():
    with pytest.raises(FactorNotFound) as caught:
        resolved("qqqqq", "gb")

    assert caught.value.message == (
        "We have no emission factor for “qqqqq”. Please choose one from the list."
    )


def test_an_id_with_its_region_is_not_a_key():
    with pytest.raises(FactorNotFound):
        resolved("transportation.car.petrol.medium.gb", "gb")


def test_an_unknown_region_is_the_world():
    assert resolved("electricity", "atlantis") == ("energy.electricity.grid.global", "global", 2025)


def test_editions_are_in_order_and_those_of_an_unknown_id_are_none():
    years = [factor.source_year for factor in catalog().editions("energy.electricity.grid.gb")]

    assert years == list(range(2015, 2027))
    assert catalog().editions("nothing.at.all") == ()


@pytest.mark.no_cover
def test_every_choice_works_in_every_region_in_every_unit_it_accepts():
    """The whole promise: 100 and more choices x 250 and more regions x their units."""
    broken, tried = [], 0
    for region in regions.all():
        for choice in choices.all():
            for unit in choice.units:
                tried += 1
                factor = catalog().resolve(choice.id, region=region.code, on=TODAY, unit=unit).factor
                counted = units.is_convertible(unit, factor.unit) or choice.litre_as_kg
                if not counted or (not factor.kg_co2e_per_unit and choice.id != "walking-cycling"):
                    broken.append((choice.id, region.code, unit))

    assert broken == []
    assert tried > 100_000


def test_every_choice_works_on_days_before_and_after_all_editions():
    for on in (date(1990, 1, 1), date(2019, 6, 1), date(2100, 1, 1)):
        for region in ("gb", "us-camx", "de", "li"):
            for choice in choices.all():
                factor = catalog().resolve(choice.id, region=region, on=on).factor
                assert factor in catalog().editions(factor.id)


def test_every_key_of_the_catalogue_resolves_for_everybody():
    keys = {factor_id.rpartition(".")[0] for factor_id in catalog().ids()}

    for region in ("gb", "us-camx", "de", "li", "global"):
        for key in keys:
            assert catalog().resolve(key, region=region, on=TODAY).factor.key == key


def test_a_proxy_is_never_called_anything_else():
    for region in regions.all():
        for choice in choices.all():
            found = catalog().resolve(choice.id, region=region.code, on=TODAY)
            place, chain = found.factor.region, regions.chain(region.code)
            expected = (
                "proxy"
                if place not in chain
                else "global"
                if place == "global"
                else "own"
                if place == region.code
                else "parent"
            )
            assert found.match == expected


def test_upstream_add_ons_belong_to_the_factor():
    electricity = catalog().editions("energy.electricity.grid.gb")[-1]
    car = catalog().editions("transportation.car.petrol.medium.gb")[-1]

    assert [factor.id.split(".")[-2] for factor in catalog().upstream(electricity)] == [
        "td-losses",
        "wtt-generation",
        "wtt-td",
    ]
    assert [factor.variant for factor in catalog().upstream(car)] == ["Medium car, petrol, well-to-tank"]
    assert catalog().upstream(catalog().editions("food.beef.beef-beef-herd.global")[0]) == []
