"""What a table is, whichever kind of file it came in: one row of names, and rows below it, within limits.

The process that opens workbooks uses this module, too, so it knows nothing of Django.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import IO, NamedTuple

from emissions.imports.normal_form import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRefused,
    Row,
    dump_rows,
    shown,
)

#: Among so many rows that are not blank the names of the columns stand; titles may stand above them.
_ROWS_ABOVE = 30
_LONGEST_NAME = 200
_HAS_LETTER = re.compile(r"[^\W\d_]")

EMPTY = (
    "This file is empty. Put the names of the columns in its first row, and one activity in each row below."
)
TOO_MANY_COLUMNS = f"This file has more than {MAX_COLUMNS} columns. Delete those that are not needed."
_TOO_MANY_ROWS = f"This file has more than {MAX_ROWS:,} rows. Split it into several files."


class Written(NamedTuple):
    """A table whose rows were written down: names of its columns, "" where one has none; how many rows."""

    header: tuple[str, ...]
    row_count: int


def write_table(rows: Iterable[Row], out: IO[bytes]) -> Written:
    """Find the names of the columns, and write the rows below them in normal form. Raises FileRefused."""
    names, below = _split(_bounded(rows))
    counted = _Counted(below, width=len(names.cells))
    for piece in dump_rows(counted):
        out.write(piece)
    if not counted.count:
        raise FileRefused("This file has names of columns, but no rows below them.")
    header = [" ".join(str(cell).split())[:_LONGEST_NAME] for cell in names.cells]
    return Written((*header, *[""] * (counted.width - len(header))), counted.count)


class _Counted:
    """Rows on their way, with their number and the width of the widest."""

    def __init__(self, rows: Iterable[Row], *, width: int) -> None:
        self.count = 0
        self.width = width
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            if self.count > MAX_ROWS:
                raise FileRefused(_TOO_MANY_ROWS)
            if len(row.cells) > self.width:
                self.width = len(row.cells)
            yield row


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows without blank ones and without empty cells at the end. Raises FileRefused."""
    for row in rows:
        cells = row.cells
        if cells and cells[-1] == "":
            last = len(cells)
            while last and cells[last - 1] == "":
                last -= 1
            row = Row(row.number, cells[:last])
        elif not cells:
            continue
        if not row.cells:
            continue
        if len(row.cells) > MAX_COLUMNS:
            raise FileRefused(TOO_MANY_COLUMNS)
        for cell in row.cells:
            if type(cell) is str and len(cell) > MAX_CELL_CHARACTERS:
                raise FileRefused(
                    f"A cell in row {row.number} has more than {MAX_CELL_CHARACTERS:,} characters. "
                    "Shorten it; if it looks short, a quotation mark may be missing there."
                )
        yield row


def _split(rows: Iterator[Row]) -> tuple[Row, Iterator[Row]]:
    """The row of names and those below it. Raises FileRefused where there is none."""
    first = list(islice(rows, _ROWS_ABOVE))
    if not first:
        raise FileRefused(EMPTY)
    widest = max(map(_filled, first))
    for place, row in enumerate(first):
        if _filled(row) * 2 >= widest and _filled(row) >= min(2, widest):
            for cell in row.cells:
                if cell != "" and (type(cell) is not str or not _HAS_LETTER.search(cell)):
                    raise FileRefused(
                        f"Row {row.number} should name the columns, but has “{shown(cell)[:40]}” in it. "
                        "Put a row with names like date, activity, amount and unit above the others."
                    )
            return row, chain(first[place + 1 :], rows)
    raise AssertionError("unreachable: the widest row qualifies")


def _filled(row: Row) -> int:
    return sum(cell != "" for cell in row.cells)
