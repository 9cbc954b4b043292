"""Files for spreadsheets: exact numbers, and text that stays text."""

import csv
import io
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbontrack.spreadsheets import Cell, Sheet, csv_bytes, neutral, xlsx_bytes

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦")
BEFORE_THEM = (
    "",
    " ",
    "   ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\u200b",
    "\x00",
    "\x85",
)
ATTACK = "cmd|' /C calc'!A0"


def sheet_of(*cells: Cell) -> Sheet:
    return Sheet("Names", ("name",), [(cell,) for cell in cells])


NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def part_of(workbook: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return ElementTree.fromstring(parts.read(name))


def stored_cells(sheet: Sheet) -> list[tuple[str, str]]:
    """The cells of a workbook's sheet, header first: whether a number ("n") or text, and what they hold."""
    cells = part_of(xlsx_bytes(sheet), "xl/worksheets/sheet1.xml").iter(f"{NAMESPACE}c")
    return [(cell.get("t", "n"), "".join(cell.itertext())) for cell in cells]


def csv_cells(sheet: Sheet) -> list[str]:
    """The cells of the only column, without its header."""
    rows = csv.reader(io.StringIO(csv_bytes(sheet).decode("utf-8-sig"), newline=""))
    return [row[0] if row else "" for row in rows][1:]


@pytest.mark.parametrize("before", BEFORE_THEM)
@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_probe_24_formula_is_text_in_csv(before: str, start: str) -> None:
    """probe_24: cells that start with = + - @, wide or not, behind tabs, line breaks, any kind of space."""
    (cell,) = csv_cells(sheet_of(f"{before}{start}{ATTACK}"))

    assert cell[0] == "'"
    assert cell.endswith(f"{start}{ATTACK}")


@pytest.mark.parametrize("first", ["\t", "\r", "\n"])
def test_probe_24_leading_tab_or_line_break_is_harmless(first: str) -> None:
    assert csv_cells(sheet_of(f"{first}Sales")) == ["' Sales"]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_probe_24_formula_in_a_workbook_is_a_string(start: str) -> None:
    assert stored_cells(sheet_of(f"{start}{ATTACK}"))[1:] == [("inlineStr", f"{start}{ATTACK}")]


def test_probe_24_workbook_has_no_formula_and_no_link() -> None:
    sheet = part_of(
        xlsx_bytes(sheet_of('=HYPERLINK("http://a.example")', "http://b.example", "{=1}")),
        "xl/worksheets/sheet1.xml",
    )

    assert [
        element.tag for element in sheet.iter() if element.tag in {f"{NAMESPACE}f", f"{NAMESPACE}hyperlink"}
    ] == []


def test_probe_24_cell_hidden_behind_a_semicolon_does_not_run_where_semicolons_separate() -> None:
    assert [neutral(text) for text in ("Sales;=1+1", 'Sales; "@SUM(1)', "Sales; Field")] == [
        "Sales;'=1+1",
        "Sales; \"'@SUM(1)",
        "Sales; Field",
    ]


@given(st.text())
def test_probe_24_no_text_begins_a_formula_or_holds_a_control_character(text: str) -> None:
    cell = neutral(text)

    assert cell.lstrip()[:1] not in set(FORMULA_STARTS)
    assert "Cc" not in {unicodedata.category(character) for character in cell}


def test_words_that_begin_no_formula_are_left_alone() -> None:
    names = ["Sales", "R&D", "Zoë's team", 'The "best"', "a - b", "Einkauf, Süd", "2026"]

    assert csv_cells(sheet_of(*names)) == names


def test_line_breaks_inside_text_become_spaces() -> None:
    assert csv_cells(sheet_of("Alice\r\nremoved Bob\x07")) == ["Alice removed Bob"]


def test_numbers_stay_numbers_with_every_digit_and_their_sign() -> None:
    numbers = (Decimal("-12.345678901234567890"), Decimal("1E+3"), 7, None, Decimal(0))

    assert csv_cells(sheet_of(*numbers)) == ["-12.345678901234567890", "1000", "7", "", "0"]
    assert stored_cells(sheet_of(Decimal("-12.5"), 7, None))[1:] == [("n", "-12.5"), ("n", "7")]


def test_days_and_moments_are_written_as_such() -> None:
    day, moment = date(2026, 11, 22), datetime(2026, 11, 22, 10, 30, tzinfo=UTC)

    assert csv_cells(sheet_of(day, moment)) == ["2026-11-22", "2026-11-22T10:30:00Z"]
    assert stored_cells(sheet_of(day, moment))[1:] == [("n", "46348"), ("n", "46348.4375")]


def test_csv_says_that_it_is_utf_8_and_ends_lines_as_spreadsheets_do() -> None:
    assert csv_bytes(sheet_of("Zoë")) == b"\xef\xbb\xbfname\r\nZo\xc3\xab\r\n"


def test_several_sheets_of_a_csv_stand_below_their_names() -> None:
    sheets = [Sheet("=One", ("a", "b"), [(1, 2)]), Sheet("Two", ("c",), [])]

    assert csv_bytes(sheets).decode("utf-8-sig") == "'=One\r\na,b\r\n1,2\r\n\r\nTwo\r\nc\r\n"


def test_sheets_get_names_that_excel_accepts() -> None:
    names = ["Months", "months", "a/b:c", "x" * 40, "x" * 40, "'History'", ""]
    workbook = part_of(xlsx_bytes([Sheet(name, ("a",), []) for name in names]), "xl/workbook.xml")

    assert [sheet.get("name") for sheet in workbook.iter(f"{NAMESPACE}sheet")] == [
        "Months",
        "months 2",
        "a b c",
        "x" * 31,
        f"{'x' * 29} 2",
        "History 2",
        "Sheet",
    ]
