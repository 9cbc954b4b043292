"""The countries and territories that forms offer, for apps that know nothing of emission factors."""

from __future__ import annotations

from functools import cache

from emissions.factors import regions


@cache
def choices() -> tuple[tuple[str, str], ...]:
    """Code and name of each, by name."""
    return tuple((region.code, region.name) for region in regions.all() if region.parent == regions.WORLD)


def country_of(region: str) -> str:
    """The country of a region: `us` for `us-camx`. Empty for the whole world, which is none."""
    country = region.partition("-")[0]
    return country if country in dict(choices()) else ""


def name(code: str) -> str:
    """A country's name, or its code in capitals where it has none."""
    return regions.name(code)
