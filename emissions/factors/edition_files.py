"""An edition as a CSV file: read, and held row by row against the catalogue it is to be published above.

The format is that of `emissions/data/factors/`. A row may bring a new factor, or another figure for one there
is; what a factor is per and which scope it has stay for ever: entries and totals have been made with them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from carbontrack.spreadsheets import Sheet, csv_bytes
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.publications import LARGEST_FACTOR, PublishedRow
from emissions.factors import regions
from emissions.factors.categories import CATEGORY_LABELS
from emissions.factors.resolution import Catalog
from emissions.factors.unit_names import FACTOR_UNIT_CODES, OFFERED

HEADER = (
    "id",
    "variant",
    "unit",
    "kg_co2e_per_unit",
    "kg_co2",
    "kg_ch4_co2e",
    "kg_n2o_co2e",
    "scope",
    "scope3_category",
    "notes",
    "source_ref",
)
_REQUIRED = ("id", "variant", "unit", "kg_co2e_per_unit", "scope")
MOST_ROWS = 5_000
MOST_BYTES = 2_000_000
#: How many mistakes are told one by one.
MOST_PROBLEMS = 100
_LONGEST = {"id": 200, "variant": 200, "notes": 1_000, "source_ref": 300}
_ID = re.compile(r"[a-z]+(\.[a-z0-9_+-]+){2,}\.[a-z0-9-]+")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,26})?")
_UNITS = {
    **{code: code for code in OFFERED if code not in FACTOR_UNIT_CODES.values()},
    **{unit: unit for unit in FACTOR_UNIT_CODES},
}
_SCOPE3_CATEGORIES = range(1, 16)


class EditionRefused(Exception):
    """The file as a whole cannot be read; the message is for people."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line of the file, counted from 1 with its header."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EditionFile:
    """The rows that are right, and what is wrong with the others; `more` counts problems left untold."""

    rows: tuple[PublishedRow, ...]
    problems: tuple[Problem, ...]
    more: int = 0


class _RowRefused(Exception):
    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column
        self.sentence = sentence


def read_edition(content: bytes, catalog: Catalog) -> EditionFile:
    """The rows of a file. Raises EditionRefused for what is no such file at all."""
    checks = Checks(catalog)
    rows: list[PublishedRow] = []
    problems: list[Problem] = []
    for line, cells in _lines(content):
        try:
            row = _row(cells)
            checks.check(row, f"line {line}")
            rows.append(row)
        except _RowRefused as refused:
            problems.append(Problem(line, refused.column, refused.sentence))
    if not rows and not problems:
        raise EditionRefused(
            "There is no factor in this file, only its first line. Add a row for each factor."
        )
    return EditionFile(tuple(rows), tuple(problems[:MOST_PROBLEMS]), max(0, len(problems) - MOST_PROBLEMS))


def conflicts(rows: Iterable[PublishedRow], catalog: Catalog) -> list[str]:
    """Why rows that were right when they were read cannot stand above a catalogue as it is now."""
    checks = Checks(catalog)
    found = []
    for row in rows:
        try:
            checks.check(row, "above")
        except _RowRefused as refused:
            found.append(f"{row.factor_id}: {refused.sentence}")
    return found


def edition_file(rows: Iterable[PublishedRow]) -> bytes:
    """The file that would be read as these rows."""
    return csv_bytes(Sheet("Factors", HEADER, map(_cells, rows)))


def template_file() -> bytes:
    """A file to begin with: the header, and a row that says what goes where."""
    example = PublishedRow(
        "energy.electricity.grid.gb",
        "Electricity: UK grid, generated",
        "kWh",
        Decimal("0.1771"),
        Scope.TWO,
        notes="Generation only; losses of the grid are not in it.",
        source_ref="Sheet UK electricity, row 12",
    )
    return edition_file([example])


def _cells(row: PublishedRow) -> tuple[str | Decimal | int | None, ...]:
    gases = (row.kg_co2, row.kg_ch4_co2e, row.kg_n2o_co2e)
    scope = (int(row.scope), row.scope3_category, row.notes, row.source_ref)
    return (row.factor_id, row.name, row.unit, row.kg_co2e_per_unit, *gases, *scope)


# -- Reading ------------------------------------------------------------------------------------------------


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's cells by column, with the number of the line that it ends in."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EditionRefused(
            "This is not UTF-8 text. Save the table as “CSV UTF-8” and try again."
        ) from error
    first_line = text.partition("\n")[0]
    between = max(",;\t", key=first_line.count)  # spreadsheets in half of Europe write semicolons
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise EditionRefused(f"An edition holds at most {MOST_ROWS:,} factors. Send it in parts.")
            cells += [""] * (len(header) - len(cells))
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
            named[""] = "".join(cells[len(header) :]).strip()
            yield reader.line_num, named
    except csv.Error as error:
        raise EditionRefused(f"Line {reader.line_num} is not CSV: {error}.") from error


