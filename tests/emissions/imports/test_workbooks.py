"""Workbooks: what is in their cells, and those that want to do harm (probe_25)."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time as clock
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from threading import BoundedSemaphore
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from emissions.imports import conversion, workbooks
from emissions.imports.archives import DAMAGED, TOO_LARGE, check_archive
from emissions.imports.normal_form import FileRefused, Row, load_rows
from emissions.imports.reading import read_upload
from emissions.imports.tables import EMPTY
from tests.emissions.imports.harmful_workbooks import HARM, MB, columns
from tests.emissions.imports.workbook_files import HEADER, ROW, shared, workbook

MOMENT = datetime.fromisoformat("2026-03-01T08:30")


def written(fill: Callable[[Any], None], **options: Any) -> bytes:
    """A workbook as spreadsheets write them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        fill(book)
    return file.getvalue()


def converted(content: bytes) -> tuple[dict[str, Any], list[Row]]:
    """What a workbook says, opened in this process."""
    out = io.BytesIO()
    answer = conversion.convert(io.BytesIO(content), out)
    return answer, list(load_rows([out.getvalue()]))


def every_kind_of_cell(book: Any) -> None:
    book.add_worksheet("Cover")
    page = book.add_worksheet("Trips")
    formats = {
        name: book.add_format({"num_format": name}) for name in ("d. mmm yyyy", "hh:mm", "[h]:mm", "0.00 €")
    }
    page.write(1, 1, "My year")
    page.write_row(3, 1, ["Day", "Moment", "Time", "Hours", "Amount", "Sum", "Words", "Wrong", "Yes", "Text"])
    page.write_datetime(5, 1, date(2026, 3, 1), formats["d. mmm yyyy"])
    page.write_datetime(5, 2, MOMENT, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    page.write_datetime(5, 3, time(8, 30), formats["hh:mm"])
    page.write_number(5, 4, 26.5 / 24, formats["[h]:mm"])
    page.write_number(5, 5, 1234.5, formats["0.00 €"])
    page.write_formula(5, 6, "=0.1+0.2", None, 0.1 + 0.2)
    page.write_formula(5, 7, '="Tr"&"ain"', None, "Train")
    page.write_formula(5, 8, "=1/0", None, "#DIV/0!")
    page.write_boolean(5, 9, True)
    page.write(5, 10, " two\nlines\t ")
    page.write_number(8, 1, 46000)
    book.add_worksheet("Notes").write(0, 0, "unread")
    hidden = book.add_worksheet("Lists")
    hidden.write(0, 0, "x")
    hidden.hide()


@pytest.mark.parametrize("counts_from_1904", [False, True])
def test_cells_come_as_what_they_are_whichever_year_days_are_counted_from(counts_from_1904: bool) -> None:
    answer, rows = converted(written(every_kind_of_cell, date_1904=counts_from_1904))

    names = ("Day", "Moment", "Time", "Hours", "Amount", "Sum", "Words", "Wrong", "Yes", "Text")
    others = ["Cover", "Notes", "Lists"]
    assert answer == {"header": names, "row_count": 2, "sheet": "Trips", "other_sheets": others}
    numbers = (Decimal("1234.5"), Decimal("0.3"))
    first = (MOMENT.date(), MOMENT, "08:30:00", "26:30:00", *numbers, "Train", "", "TRUE", "two\nlines")
    assert rows == [(6, first), (9, (Decimal(46000),))]


def test_an_upload_is_converted_by_another_process_and_tells_the_same() -> None:
    content = written(every_kind_of_cell)
    upload = read_upload(SimpleUploadedFile("trips.xlsx", content))

    answer, rows = converted(content)
    assert list(upload.rows()) == rows
    assert (upload.header, upload.row_count, upload.sheet) == (answer["header"], 2, "Trips")
    assert (list(upload.other_sheets), upload.encoding) == (answer["other_sheets"], "")


def test_a_hidden_sheet_is_read_when_no_other_has_anything() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("Cover")
        hidden = book.add_worksheet("Data")
        hidden.write_row(0, 0, ["Activity", "Amount"])
        hidden.write_row(1, 0, ["Train", 12])
        hidden.hide()

    assert converted(written(fill))[0]["sheet"] == "Data"


# -- Harm ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", HARM)
def test_harm_is_refused_quickly_and_in_little_memory(harm: str) -> None:
    make, sentence = HARM[harm]
    content = io.BytesIO(make())
    assert content.getbuffer().nbytes < 20 * MB

    tracemalloc.start()
    begun = clock.process_time()
    with pytest.raises(FileRefused) as refused:
        check_archive(content)
    seconds, (_, peak) = clock.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert str(refused.value).startswith(sentence)
    assert seconds < 5
    assert peak < 8 * MB


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        ([HEADER, ROW], [2]),
        ([columns(100), ROW], [2]),
        ([HEADER, ROW, '<row r="900000"><c r="C900000"><v>1</v></c></row>'], [2, 900000]),
        ([HEADER, ROW, *(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 90_000))], [2]),
    ],
)
def test_a_sheet_may_lie_about_its_size_be_wide_sparse_or_formatted_to_its_end(
    rows: list[str], numbers: list[int]
) -> None:
    content = workbook(*rows, dimension="A1:XFD1048576")
    check_archive(io.BytesIO(content))

    assert [number for number, _ in converted(content)[1]] == numbers


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        # 400 GB, were all cells between the two kept; written so that our own look does not find it.
        ([HEADER, ROW, '<c  r="XFD1048576"><v >1</v></c>'], {}),
        # 40,000 cells that each name the same 20,000 characters.
        (
            [HEADER, *(f'<c r="A{n}" t="s"><v>0</v></c>' for n in range(2, 40_000))],
            {"xl/sharedStrings.xml": shared("x" * 20_000)},
        ),
    ],
)  # fmt: skip
def test_the_process_has_only_so_much_memory(rows: list[str], parts: dict[str, str]) -> None:
    content = workbook(*rows, parts=parts)

    with pytest.raises(FileRefused, match=TOO_LARGE[:30]):
        read_upload(SimpleUploadedFile("book.xlsx", content))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [([], EMPTY), ([HEADER], "no rows below them."), (["<c>" * 1000], DAMAGED)],
)
def test_workbooks_without_a_table_are_refused(rows: list[str], sentence: str) -> None:
    with pytest.raises(FileRefused, match=sentence[-20:-1]):
        converted(workbook(*rows))


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import time; time.sleep(60)", "This workbook takes too long to read"),
        ("import os; os.abort()", TOO_LARGE),
        ("x = bytearray(10**15)", TOO_LARGE),
        ("raise SystemError('a parser broke down')", DAMAGED),
        ("pass", DAMAGED),
    ],
)
def test_whatever_becomes_of_the_process_there_is_a_sentence(
    program: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_COMMAND", (sys.executable, "-I", "-S", "-c", program))
    monkeypatch.setattr(workbooks, "WALL_SECONDS", 0.5)

    with tempfile.TemporaryFile() as book, pytest.raises(FileRefused, match=sentence[:30]):
        workbooks.convert(book, book)


def test_one_workbook_at_a_time_is_read_and_others_wait_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PATIENCE_SECONDS", 0.01)

    with (
        workbooks._ONE_AT_A_TIME,
        tempfile.TemporaryFile() as book,
        pytest.raises(FileRefused, match="Other"),
    ):
        workbooks.convert(book, book)


def test_who_comes_when_enough_wait_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """probe_25: the threads that wait are missing to everybody else."""
    monkeypatch.setattr(workbooks, "_PLACES", BoundedSemaphore(1))

    with (
        workbooks._PLACES,
        tempfile.TemporaryFile() as book,
        pytest.raises(FileRefused, match="Other"),
    ):
        workbooks.convert(book, book)


def test_the_process_learns_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """probe_25"""
    program = "import json, os, sys; print(json.dumps({'refused': str([*os.environ])}), file=sys.stderr)"
    monkeypatch.setattr(workbooks, "_COMMAND", (sys.executable, "-I", "-S", "-c", program))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    with tempfile.TemporaryFile() as book, pytest.raises(FileRefused) as refused:
        workbooks.convert(book, book)

    assert "AWS" not in str(refused.value)


def test_the_process_limits_itself_and_knows_no_django() -> None:
    program = (
        "import sys, resource; sys.path.append(sys.argv[1]); from emissions.imports import conversion as c;"
        "c._limit_itself(); print('django' in sys.modules, resource.getrlimit(resource.RLIMIT_AS)[1],"
        "resource.getrlimit(resource.RLIMIT_CPU)[1])"
    )
    run = subprocess.run(
        [*workbooks._COMMAND[:2], "-c", program, workbooks._COMMAND[-1]],
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.split() == ["False", str(conversion.MEMORY_BYTES), str(conversion.CPU_SECONDS)]
