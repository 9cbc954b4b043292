"""Which country a time zone is in, from the public-domain IANA tables in the tzdata package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def country_of(time_zone: str) -> str:
    """The lower-case country code of a zone name, old names included; "" when it has none (`UTC`)."""
    zones = _zones()
    return zones.get(time_zone) or zones.get(_links().get(time_zone, ""), "")


@cache
def _zones() -> dict[str, str]:
    """Zone name -> country. `zone.tab` has one country a zone, and a zone for every country."""
    zones = {}
    for line in _lines("zone.tab"):
        if not line.startswith("#"):
            country, _coordinates, zone = line.split("\t")[:3]
            zones[zone] = country.lower()
    return zones


@cache
def _links() -> dict[str, str]:
    """Old and alternative names -> the zone they mean; read only for a zone that `zone.tab` has not."""
    fields = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {alias: target for _, target, alias in fields}


def _lines(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()
