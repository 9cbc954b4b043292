"""Files as spreadsheets of the world write them, and those that are no table (probe_25)."""

from __future__ import annotations

import csv
import io
import time
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from carbontrack.uploads import OversizedFile
from emissions.imports.normal_form import Cell, FileRefused, Row, dump_rows, load_rows, shown
from emissions.imports.reading import Upload, read_upload
from emissions.imports.tables import EMPTY

MB = 1_000_000


def read(content: bytes | str, name: str = "trips.csv") -> Upload:
    return read_upload(SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode()))


def table(upload: Upload) -> list[tuple[object, ...]]:
    """Header and rows, each row with its line."""
    return [upload.header, *((row.number, *row.cells) for row in upload.rows())]


# -- Tables -------------------------------------------------------------------------------------------------

EXPECTED = [
    ("Date", "Activité", "Amount"),
    (2, "01/03/2026", "Café", "12,5"),
    (3, "02/03/2026", "Train", "7"),
]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_delimiter_encoding_and_line_ending_gives_the_same_table(
    delimiter: str, encoding: str, ending: str
) -> None:
    lines = ["Date;Activité;Amount", "01/03/2026;Café;12,5", "02/03/2026;Train;7", ""]

    upload = read(ending.join(lines).replace(";", delimiter).encode(encoding))

    assert table(upload) == EXPECTED
    assert (upload.name, upload.row_count, upload.column_count, upload.sheet) == ("trips.csv", 2, 3, "")
    assert upload.encoding == encoding.removesuffix("-sig")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zs", "Cf", "Zl", "Zp")),
    max_size=8,
)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1), TEXTS, TEXTS), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_spreadsheet_writes_is_what_is_read(
    rows: list[tuple[int, str, str]], delimiter: str, encoding: str, quoting: int
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]  # one of QUOTE_*
    writer.writerow(["name", "first words", "words"])
    writer.writerows(rows)

    upload = read(file.getvalue().encode(encoding))

    plain = [tuple(str(cell) for cell in row) for row in rows]
    assert [[*row.cells, "", ""][:3] for row in upload.rows()] == [list(row) for row in plain]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Decimal commas do not make columns, and notes with commas do not either.
        ("day;km\nmo;1,5\ntu;2,5\n", [("day", "km"), (2, "mo", "1,5"), (3, "tu", "2,5")]),
        ("a;b\nx, y, z;1\nx;2\n", [("a", "b"), (2, "x, y, z", "1"), (3, "x", "2")]),
        # The first line may say the delimiter; it counts as a line.
        ("sep=,\na,b\n1;2,3\n", [("a", "b"), (3, "1;2", "3")]),
        # A quoted cell goes over lines, the row after it begins further down.
        ('a,b\n"two\nlines",1\nx,2\n', [("a", "b"), (2, "two\nlines", "1"), (4, "x", "2")]),
        ('a,b\n"say ""hi""", "x, y"\n', [("a", "b"), (2, 'say "hi"', "x, y")]),
        # Titles and blank lines stand above the names, blank rows between the others.
        ("My year\n\n,,\na,b,c\n\n1,2,3\n , ,\n4,,\n", [("a", "b", "c"), (6, "1", "2", "3"), (8, "4")]),
        # Rows may be wider than the header, and need not be as wide.
        ("a,b\n1,2,3\n4\n", [("a", "b", ""), (2, "1", "2", "3"), (3, "4")]),
        ("activity\nTrain\n", [("activity",), (2, "Train")]),
        # What nobody sees goes, as does the apostrophe that keeps a formula out of our own files.
        ("a , b\n\u00a0x\u200b\ufeff\x07,'=1+1\n", [("a", "b"), (2, "x\u200b", "=1+1")]),
    ],
)  # fmt: skip
def test_tables_are_found(content: str, expected: list[tuple[object, ...]]) -> None:
    assert table(read(content)) == expected


def test_digest_tells_files_apart_and_rows_can_be_read_again() -> None:
    one, same, other = read("a,b\n1,2\n"), read("a,b\n1,2\n", "again.csv"), read("a,b\n1,3\n")

    assert one.digest == same.digest != other.digest
    assert list(one.rows()) == list(one.rows()) == [Row(2, ("1", "2"))]
    assert list(load_rows(one.chunks())) == list(load_rows(dump_rows(one.rows())))
    one.close()


# -- Normal form --------------------------------------------------------------------------------------------

CELLS = (
    st.text(max_size=20) | st.decimals(allow_nan=False, allow_infinity=False) | st.dates() | st.datetimes()
)


@settings(max_examples=50)
@given(st.lists(st.builds(Row, st.integers(1, 10**6), st.lists(CELLS, max_size=6).map(tuple)), max_size=9))
def test_rows_come_back_from_their_normal_form(rows: list[Row]) -> None:
    loaded = list(load_rows(dump_rows(rows)))

    assert loaded == rows
    assert [[type(cell) for cell in row.cells] for row in loaded] == [
        [type(c) for c in row.cells] for row in rows
    ]


