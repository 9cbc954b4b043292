"""Where people are, and what an average person there emits."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from emissions.factors import regions
from emissions.factors.files import DATA


def test_every_country_with_a_benchmark_is_a_region():
    with (DATA / "benchmarks.csv").open(encoding="utf-8") as file:
        codes = [row["country_code"].lower() for row in csv.DictReader(file)]

    assert len(codes) == 216
    assert [code for code in codes if not regions.exists(code)] == []


def test_every_region_leads_to_the_world():
    assert {regions.chain(region.code)[-1] for region in regions.all()} == {"global"}


def test_chains_and_proxies():
    assert regions.chain("us-camx") == ("us-camx", "us", "global")
    assert regions.chain("de") == ("de", "global")
    assert regions.chain("nowhere") == ("global",)
    assert regions.proxy_chain("de") == ("gb", "us")
    assert regions.proxy_chain("gb") == ("us",)
    assert regions.proxy_chain("us-camx") == ("gb",)


def test_names():
    assert regions.get("us-camx").name == "California (CAMX)"
    assert regions.get("de").name == regions.name("de") == "Germany"
    assert regions.name("zz") == "ZZ"
    with pytest.raises(KeyError):
        regions.get("zz")


def test_subregions_stand_behind_their_country_and_the_world_at_the_end():
    codes = [region.code for region in regions.all()]
    united_states = codes.index("us")

    assert codes[-1] == "global"
    assert len(codes) == len(set(codes)) == 254
    assert all(code.startswith("us-") for code in codes[united_states + 1 : united_states + 28])
    assert [region.code for region in regions.all() if region.is_subregion] == codes[
        united_states + 1 : united_states + 28
    ]


@pytest.mark.parametrize(
    ("time_zone", "region"),
    [
        ("Europe/London", "gb"),
        ("Europe/Berlin", "de"),
        ("Europe/Oslo", "no"),
        ("America/Los_Angeles", "us"),
        ("Asia/Calcutta", "in"),
        ("Asia/Kolkata", "in"),
        ("US/Pacific", "us"),
        ("Europe/Kiev", "ua"),
        ("Europe/Jersey", "gb"),
        ("America/Puerto_Rico", "pr"),
        ("UTC", "global"),
        ("Etc/GMT+5", "global"),
        ("Mars/Olympus_Mons", "global"),
        ("", "global"),
    ],
)
def test_a_time_zone_suggests_a_region(time_zone, region):
    assert regions.from_time_zone(time_zone) == region


def test_the_average_of_a_subregion_is_its_countrys():
    assert regions.benchmark("us-camx") == regions.benchmark("us")


def test_averages_are_tonnes_a_year_with_year_and_source():
    british = regions.benchmark("gb")

    assert british is not None
    assert (british.year, british.source_id) == (2024, "owid-gcp-2025")
    assert (british.ghg_year, british.ghg_source_id) == (2023, "owid-ghg-2025")
    assert Decimal(4) < british.tonnes_co2 < Decimal(6)


def test_where_nobody_publishes_an_average_there_is_none():
    assert regions.benchmark("pr") is None
    assert regions.benchmark("global") is not None
    assert regions.benchmark("nowhere") is None
