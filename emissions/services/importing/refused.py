"""Rows that made no entry, as a file to correct and bring in again."""

from __future__ import annotations

from collections.abc import Iterator

from carbontrack.spreadsheets import Cell, Sheet
from emissions.domain.imports import Import, Refusal
from emissions.imports.columns import column_name
from emissions.imports.normal_form import shown
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.files import iter_rows

LINE, REASON = "Line", "What to correct"


def iter_refusals(found: Import) -> Iterator[Refusal]:
    """Every refused row of an import that has run, in the order of the file. An undone one has none left."""
    for chunk in ImportRepository(found.user_id).iter_chunks(found.id):
        yield from chunk.refusals


def refused_sheet(found: Import) -> Sheet:
    """The refused rows with their original cells, then line and reason; for `spreadsheets.csv_lines`.

    The columns are those of the file, so that the corrected file needs no new mapping. Rows are read while
    they are written. Raises ImportRefused at the first one once the file is no longer kept.
    """
    header = [column_name(found.header, index) for index in range(len(found.header))]
    return Sheet("Rows to correct", [*header, LINE, REASON], _rows(found))


def _rows(found: Import) -> Iterator[list[Cell]]:
    width = len(found.header)
    refusals = iter_refusals(found)
    refusal = next(refusals, None)
    if refusal is None:
        return
    for row in iter_rows(found):
        if row.number != refusal.line:
            continue
        cells: list[Cell] = [shown(row.cell(column)) for column in range(width)]
        yield [*cells, refusal.line, refusal.sentence]
        refusal = next(refusals, None)
        if refusal is None:
            return
