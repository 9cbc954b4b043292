"""Where a number comes from, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from emissions.calculation import calculate
from emissions.explanation import Explanation, explain_calculation


def explained(variant: str, region: str, *, unit: str = "km", on: date = date(2026, 3, 1)) -> Explanation:
    return explain_calculation(
        calculate(variant=variant, amount=Decimal(10), unit=unit, region=region, on=on)
    )


@pytest.mark.parametrize(
    ("variant", "region", "unit", "sentence"),
    [
        ("car-petrol-medium", "gb", "km", "It is the figure for your own region."),
        (
            "car-petrol-medium",
            "us-camx",
            "km",
            "There is none for your own area; this is the figure for United States, which it is a part of.",
        ),
        ("beef", "de", "kg", "It is a worldwide figure: we have none for your country alone."),
        ("bus", "de", "km", "We have none for your country or the world; United Kingdom stands in."),
        ("walking-cycling", "de", "km", "It is a definition, the same everywhere."),
        ("walking-cycling", "gb", "km", "It is a definition, the same everywhere."),
    ],
)
def test_it_says_why_this_regions_factor_was_used(
    variant: str, region: str, unit: str, sentence: str
) -> None:
    assert explained(variant, region, unit=unit).how_found == sentence


@pytest.mark.parametrize(
    ("variant", "on", "sentence"),
    [
        (
            "flight-long-economy",
            date(2019, 6, 1),
            "Our oldest figure is of 2024; it stands for earlier years as well.",
        ),
        ("flight-long-economy", date(2024, 1, 1), ""),
        ("car-petrol-medium", date(2026, 3, 1), ""),
    ],
)
def test_an_activity_older_than_every_edition_says_so(variant: str, on: date, sentence: str) -> None:
    assert explained(variant, "gb", on=on).edition_note == sentence
