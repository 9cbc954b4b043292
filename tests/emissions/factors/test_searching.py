"""Finding factors by the words people use."""

from __future__ import annotations

from typing import Any

import pytest

from emissions.factors import catalog
from emissions.factors.searching import words_of


def choices_for(text: str) -> list[str]:
    return [choice.id for choice in catalog().index.choices(text)]


def ids(text: str, **filters: Any) -> list[str]:
    return [factor.id for factor in catalog().search(text, **filters)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("beef", "beef"),
        ("gas car", "car-petrol-average"),
        ("gasoline", "car-petrol-average"),
        ("Electric cars", "car-electric"),
        ("SUV", "car-suv"),
        ("tube", "metro"),
        ("subway", "metro"),
        ("short flight", "flight-short-economy"),
        ("economy long", "flight-long-economy"),
        ("electricity", "electricity"),
        ("burned trash", "mixed-burned"),
        ("yoghurt", "yogurt"),
        ("plas", "plastic-landfill"),
        ("tomatoe", "tomatoes"),
        ("shrimps", "prawns"),
        ("uber", "taxi"),
        ("bike", "walking-cycling"),
        ("natural gas", "natural-gas"),
    ],
)
def test_everyday_words_find_everyday_choices(text, first):
    assert choices_for(text)[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("medium petrol car", "transportation.car.petrol.medium.gb"),
        ("car petrol medium", "transportation.car.petrol.medium.gb"),
        ("electricity germany", "energy.electricity.grid.de"),
        ("california grid", "energy.electricity.grid.us-camx"),
        ("hotel japan", "transportation.hotel.average.jp"),
        ("shepherd's pie", "food.prepared_meals.shepherds-pie.gb"),
        ("london underground", "transportation.rail.london-underground.gb"),
        ("tyre dump", "waste.rubber.tires.landfill.us"),
        ("zucchini", "food.vegetables.courgettes.gb"),
    ],
)
def test_the_whole_catalogue_is_found_in_any_word_order(text, first):
    assert ids(text)[0] == first


def test_nothing_is_found_for_nonsense():
    assert ids("xyzzy plugh") == []
    assert ids("beef xyzzy") == []


def test_without_words_everything_is_there_in_order():
    assert len(catalog().search("", limit=10_000)) == len(list(catalog().ids()))
    assert ids("")[0].startswith("transportation.")


def test_filters_narrow():
    assert {factor.category for factor in catalog().search("beef", activity_type="waste")} == {"food_waste"}
    assert {factor.category for factor in catalog().search("beef", category="beef")} == {"beef"}


def test_with_a_region_there_is_one_factor_a_key_the_one_used_there():
    found = catalog().search("grid electricity", region="us-camx")
    keys = [factor.key for factor in found]

    assert "energy.electricity.grid.us-camx" in [factor.id for factor in found]
    assert len(keys) == len(set(keys))


def test_the_limit_holds():
    assert len(catalog().search("waste", limit=7)) == 7


def test_sector_averages_per_dollar_come_after_figures_per_amount():
    found = [factor.unit for factor in catalog().search("", category="beef", limit=100)]

    assert found.index("USD") == len(found) - 1


def test_misspelled_words_are_put_right():
    assert catalog().index.corrected("petrl caar xyzzyx") == "petrol car"


def test_words_are_singular_and_without_punctuation():
    assert words_of("Tomatoes, berries & glass: 2 buses!") == ["tomato", "berry", "glass", "2", "buse"]
