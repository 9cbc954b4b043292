"""The factors that results were made with, and where they come from: rows of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from emissions.domain.entries import FactorSnapshot
from emissions.factors import regions, units
from emissions.factors.boundaries import is_declared
from emissions.factors.categories import category_label, type_label
from emissions.factors.current import catalog
from emissions.reports.document import Cell, Column, Kind, Row, RowStyle, Table
from emissions.reports.warming import warming_set

#: How a factor was found, as `FactorSnapshot.match` says it; a definition is found nowhere.
MATCH_LABELS = {
    "own": "own region",
    "parent": "a larger region",
    "global": "worldwide",
    "proxy": "stand-in",
    "declared": "definition",
}
TOGETHER = "together"
#: Activity type and category.
CategoryKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FactorKey:
    """One factor of one edition, as entries used it, however its amounts were typed."""

    activity_type: str
    category: str
    id: str
    name: str
    value: Decimal
    unit: str
    source: str
    source_id: str
    year: int
    region: str
    match: str

    @classmethod
    def of(cls, activity_type: str, category: str, factor: FactorSnapshot) -> FactorKey:
        return cls(
            activity_type,
            category,
            factor.id,
            factor.name,
            factor.value,
            factor.unit,
            factor.source,
            factor.source_id,
            factor.year,
            factor.region.lower(),
            "declared" if is_declared(factor.source_id) else factor.match,
        )

    @property
    def edition(self) -> str:
        """`UK Government 2025`; a definition has no edition."""
        return edition_label(self.source, self.source_id, self.year)

    @property
    def region_name(self) -> str:
        return regions.name(self.region)

    @property
    def sorting(self) -> tuple[str, int, str, str]:
        return (self.name.casefold(), -self.year, self.region, self.match)


@dataclass(slots=True)
class Use:
    """How many entries used a factor, and the kg CO2e they stand for."""

    entries: int = 0
    kg: Decimal = Decimal(0)

    def add(self, kg: Decimal, entries: int = 1) -> None:
        self.entries += entries
        self.kg += kg


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor. `entries` and `kg` are None where they are not told; `is_partial` where some are not."""

    key: FactorKey
    entries: int | None
    kg: Decimal | None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class CategoryUses:
    """The factors of a category, largest first. `rest` are kg of it that its rows do not tell."""

    category: CategoryKey
    kg: Decimal | None
    rows: tuple[FactorRow, ...]
    rest: Decimal = Decimal(0)

    @property
    def label(self) -> str:
        return f"{type_label(self.category[0])}: {category_label(*self.category)}"


def edition_label(source: str, source_id: str, year: int) -> str:
    """An edition in few words; one that is no longer shipped in its own."""
    if is_declared(source_id):
        return source
    shipped = catalog().find_source(source_id)
    return f"{source if shipped is None else shipped.short_title} {year}"


def by_largest(rows: Iterable[FactorRow]) -> tuple[FactorRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-(row.kg or Decimal(0)), row.key.sorting)))


def factors_table(uses: Iterable[CategoryUses], *, total: Decimal | None, rest: str) -> Table:
    """Every factor under its category; `rest` says what kg are that no row tells.

    `total` is None where amounts are not told at all.
    """
    tells = total is not None
    columns = [
        Column("Factor", width=6),
        Column("Source and edition", width=4),
        Column("Region", width=3),
        Column("Found as", width=2),
        Column("kg CO2e per unit", Kind.EXACT, width=2),
        Column("Unit", width=2),
    ]
    if tells:
        columns += [Column("Entries", Kind.COUNT, width=1), Column("Emissions", Kind.KG, "kg CO2e", width=2)]
    rows = [row for each in uses for row in _rows(each, tells=tells, rest=rest)]
    if tells and rows:
        rows.append(Row(("Total", None, None, None, None, None, None, total), RowStyle.TOTAL))
    blank = (("",) * 5,)
    return Table(
        "Factors",
        "Emission factors by category" + (", with what they stand for" if tells else ""),
        tuple(columns),
        tuple(Row(_blanked(row.cells, blank[0]), row.style) for row in rows),
        empty="No entries of this period are at hand, so no factors are listed.",
    )


def _blanked(cells: tuple[Cell, ...], blanks: tuple[str, ...]) -> tuple[Cell, ...]:
    """Cells that say nothing where a row stands for several factors, in place of dashes."""
    return (
        cells[0],
        *(blank if cell is None else cell for cell, blank in zip(cells[1:6], blanks, strict=True)),
        *cells[6:],
    )


def _rows(uses: CategoryUses, *, tells: bool, rest: str) -> Iterator[Row]:
    head: tuple[Cell, ...] = (uses.label, None, None, None, None, None)
    yield Row((*head, "", uses.kg) if tells else head, RowStyle.GROUP)
    for row in uses.rows:
        key = row.key
        name = f"{key.name} (part)" if row.is_partial and tells else key.name
        said = (name, key.edition, key.region_name, MATCH_LABELS.get(key.match, key.match))
        cells: tuple[Cell, ...] = (*said, key.value, units.unit_label(key.unit, 1))
        amounts: tuple[Cell, ...] = (TOGETHER, TOGETHER) if row.kg is None else (row.entries, row.kg)
        yield Row((*cells, *amounts) if tells else cells, RowStyle.INNER)
    if tells and uses.rest:
        yield Row((rest, None, None, None, None, None, "", uses.rest), RowStyle.INNER)


def sources_table(keys: Iterable[FactorKey]) -> Table:
    """The publications behind the factors, each once."""
    found = {key.source_id: key for key in keys}
    rows = []
    for source_id, key in sorted(found.items(), key=lambda each: (each[1].source.casefold(), each[0])):
        source = catalog().find_source(source_id)
        cells: tuple[Cell, ...] = (
            (key.edition, "", str(key.year), "", "")
            if source is None
            else (
                source.title,
                source.publisher,
                source.version or str(source.year),
                source.licence,
                source.url,
            )
        )
        rows.append(Row((*cells, warming_set(source_id))))
    return Table(
        "Sources",
        "Publications that the factors were read from",
        (
            Column("Publication", width=5),
            Column("Publisher", width=3),
            Column("Version", width=3),
            Column("Licence", width=3),
            Column("Address", width=4),
            Column("Warming potentials", width=2),
        ),
        tuple(rows),
        empty="No factors were used.",
    )


def warming_sets(keys: Iterable[FactorKey]) -> str:
    """The sets of warming potentials behind the factors in use, each once: `IPCC AR5; IPCC AR4`."""
    found = {warming_set(key.source_id) for key in keys if key.match != "declared"}
    return "; ".join(sorted(found))
