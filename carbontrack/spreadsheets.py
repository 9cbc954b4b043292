"""Tables as files that a spreadsheet opens, CSV and XLSX: numbers stay numbers, no text becomes a formula.

    Sheet("Months", ("month", "kg CO2e"), [("2026-01", Decimal("12.5"))])

What people typed ends up in the spreadsheet of an administrator, who trusts the file: a department called
`=HYPERLINK(...)` must stay a name.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from carbontrack.clock import stamp

Cell = str | Decimal | int | date | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: By this mark at the beginning a spreadsheet knows UTF-8 from what its country wrote before.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

_FORMULA_STARTS = frozenset("=+-@")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
#: Many countries separate with semicolons: what follows one may be a cell of its own there.
_HIDDEN_CELL = re.compile(r'(;[\s"]*)(?=[=+\-@＝＋－＠﹢﹣﹦﹫])')
_WORKBOOK: dict[str, Any] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
_MOST_ROWS = 1_048_576
_LONGEST_SHEET_NAME = 31
_SHEET_NAME_REFUSED = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name. `rows` may be a generator: they are written one by one.

    A cell is text, a number, a day, a moment, or None for nothing. Write numbers as Decimal or int, so that
    the spreadsheet can add them; all their digits are kept.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def neutral(text: str) -> str:
    """Text as a CSV file may carry it: nothing in it runs when a spreadsheet opens the file.

    A formula begins with `=`, `+`, `-` or `@`, or one of their wide forms; spreadsheets look for it behind
    spaces, and what they cut off differs. An apostrophe before it makes it text everywhere.
    """
    plain = _HIDDEN_CELL.sub(r"\1'", _plain(text))
    return f"'{plain}" if text[:1] in {"\t", "\r", "\n"} or _begins_formula(plain) else plain


def csv_bytes(sheets: Sheet | Iterable[Sheet]) -> bytes:
    """A CSV file. Of several sheets each has its name on a line above, and an empty line between them."""
    return b"".join(csv_lines(sheets))


def csv_lines(sheets: Sheet | Iterable[Sheet]) -> Iterator[bytes]:
    """The lines of a CSV file, one by one: for an answer that begins before its last row is read."""
    yield BYTE_ORDER_MARK.encode()
    if isinstance(sheets, Sheet):
        yield from _table(sheets)
        return
    for number, sheet in enumerate(sheets):
        if number:
            yield b"\r\n"
        yield _line([sheet.name])
        yield from _table(sheet)


def xlsx_bytes(sheets: Sheet | Iterable[Sheet]) -> bytes:
    """An Excel workbook. No cell of it is a formula or a link, whatever its text looks like."""
    import xlsxwriter  # two megabytes of a process that most never need

    file = io.BytesIO()
    names: list[str] = []
    with xlsxwriter.Workbook(file, _WORKBOOK) as workbook:
        formats = {
            "header": workbook.add_format({"bold": True}),
            "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for sheet in [sheets] if isinstance(sheets, Sheet) else sheets:
            names.append(_sheet_name(sheet.name, names))
            _fill(workbook.add_worksheet(names[-1]), sheet, formats)
    return file.getvalue()


# -- CSV ----------------------------------------------------------------------------------------------------


def _table(sheet: Sheet) -> Iterator[bytes]:
    yield _line(sheet.header)
    for row in sheet.rows:
        yield _line(row)


def _line(cells: Iterable[Cell]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([_csv_cell(cell) for cell in cells])
    return text.getvalue().encode()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, datetime):
        return stamp(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


# -- XLSX ---------------------------------------------------------------------------------------------------


def _fill(worksheet: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    worksheet.freeze_panes(1, 0)
    for column, title in enumerate(sheet.header):
        worksheet.set_column(column, column, max(12, min(len(title) + 2, 40)))
        worksheet.write_string(0, column, _plain(title), formats["header"])
    for number, row in enumerate(sheet.rows, start=1):
        if number == _MOST_ROWS:
            raise ValueError(f"A sheet of a workbook holds {_MOST_ROWS} rows: split {sheet.name!r}.")
        for column, cell in enumerate(row):
            _write(worksheet, number, column, cell, formats)


def _write(worksheet: Any, row: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        worksheet.write_string(row, column, _plain(cell))
    elif isinstance(cell, datetime):
        worksheet.write_datetime(row, column, cell.astimezone(UTC), formats["moment"])
    elif isinstance(cell, date):
        worksheet.write_datetime(row, column, cell, formats["day"])
    else:
        worksheet.write_number(row, column, cell)


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    """A name that Excel accepts, and that no other sheet of the workbook has."""
    wanted = _SHEET_NAME_REFUSED.sub(" ", _plain(name)).strip(" '") or "Sheet"
    lower = {each.casefold() for each in taken} | {"history"}  # Excel keeps that one for itself
    for number in range(1, len(taken) + 3):
        suffix = "" if number == 1 else f" {number}"
        candidate = wanted[: _LONGEST_SHEET_NAME - len(suffix)].rstrip(" '") + suffix
        if candidate.casefold() not in lower:
            return candidate
    raise AssertionError("unreachable")


# -- Text ---------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Text on one line, without characters that control a terminal, a file or an XML parser."""
    return "".join(each for each in _BREAKS.sub(" ", text) if not _is_control(each))


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs"} or (category == "Cn" and ord(character) & 0xFFFE == 0xFFFE)


def _begins_formula(text: str) -> bool:
    """Whether the first character that can be seen begins a formula, in its usual or a wide form."""
    for character in text:
        if character.isspace() or unicodedata.category(character) in {"Cf", "Zs"}:
            continue
        return unicodedata.normalize("NFKC", character)[:1] in _FORMULA_STARTS
    return False


def file_stem(text: str, *, longest: int = 60) -> str:
    """What a file may be called on any system: `Öko & Co.` is `oko-co`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")
