"""Reads the shipped catalogue into `EmissionFactor`s. Once per process; about 2,500 rows and 2,200 grid
years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from sys import intern

from emissions.domain.entries import ActivityType, EmissionFactor, Scope
from emissions.factors.files import DATA, read_rows
from emissions.factors.sources import Source, all_sources

GRID = "energy.electricity.grid"
GRID_BY_EMBER = "energy.electricity.grid-ember"
EMBER = "owid-ember-2026"
#: Regions whose own government publishes a grid factor, which wins from its first edition on.
OFFICIAL_GRIDS = frozenset({"gb", "us"})
_EMBER_NOTE = (
    "Life-cycle intensity of generation, data year {year}. Includes upstream, so not strictly scope 2."
)


@dataclass(frozen=True, slots=True)
class Published:
    """What else the source says about a factor. The gases are kg CO2e per unit, as printed; empty when not
    given.
    """

    kg_co2: str
    kg_ch4_co2e: str
    kg_n2o_co2e: str
    source_ref: str

    @property
    def has_gases(self) -> bool:
        return bool(self.kg_co2 and self.kg_ch4_co2e and self.kg_n2o_co2e)


Row = tuple[EmissionFactor, Published]
_NOTHING_PUBLISHED = Published("", "", "", "")


def read_factors() -> Iterator[Row]:
    """Every edition of every main factor."""
    for path in sorted((DATA / "factors").glob("*.csv")):
        yield from _read_edition(path.stem, path.parent.name)
    yield from _read_electricity()


def read_upstream() -> Iterator[Row]:
    """Add-ons that are not in the main factors: making the fuel, and losses of the grid."""
    for path in sorted((DATA / "upstream").glob("*.csv")):
        yield from _read_edition(path.stem, path.parent.name)


def _read_edition(source_id: str, folder: str) -> Iterator[Row]:
    source = all_sources()[source_id]
    for row in read_rows(DATA / folder / f"{source_id}.csv"):
        id_, variant, unit, kg, co2, ch4, n2o, scope, scope3_category, notes, source_ref = row
        factor = _factor(
            source,
            id_,
            variant,
            unit,
            kg,
            scope,
            scope3_category,
            intern(notes),
            source.valid_from or date.min,
        )
        yield factor, Published(co2, ch4, n2o, source_ref)


def _factor(
    source: Source,
    id_: str,
    variant: str,
    unit: str,
    kg: str,
    scope: str,
    scope3_category: str,
    notes: str,
    valid_from: date,
) -> EmissionFactor:
    activity_type, category, _ = id_.split(".", 2)
    return EmissionFactor(
        id=id_,
        activity_type=ActivityType(activity_type),
        category=intern(category),
        variant=variant,
        region=intern(id_.rpartition(".")[2]),
        unit=intern(unit),
        kg_co2e_per_unit=Decimal(kg),
        scope=Scope(int(scope)),
        scope3_category=int(scope3_category) if scope3_category else None,
        source_id=source.id,
        source_year=source.year,
        valid_from=valid_from,
        valid_to=source.valid_to,
        notes=notes,
    )


def _read_electricity() -> Iterator[Row]:
    """One edition a data year for each region of Ember's series.

    Great Britain and the United States have official factors, which begin in 2024. For the years before,
    Ember's figure of that very year stands in under the same id: the British grid changed by a third within a
    few years, which matters more than Ember counting a little more (building the plants, too). The whole
    series of both is also there under an id of its own. eGRID subregions have no yearly series, so there the
    earliest edition reaches back.
    """
    source = all_sources()[EMBER]
    path = DATA / "electricity.csv"
    with path.open(encoding="utf-8") as file:
        years = [int(year) for year in file.readline().rstrip().split(",")[3:]]
    for region, name, note, *values in read_rows(path):
        keys = (GRID_BY_EMBER, GRID) if region in OFFICIAL_GRIDS else (GRID,)
        for key in keys:
            before = 2024 if key == GRID and region in OFFICIAL_GRIDS else 9999
            for year, kg in zip(years, values, strict=True):
                if kg and year < before:
                    yield _grid_year(source, f"{key}.{region}", name, note, year, kg), _NOTHING_PUBLISHED


def _grid_year(source: Source, id_: str, name: str, note: str, year: int, kg: str) -> EmissionFactor:
    return EmissionFactor(
        id=id_,
        activity_type=ActivityType.ENERGY,
        category="electricity",
        variant=f"Grid electricity, {name} ({year})",
        region=id_.rpartition(".")[2],
        unit="kWh",
        kg_co2e_per_unit=Decimal(kg),
        scope=Scope.TWO,
        scope3_category=None,
        source_id=source.id,
        source_year=year,
        valid_from=date(year, 1, 1),
        valid_to=None,
        notes=intern(" ".join(filter(None, (_EMBER_NOTE.format(year=year), note)))),
    )
