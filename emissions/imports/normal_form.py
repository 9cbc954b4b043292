"""Rows as they are kept between the upload and the import: typed cells, as compressed lines of JSON.

    [2, "Train", ["n", "12.5"], ["d", "2026-03-01"]]

A cell is text, the `Decimal`, `date` or `datetime` of a workbook, and "" where there is nothing. What a CSV
file holds is all text: only a person knows what `1.234` means there. The process that opens workbooks uses
this module, too, so it knows nothing of Django.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

Cell = str | Decimal | date | datetime

MAX_ROWS = 100_000
MAX_COLUMNS = 100
MAX_CELL_CHARACTERS = 2_000
MAX_FILE_BYTES = 20_000_000
#: All rows as JSON, before they are compressed. A file of 20 MB says no more, unless it repeats itself.
MAX_JSON_BYTES = 150_000_000

#: So much is unpacked at a time: a file of one repeated row is a thousand times smaller than what it says.
_PIECE_BYTES = 1 << 16
#: Fast: the rows are read soon, once or twice, and then thrown away.
_COMPRESSION_LEVEL = 1
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
_TOO_MUCH = "This file holds more text than we can take at once. Split it into smaller files."


class FileRefused(Exception):
    """A file that cannot be imported as it is. The message is a sentence for the person who brought it."""


class ValueRefused(ValueError):
    """A cell that cannot be read as what it should be. The message is a sentence for the person."""


class Row(NamedTuple):
    """A row, and the line it begins at in the file, as an editor or a spreadsheet counts. Cells at the end
    that are empty are left out.
    """

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell of a column; "" where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else ""


def dump_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    """The stored form of rows, piece by piece. `Upload.chunks()` has it ready. Raises FileRefused when it
    gets too long.
    """
    compressor = zlib.compressobj(_COMPRESSION_LEVEL)
    dumps, compress = orjson.dumps, compressor.compress
    size = 0
    for row in rows:
        line = dumps((row.number, *row.cells), _tagged, _OPTIONS)
        size += len(line)
        if size > MAX_JSON_BYTES:
            raise FileRefused(_TOO_MUCH)
        if piece := compress(line):
            yield piece
    yield compressor.flush()


def load_rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    """Rows from their stored form, one by one, in flat memory; no more is read than the caller asks for."""
    loads = orjson.loads
    rest = b""
    for piece in _unpacked(chunks):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            number, *cells = loads(line)
            yield Row(number, tuple([cell if type(cell) is str else _typed(cell) for cell in cells]))


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj()
    for chunk in chunks:
        while chunk:
            yield unpack.decompress(chunk, _PIECE_BYTES)
            chunk = unpack.unconsumed_tail
    yield unpack.flush()


def _tagged(cell: Any) -> tuple[str, str]:
    if isinstance(cell, Decimal):
        return "n", str(cell)
    if isinstance(cell, datetime):
        return "t", cell.isoformat()
    if isinstance(cell, date):
        return "d", cell.isoformat()
    raise TypeError(f"No cell is a {type(cell).__name__}.")


def _typed(tagged: list[str]) -> Cell:
    tag, text = tagged
    if tag == "n":
        return Decimal(text)
    return datetime.fromisoformat(text) if tag == "t" else date.fromisoformat(text)


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]+")


def clean_text(text: str) -> str:
    """Text of a cell without blanks at its ends and without characters that nobody sees."""
    text = text.strip()
    if text.isprintable():
        return text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def shown(cell: Cell) -> str:
    """A cell as its owner would recognize it: for samples, messages and the file of refused rows."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S" if cell.second else "%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else f"{cell:f}"
