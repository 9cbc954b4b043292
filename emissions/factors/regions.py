"""Where people are: countries and territories, eGRID subregions of the US grid, what stands in, and averages.

Codes are lower case: `de`, `gb`, `us`, `us-camx`; `global` is the whole world.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from emissions.factors.files import DATA, read_records, read_rows
from emissions.factors.time_zones import country_of

WORLD = "global"
#: Where a region has no factor of its own and the world has none, these stand in, in this order.
PROXIES = ("gb", "us")
#: Small territories without data of their own -> the country whose averages and grid describe them best.
_PART_OF = {
    "ax": "fi", "bl": "fr", "gg": "gb", "im": "gb", "je": "gb", "mc": "fr", "mf": "fr", "mp": "us",
    "sj": "no", "sm": "it", "va": "it", "yt": "fr",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    """`parent` is where a factor is looked for next; None only for the world."""

    code: str
    name: str
    parent: str | None

    @property
    def is_subregion(self) -> bool:
        """A part of the US grid, not a country."""
        return self.parent not in (None, WORLD)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An average person's emissions in tonnes a year.

    `tonnes_co2e` counts all greenhouse gases, `tonnes_co2` only CO2 from fuels and industry, both within the
    country's borders; `consumption_tonnes_co2` counts what the people there buy, wherever it was made.
    """

    region: str
    name: str
    tonnes_co2: Decimal
    year: int
    source_id: str
    tonnes_co2e: Decimal | None
    ghg_year: int | None
    ghg_source_id: str | None
    consumption_tonnes_co2: Decimal | None
    consumption_year: int | None
    consumption_source_id: str | None


def all() -> list[Region]:
    """Countries and territories by name, each followed by its subregions, the world at the end."""
    return list(_ordered())


def get(code: str) -> Region:
    """The region of a code. Raises KeyError."""
    return _by_code()[code]


def exists(code: str) -> bool:
    return code in _by_code()


def name(code: str) -> str:
    """A region's name, or its code in capitals where it has none."""
    region = _by_code().get(code)
    return region.name if region else code.upper()


@cache
def chain(code: str) -> tuple[str, ...]:
    """Where to look for a factor, nearest first: `us-camx`, `us`, `global`. An unknown code is just the
    world.
    """
    codes = []
    region = _by_code().get(code)
    while region is not None:
        codes.append(region.code)
        region = _by_code()[region.parent] if region.parent else None
    return tuple(codes) or (WORLD,)


def proxy_chain(code: str) -> tuple[str, ...]:
    """What may stand in where nothing of `chain` has a factor."""
    return tuple(proxy for proxy in PROXIES if proxy not in chain(code))


def from_time_zone(time_zone: str) -> str:
    """The region that a time zone such as `Europe/Berlin` suggests; the world when it suggests none.

    An American zone says nothing certain about the grid, so it is `us`, never a subregion.
    """
    country = country_of(time_zone)
    country = _PART_OF.get(country, country)
    return country if country in _by_code() else WORLD


def benchmark(code: str) -> Benchmark | None:
    """The average person there, for a subregion that of its country; None where nobody publishes one."""
    for region in chain(code):
        if region == WORLD and code != WORLD:
            return None
        if (found := _benchmarks().get(region)) is not None:
            return found
    return None


@cache
def _by_code() -> dict[str, Region]:
    return {
        code: Region(code, title, parent or None) for code, title, parent in read_rows(DATA / "regions.csv")
    }


@cache
def _ordered() -> tuple[Region, ...]:
    def place(region: Region) -> tuple[bool, str, bool, str]:
        country = _by_code()[region.parent] if region.is_subregion and region.parent else region
        return region.code == WORLD, country.name, region.is_subregion, region.name

    return tuple(sorted(_by_code().values(), key=place))


@cache
def _benchmarks() -> dict[str, Benchmark]:
    def number(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    def year(text: str) -> int | None:
        return int(text) if text else None

    return {
        row["country_code"].lower(): Benchmark(
            region=row["country_code"].lower(),
            name=row["name"],
            tonnes_co2=Decimal(row["co2_tonnes_per_capita"]),
            year=int(row["year"]),
            source_id=row["source_id"],
            tonnes_co2e=number(row["ghg_tonnes_co2e_per_capita"]),
            ghg_year=year(row["ghg_year"]),
            ghg_source_id=row["ghg_source_id"] or None,
            consumption_tonnes_co2=number(row["consumption_co2_tonnes_per_capita"]),
            consumption_year=year(row["consumption_year"]),
            consumption_source_id=row["consumption_source_id"] or None,
        )
        for row in read_records(DATA / "benchmarks.csv")
    }
