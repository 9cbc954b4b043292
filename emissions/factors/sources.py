"""Who published the figures, under which licence. One row of `emissions/data/sources.csv` each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from emissions.factors.files import DATA, read_records


@dataclass(frozen=True, slots=True)
class Source:
    """An edition of a publication. `valid_from` and `valid_to` bound the days its factors are in force.

    Electricity by year has no single edition: its rows are in force from the January of their data year.
    """

    id: str
    title: str
    short_title: str
    publisher: str
    year: int
    version: str
    licence: str
    url: str
    notes: str
    valid_from: date | None
    valid_to: date | None


@cache
def all_sources() -> dict[str, Source]:
    """Every source by id, in the order of the file."""
    return {
        row["source_id"]: Source(
            id=row["source_id"],
            title=row["title"],
            short_title=row["short_title"],
            publisher=row["publisher"],
            year=int(row["year"]),
            version=row["version"],
            licence=row["licence"],
            url=row["url"],
            notes=row["notes"],
            valid_from=_date(row["valid_from"]),
            valid_to=_date(row["valid_to"]),
        )
        for row in read_records(DATA / "sources.csv")
    }


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
