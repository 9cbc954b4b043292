"""The everyday words that the form offers first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.domain import UnitSystem
from emissions.domain.entries import ActivityType
from emissions.factors import catalog, choices, units


def test_there_are_about_a_hundred_with_an_id_and_a_label_of_their_own():
    everything = choices.all()

    assert 90 <= len(everything) <= 125
    assert (
        len({choice.id for choice in everything})
        == len({choice.label for choice in everything})
        == len(everything)
    )
    assert all("." not in choice.id for choice in everything)


def test_every_key_exists_in_the_catalogue():
    assert [key for choice in choices.all() for key in choice.keys if not catalog().regions_of(key)] == []


def test_every_choice_names_the_units_its_factors_are_published_per():
    for choice in choices.all():
        published = {catalog().unit_of(key) for key in choice.keys}
        named = set(choice.per) - ({"litre"} if choice.litre_as_kg else set())
        assert named == published, choice.id


def test_activity_types_agree_with_the_catalogue():
    for choice in choices.all():
        types = {key.split(".")[0] for key in choice.keys}
        # What charges an electric car is energy, but driving it is transportation.
        assert types - ({"energy"} if choice.id == "car-electric" else set()) == {choice.activity_type.value}


@pytest.mark.parametrize(
    ("activity_type", "category", "first"),
    [
        ("transportation", "car", "car-petrol-average"),
        ("energy", "electricity", "electricity"),
        ("food", "beef", "beef"),
        ("waste", "plastic", "plastic-landfill"),
    ],
)
def test_the_categories_of_the_schema_have_choices(activity_type, category, first):
    assert choices.for_category(activity_type, category)[0].id == first
    assert category in dict(choices.categories(activity_type))


def test_every_category_with_choices_is_offered_once():
    for activity_type in ActivityType:
        offered = [name for name, _label in choices.categories(activity_type)]
        used = {choice.category for choice in choices.all() if choice.activity_type == activity_type}
        assert sorted(offered) == sorted(used)


@pytest.mark.parametrize(
    ("id", "metric", "imperial"),
    [
        ("car-petrol-medium", "km", "mile"),
        ("bus", "km", "mile"),
        ("electricity", "kwh", "kwh"),
        ("natural-gas", "kwh", "therm"),
        ("heating-oil", "litre", "us_gallon"),
        ("beef", "kg", "lb"),
        ("milk", "litre", "us_pint"),
        ("butter", "kg", "oz"),
        ("hotel", "night", "night"),
        ("homeworking", "hour", "hour"),
    ],
)
def test_the_unit_to_begin_with_follows_the_person(id, metric, imperial):
    choice = choices.get(id)

    assert choice.default_unit(UnitSystem.METRIC) == choice.units[0] == metric
    assert choice.default_unit(UnitSystem.IMPERIAL) == imperial


def test_units_are_offered_once_in_words_and_the_same_ones_in_both_systems():
    for choice in choices.all():
        metric = choice.units_for(UnitSystem.METRIC)
        assert len(dict(metric)) == len(metric)
        assert sorted(metric) == sorted(choice.units_for(UnitSystem.IMPERIAL))
        assert [units.parse_unit(label) for _code, label in metric] == [code for code, _label in metric]


@pytest.mark.parametrize(
    ("id", "metric", "imperial"),
    [
        ("car-petrol-medium", "20", "10"),
        ("beef", "0.2", "0.5"),
        ("electricity", "10", "10"),
        ("milk", "1", "1"),
    ],
)
def test_typical_amounts_are_round_in_either_system(id, metric, imperial):
    choice = choices.get(id)

    assert choice.typical(UnitSystem.METRIC) == Decimal(metric)
    assert choice.typical(UnitSystem.IMPERIAL) == Decimal(imperial)


def test_typical_amounts_are_above_zero_and_written_without_an_exponent():
    for choice in choices.all():
        for unit_system in UnitSystem:
            amount = choice.typical(unit_system)
            assert amount > 0
            assert "E" not in str(amount), choice.id


def test_a_label_is_known_for_a_choice_a_catalogue_key_and_anything_else():
    assert choices.label("car-petrol-medium") == "Car, petrol (gasoline), medium"
    assert choices.label("transportation.car.diesel.small") == "Small car, diesel"
    assert choices.label("transportation.hotel.average") == "Hotel room per night"
    assert choices.label("energy.electricity.grid") == "Grid electricity"
    assert choices.label("no-such-thing") == "no-such-thing"


def test_looking_up_what_does_not_exist():
    assert choices.find("spaceship") is None
    with pytest.raises(KeyError):
        choices.get("spaceship")
