"""CSV as spreadsheets of all countries write it: which encoding, which delimiter, and the rows.

Only one row and a little of the file are in memory at a time, whatever the file is like: no line is read
beyond what a row may hold.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Final

from emissions.imports.normal_form import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    FileRefused,
    Row,
    clean_text,
)

DELIMITERS: Final = ",;\t|"
#: A line may be a whole row of the longest cells; nothing that is a table has longer ones.
MAX_LINE_CHARACTERS = MAX_COLUMNS * (MAX_CELL_CHARACTERS + 3)
#: A spreadsheet has no more, and most of these are blank.
MAX_LINES = 1_048_576
_SAMPLE_ROWS = 100
_PIECE_CHARACTERS = 1 << 16
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
NOT_TEXT = "This is not a table we can read. Save it as CSV or as an Excel workbook (.xlsx), and upload that."
_DAMAGED = "Some characters of this file cannot be read. Save it as “CSV UTF-8” in your spreadsheet."
_SAID_DELIMITER = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
#: Our own files put an apostrophe before what a spreadsheet would take for a formula.
_NEUTRALIZED = re.compile(r"'(?=[=+\-@])")


def find_encoding(file: IO[bytes]) -> str:
    """The encoding of a text file: Unicode if it can be, else Windows' for Western Europe. Raises FileRefused
    for what is no text.
    """
    file.seek(0)
    first = file.read(4096)
    encoding = next((name for mark, name in _MARKS if first.startswith(mark)), None) or _without_mark(first)
    if encoding is not None:
        _check_decodes(file, encoding)
        return encoding
    return _utf_8_or_windows(file)


def _without_mark(first: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of plain text is zero."""
    if b"\0" not in first:
        return None
    low, high = first[0::2].count(0), first[1::2].count(0)
    if max(low, high) < len(first) // 5 or min(low, high) > len(first) // 50:
        raise FileRefused(NOT_TEXT)
    return "utf-16-le" if high > low else "utf-16-be"


def _check_decodes(file: IO[bytes], encoding: str) -> None:
    try:
        for _ in _decoded(file, encoding):
            pass
    except UnicodeError as error:
        raise FileRefused(_DAMAGED) from error


def _utf_8_or_windows(file: IO[bytes]) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            for text in _decoded(file, encoding):
                if "\0" in text:
                    raise FileRefused(NOT_TEXT)
        except UnicodeError:
            continue
        return encoding
    raise FileRefused(_DAMAGED)


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The text of a file, piece by piece, from its beginning."""
    file.seek(0)
    with _text(file, encoding) as text:
        while piece := text.read(_PIECE_CHARACTERS):
            yield piece


class _Borrowed(io.TextIOWrapper):
    """Text over a file that stays open when the text is let go of."""

    def close(self) -> None:
        if not self.closed:
            self.detach()


def _text(file: IO[bytes], encoding: str) -> _Borrowed:
    return _Borrowed(file, encoding=encoding, newline="")


# -- Rows ---------------------------------------------------------------------------------------------------


def read_rows(file: IO[bytes], encoding: str) -> Iterator[Row]:
    """Every row of a CSV file, cells as text. Raises FileRefused."""
    said, delimiter = find_delimiter(_first_lines(file, encoding))
    file.seek(0)
    with _text(file, encoding) as text:
        reader = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=True)
        if said:
            next(reader)
        before = reader.line_num
        try:
            for cells in reader:
                if cells:
                    yield Row(before + 1, tuple([_clean(cell) for cell in cells]))
                before = reader.line_num
        except csv.Error as error:
            raise FileRefused(
                f"A cell that begins in line {before + 1} does not end. A quotation mark is missing there."
            ) from error


def find_delimiter(lines: list[str]) -> tuple[bool, str]:
    """Whether the first line says it (`sep=;`), and the delimiter: the one that cuts most lines into equally
    many cells, and of several the one that makes most.
    """
    if lines and (said := _SAID_DELIMITER.fullmatch(lines[0])):
        return True, said[1]
    scores = {delimiter: _evenness(lines, delimiter) for delimiter in DELIMITERS}
    return False, max(scores, key=lambda delimiter: scores[delimiter])


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    """The share of rows that have the usual number of cells, and that number; nothing where it is one."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if any(row)]
    except csv.Error:
        return 0, 0
    widths = Counter(len(row) for row in rows[:_SAMPLE_ROWS] if len(row) > 1)
    if not widths:
        return 0, 0
    width, count = max(widths.items(), key=lambda each: (each[1], each[0]))
    return count / len(rows[:_SAMPLE_ROWS]), width


def _first_lines(file: IO[bytes], encoding: str) -> list[str]:
    """Whole lines from the beginning; a single one may be cut."""
    sample = next(_decoded(file, encoding), "")
    lines = sample.splitlines(keepends=True)
    return lines[:-1] if len(lines) > 1 and len(sample) == _PIECE_CHARACTERS else lines


def _lines(text: _Borrowed) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE_CHARACTERS):
        number += 1
        if number > MAX_LINES:
            raise FileRefused(
                "This file has too many lines. Delete blank ones, or split it into several files."
            )
        if len(line) >= MAX_LINE_CHARACTERS:
            raise FileRefused(f"Line {number} is too long for a row of a table.")
        if "\0" in line:
            raise FileRefused(NOT_TEXT)
        yield line


def _clean(cell: str) -> str:
    if cell.isalnum() and cell.isascii():
        return cell
    cell = clean_text(cell)
    return _NEUTRALIZED.sub("", cell, 1) if cell[:1] == "'" else cell
