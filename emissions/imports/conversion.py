"""Opens a workbook, in a process of its own that may fail without harm.

    python -I -c "... from emissions.imports.conversion import main; main()" < book.xlsx > rows

Standard input is the workbook, a file; the rows go to standard output in normal form; the last line of
standard error is JSON: what was found, or a sentence why not. A workbook may hold anything: whatever a parser
of it does, the process has only so much memory, time and output. It knows nothing of Django, to start
quickly.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

import python_calamine as calamine

from emissions.imports.archives import DAMAGED, PROTECTED, check_archive
from emissions.imports.normal_form import Cell, FileRefused, Row, clean_text
from emissions.imports.tables import EMPTY, write_table

#: Memory in bytes: twice what the largest workbook needs that is let through.
MEMORY_BYTES = 600_000_000
CPU_SECONDS = 20
OUTPUT_BYTES = 100_000_000
_SHEETS_LOOKED_AT = 50


def main() -> None:
    """Convert standard input. Ends with status 0 and a line of JSON also where the file is refused."""
    _limit_itself()
    file = os.fdopen(0, "rb")
    try:
        answer: dict[str, Any] = convert(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except FileRefused as refused:
        answer = {"refused": str(refused)}
    print(json.dumps(answer), file=sys.stderr)


def _limit_itself() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; those of the archive and of the clock remain
        return
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def convert(file: IO[bytes], out: IO[bytes]) -> dict[str, Any]:
    """Write the rows of the first sheet that has some. Tells header, row_count, sheet and other_sheets.

    Raises FileRefused.
    """
    check_archive(file)
    file.seek(0)
    try:
        with calamine.CalamineWorkbook.from_filelike(file) as book:
            names = _sheets(book)
            for name in names[:_SHEETS_LOOKED_AT]:
                sheet = book.get_sheet_by_name(name)
                if sheet.height:
                    written = write_table(_rows(sheet), out)
                    others = [other for other in names if other != name]
                    return {**written._asdict(), "sheet": name, "other_sheets": others[:_SHEETS_LOOKED_AT]}
    except calamine.PasswordError as error:
        raise FileRefused(PROTECTED) from error
    except calamine.CalamineError as error:
        raise FileRefused(DAMAGED) from error
    raise FileRefused(EMPTY)


def _sheets(book: calamine.CalamineWorkbook) -> list[str]:
    """Names of the worksheets, those that can be seen first."""
    sheets = [each for each in book.sheets_metadata if each.typ == calamine.SheetTypeEnum.WorkSheet]
    hidden = [each.name for each in sheets if each.visible != calamine.SheetVisibleEnum.Visible]
    return [each.name for each in sheets if each.name not in hidden] + hidden


def _rows(sheet: calamine.CalamineSheet) -> Iterator[Row]:
    blank = [""] * sheet.width
    for number, values in enumerate(sheet.iter_rows(), start=1):  # the first row of the sheet, also if empty
        if values != blank:
            yield Row(number, tuple([_cell(value) for value in values]))


def _cell(value: Any) -> Cell:
    """A cell as calamine reads it. A formula is its last result."""
    if type(value) is str:
        return clean_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        # Spreadsheets show 15 digits, and reckon with what they show: 0.1 + 0.2 is 0.3.
        return Decimal(f"{value:.15g}")
    if isinstance(value, (datetime, date)):
        return value
    return _of_clock(value)


def _of_clock(value: time | timedelta) -> str:
    if isinstance(value, time):
        return value.isoformat("seconds")
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
