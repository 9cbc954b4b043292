"""The catalogue as a list: filters from an address, everyday choices first."""

from __future__ import annotations

from datetime import date

import pytest

from emissions.factors import browsing, catalog
from emissions.factors.browsing import EVERYWHERE, STEP, Filters, Listing

TODAY = date(2026, 11, 22)


def listed(home: str = EVERYWHERE, **query: str) -> Listing:
    return browsing.listing(catalog(), Filters.parse(query, home=home), on=TODAY)


def test_everyday_choices_come_first_and_then_the_whole_catalogue():
    everything = listed(show="5000")

    assert [row.variant for row in everything.everyday][:2] == ["car-petrol-average", "car-petrol-small"]
    assert len(everything.factors) == len(list(catalog().ids()))
    assert everything.total == everything.shown
    assert everything.next_query == ""


def test_the_list_grows_by_steps():
    first = listed()

    assert first.shown == STEP
    assert first.next_query == f"region=all&show={2 * STEP}"
    assert listed(show=str(3 * STEP)).shown == 3 * STEP


def test_a_region_shows_what_applies_there_and_marks_what_stands_in():
    german = listed(region="de", show="5000")
    by_variant = {row.variant: row for row in german.everyday}

    assert (by_variant["electricity"].region, by_variant["electricity"].match) == ("Germany", "own")
    assert (by_variant["car-electric"].region, by_variant["car-electric"].match) == (
        "United Kingdom",
        "proxy",
    )
    assert {row.factor.region for row in german.factors} == {"de", "global"}
    assert german.elsewhere == len(list(catalog().ids())) - len(german.factors)


def test_a_part_of_the_grid_includes_its_country():
    californian = listed(region="us-camx", show="5000")

    assert {row.factor.region for row in californian.factors} == {"us-camx", "us", "global"}


def test_the_home_region_is_the_default_and_all_regions_can_be_asked_for():
    assert listed(home="de").filters.region == "de"
    assert listed(home="de", region="all").filters.region == EVERYWHERE
    assert listed(home="de", region="atlantis").filters.region == "de"


def test_each_factor_is_in_the_edition_of_the_day_unless_a_source_is_asked_for():
    british = listed(region="gb", q="grid electricity")
    old = listed(region="gb", q="grid electricity", source="desnz-2024")

    assert [row.factor.source_year for row in british.factors if row.factor.id.endswith("grid.gb")] == [2026]
    assert (old.factors[0].factor.id, old.factors[0].value) == ("energy.electricity.grid.gb", "0.2071")
    assert old.everyday == []


def test_a_source_lists_exactly_its_own_factors():
    rows = listed(source="epa-egrid2022", show="5000").factors

    assert len(rows) == 28
    assert {row.factor.source_id for row in rows} == {"epa-egrid2022"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "food", "category": "beef"}, ("food", "beef")),
        ({"type": "food", "category": "car"}, ("food", "")),
        ({"category": "car"}, ("", "car")),
        ({"type": "nonsense", "category": "nonsense"}, ("", "")),
    ],
)
def test_filters_that_make_no_sense_are_left_out(query, expected):
    filters = Filters.parse(query, home=EVERYWHERE)

    assert (filters.activity_type, filters.category) == expected


@pytest.mark.parametrize("show", ["-1", "abc", "1e9", "٣", "", "99999999999"])
def test_a_length_that_is_none_is_the_usual_one(show):
    assert Filters.parse({"show": show}, home=EVERYWHERE).show == STEP


def test_long_words_are_cut():
    assert len(Filters.parse({"q": "x" * 5000}, home=EVERYWHERE).text) == 100


def test_a_misspelled_word_is_put_right():
    nothing = listed(q="petrl")

    assert (nothing.is_empty, nothing.corrected) == (True, "petrol")
    assert nothing.corrected_query == "q=petrol&region=all"


def test_what_only_others_have_is_pointed_to():
    nothing = listed(region="de", q="london underground")

    assert (nothing.is_empty, nothing.elsewhere, nothing.corrected) == (True, 1, "")
    assert nothing.everywhere_query == "q=london+underground&region=all"


def test_filters_offer_every_type_category_region_and_edition():
    assert [value for value, _label in browsing.type_options()] == [
        "transportation",
        "energy",
        "food",
        "waste",
    ]
    assert [label for label, _options in browsing.category_groups("food")] == ["Food"]
    assert len(browsing.category_groups("")) == 4
    assert [len(options) for _label, options in browsing.region_groups()] == [227, 27]
    assert ("desnz-2025", "UK Government, 2025") in browsing.source_options(catalog())
    assert "ipcc-gwp" not in dict(browsing.source_options(catalog()))
