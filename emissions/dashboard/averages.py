"""What an average person emits in a year, to see one's own pace in scale."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from emissions.factors import catalog, regions
from emissions.figures import KG_PER_TONNE


@dataclass(frozen=True, slots=True)
class Average:
    """An average person's kg CO2e a year somewhere. `gases` says what is counted."""

    name: str
    kg: Decimal
    year: int
    gases: str
    source: str
    source_url: str


def averages_for(region: str) -> tuple[Average, ...]:
    """The person's country, where there is a figure for it, and the world."""
    found = (_average(code) for code in dict.fromkeys((region, regions.WORLD)))
    return tuple(average for average in found if average is not None)


def _average(region: str) -> Average | None:
    """All greenhouse gases where they are known, for that is what entries count; else CO2 alone."""
    benchmark = regions.benchmark(region)
    if benchmark is None:
        return None
    tonnes, year, source_id = benchmark.tonnes_co2e, benchmark.ghg_year, benchmark.ghg_source_id
    gases = "all greenhouse gases, land use included"
    if tonnes is None or year is None or source_id is None:
        tonnes, year, source_id = benchmark.tonnes_co2, benchmark.year, benchmark.source_id
        gases = "CO2 from fuels and industry"
    source = catalog().source(source_id)
    return Average(benchmark.name, tonnes * KG_PER_TONNE, year, gases, source.title, source.url)
