"""The countries that forms offer."""

import pytest

from accounts import countries


def test_countries_and_territories_are_offered_by_name_without_grids_and_the_world() -> None:
    codes = [code for code, _ in countries.choices()]

    assert {"gb", "us", "de", "pr"} <= {*codes}
    assert {"us-camx", "global"} & {*codes} == set()
    assert dict(countries.choices())["gb"] == "United Kingdom"


@pytest.mark.parametrize(
    ("region", "country"), [("gb", "gb"), ("us-camx", "us"), ("global", ""), ("xx", ""), ("", "")]
)
def test_a_region_is_in_a_country_or_in_none(region: str, country: str) -> None:
    assert countries.country_of(region) == country


def test_a_country_has_a_name() -> None:
    assert (countries.name("de"), countries.name("xx")) == ("Germany", "XX")