def _check_header(header: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise EditionRefused(f"The first line lacks {', '.join(missing)}. Begin with the template.")
    strange = [name for name in header if name not in HEADER]
    if strange:
        raise EditionRefused(
            f"The first line has a column that we do not know: {strange[0][:40] or '(without a name)'}."
        )
    if len(set(header)) != len(header):
        raise EditionRefused("The first line names a column twice.")


def _row(cells: Mapping[str, str]) -> PublishedRow:
    if cells[""]:
        raise _RowRefused("", "There are more cells than columns. Put text with commas in quotation marks.")
    for column, longest in _LONGEST.items():
        text = cells.get(column, "")
        if len(text) > longest:
            raise _RowRefused(column, f"Keep it under {longest:,} characters.")
        if not text.isprintable():
            raise _RowRefused(
                column, "There is a character in it that cannot be shown, such as a line break."
            )
    if not cells["variant"]:
        raise _RowRefused("variant", "Say in words what this is: people see it.")
    gases = {column: cells.get(column, "") for column in ("kg_co2", "kg_ch4_co2e", "kg_n2o_co2e")}
    for column, text in gases.items():
        if text:
            _number(column, text)
    return PublishedRow(
        factor_id=cells["id"],
        name=cells["variant"],
        unit=cells["unit"],
        kg_co2e_per_unit=_number("kg_co2e_per_unit", cells["kg_co2e_per_unit"]),
        scope=_scope(cells["scope"]),
        scope3_category=_scope3_category(cells.get("scope3_category", "")),
        notes=cells.get("notes", ""),
        source_ref=cells.get("source_ref", ""),
        **gases,
    )


def _number(column: str, text: str) -> Decimal:
    if text.startswith("-"):
        raise _RowRefused(column, f"A factor is zero or more, not {text[:30]}.")
    if _NUMBER.fullmatch(text) is None:
        shown = text[:30] or "nothing"
        raise _RowRefused(column, f"Write a plain number with a point, like 0.1771, instead of {shown}.")
    if Decimal(text) > LARGEST_FACTOR:
        raise _RowRefused(column, "That is more than anything emits. Look at the unit: kg CO2e.")
    return Decimal(text)


def _scope(text: str) -> Scope:
    if text not in {"1", "2", "3"}:
        raise _RowRefused("scope", "The scope is 1, 2 or 3.")
    return Scope(int(text))


def _scope3_category(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 3 and int(text) in _SCOPE3_CATEGORIES):
        raise _RowRefused("scope3_category", "The category of scope 3 is a number from 1 to 15, or nothing.")
    return int(text)


# -- Against the catalogue ----------------------------------------------------------------------------------


class Checks:
    """What rows of one edition must be beside one another, and beside the editions there are."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._seen: dict[str, str] = {}
        self._units: dict[str, str] = {}

    def check(self, row: PublishedRow, place: str) -> None:
        """Raises _RowRefused. `place` is where the row is, for the next one of the same factor."""
        self._check_id(row.factor_id)
        if row.factor_id in self._seen:
            raise _RowRefused("id", f"This factor is in the file already: {self._seen[row.factor_id]}.")
        self._seen[row.factor_id] = place
        self._check_unit(row)
        self._check_scope(row)

    def _check_id(self, factor_id: str) -> None:
        if _ID.fullmatch(factor_id) is None:
            raise _RowRefused(
                "id",
                "An id is words with points between them: type, category, variant and region, "
                "like energy.electricity.grid.gb.",
            )
        activity_type, category, _ = factor_id.split(".", 2)
        if activity_type not in set(ActivityType):
            raise _RowRefused("id", f"It begins with {activity_type}, which is none of the activity types.")
        if category not in CATEGORY_LABELS[activity_type]:
            raise _RowRefused("id", f"There is no category {category} of {activity_type}.")
        region = factor_id.rpartition(".")[2]
        if not regions.exists(region):
            raise _RowRefused("id", f"It ends in {region}, which is no region that we know.")

    def _check_unit(self, row: PublishedRow) -> None:
        if row.unit not in _UNITS:
            raise _RowRefused("unit", f"Use one of these units: {', '.join(sorted(_UNITS))}.")
        key = row.factor_id.rpartition(".")[0]
        places = self._catalog.regions_of(key)
        known = self._catalog.editions(f"{key}.{places[0]}")[0].unit if places else self._units.get(key)
        if known is not None and row.unit != known:
            raise _RowRefused(
                "unit", f"This factor is per {known} everywhere, and stays so; here it is {row.unit}."
            )
        self._units[key] = row.unit

    def _check_scope(self, row: PublishedRow) -> None:
        latest = self._catalog.latest(row.factor_id)
        if latest is None:
            return
        if row.scope is not latest.scope:
            raise _RowRefused("scope", f"This factor is of scope {latest.scope:d}, and stays so.")
        if row.scope3_category != latest.scope3_category:
            said = "none" if latest.scope3_category is None else latest.scope3_category
            raise _RowRefused("scope3_category", f"The category of this factor is {said}, and stays so.")