def test_reading_some_rows_asks_for_few_pieces() -> None:
    pieces = list(dump_rows(Row(number, (f"{number * 7919}",)) for number in range(50_000)))
    asked = []

    first = list(islice(load_rows(asked.append(piece) or piece for piece in pieces), 3))  # type: ignore[func-returns-value]

    assert [row.number for row in first] == [0, 1, 2]
    assert len(asked) < len(pieces) / 2


def test_cells_are_shown_as_their_owner_knows_them() -> None:
    moment = datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001  # a cell has no zone

    cells: list[Cell] = ["x", Decimal("1E+3"), date(2026, 3, 1), moment, moment.replace(second=5)]
    assert [shown(cell) for cell in cells] == [
        "x", "1000", "2026-03-01", "2026-03-01 08:30", "2026-03-01 08:30:05",
    ]  # fmt: skip


# -- Refused ------------------------------------------------------------------------------------------------

HEADER = b"date,activity,amount\n"
ROW = b"2026-03-01,Train,12.5\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", EMPTY),
    "blanks": (b"\xef\xbb\xbf \r\n\r\n,,\n", EMPTY),
    "a blank kilobyte": (b" \n" * 500, EMPTY),
    "a picture": (b"\x89PNG\r\n\x1a\n", "This is a picture."),
    "a PDF called .csv": (b"%PDF-1.7", "This is a PDF."),
    "a web page called .xls": (b"\xef\xbb\xbf\n<HTML><table>", "This is a web page or XML"),
    "XML": (b"<?xml version='1.0'?>", "This is a web page or XML"),
    "JSON": (b' [ {"a": 1}]', "This is JSON."),
    "an old workbook": (OLE + bytes(9000), "This is an old Excel file"),
    "a workbook with a password": (
        OLE + bytes(262_130) + "EncryptedPackage".encode("utf-16-le") + bytes(100),
        "This workbook is protected with a password.",
    ),
    "zeros": (bytes(19 * MB), "This is not a table"),
    "a zero": (HEADER + ROW * 9000 + b"x\0,y\n", "This is not a table"),
    "binary": (bytes(range(256)) * 9, "This is not a table"),
    "neither UTF-8 nor Windows": (HEADER + ROW * 9000 + b"\x81\x8d", "Some characters of this file"),
    "half of a character": ("a;b\nü;1\n".encode("utf-16")[:-1], "Some characters of this file"),
    "an endless line": (HEADER + b"x" * 19 * MB, "Line 2 is too long"),
    "an endless first line": (b"x," * 9 * MB, "Line 1 is too long"),
    "an endless quotation": (HEADER + b'"' + b"x\n" * 9 * MB, "A cell that begins in line 2 does not end."),
    "a quotation without end": (HEADER + b'"' + ROW * 99, "A cell in row 2 has more than 2,000 characters."),
    "endless blank lines": (HEADER + b"\n" * 2 * MB + ROW, "This file has too many lines."),
    "a long cell": (HEADER + b"x" * 2001, "A cell in row 2 has more than 2,000 characters."),
    "101 columns": (HEADER + b"x," * 100 + b"x", "This file has more than 100 columns."),
    "ten thousand columns": (b",".join([b"x"] * 10_000), "This file has more than 100 columns."),
    "100,001 rows": (HEADER + b"x,y\n" * 100_001, "This file has more than 100,000 rows."),
    "names only": (HEADER, "This file has names of columns, but no rows below them."),
    "no names": (ROW * 2, "Row 1 should name the columns, but has “2026-03-01” in it."),
    "more than it may say": (b"a,b\n" + b"x,y\n" * (5 * MB), "This file is larger than 20 MB."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_table_is_refused_quickly(what: str) -> None:
    content, sentence = REFUSED[what]
    upload = SimpleUploadedFile("table.csv", content)

    begun = time.process_time()
    with pytest.raises(FileRefused) as refused:
        read_upload(upload)

    assert str(refused.value).startswith(sentence)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("what", [each for each in REFUSED if each.startswith("an endless")])
def test_what_does_not_end_is_refused_in_little_memory(what: str) -> None:
    upload = SimpleUploadedFile("table.csv", REFUSED[what][0])

    tracemalloc.start()
    with pytest.raises(FileRefused):
        read_upload(upload)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4 * MB


def test_a_file_that_was_too_large_to_be_kept_is_refused_by_its_size() -> None:
    dropped = OversizedFile(file=io.BytesIO(), name="a.csv", size=21 * MB)

    with pytest.raises(FileRefused, match="This file is larger than 20 MB"):
        read_upload(dropped)


def test_a_file_that_says_more_than_it_weighs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emissions.imports.normal_form.MAX_JSON_BYTES", 1000)

    with pytest.raises(FileRefused, match="more text than we can take"):
        read(HEADER + ROW * 99)


def test_memory_does_not_grow_with_the_file() -> None:
    peaks = []
    for count in (3_000, 3_000, 12_000):
        upload = SimpleUploadedFile("a.csv", HEADER + ROW * count)
        tracemalloc.start()
        read = read_upload(upload)
        assert sum(1 for _ in read.rows()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[2] < peaks[1] * 1.2
