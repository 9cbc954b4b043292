"""Lists of people in all the shapes in which spreadsheets, mail programs and people write them."""

from __future__ import annotations

import codecs
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizations.forms.address_list import ListUnreadable, WrittenRow, decode, read_rows

ROLES = ("member", "administrator")


def rows(text: str) -> list[tuple[int, str, str, str]]:
    return [(row.line, row.email, row.department, row.role) for row in read_rows(text, ROLES)]


@pytest.mark.parametrize(
    "text",
    [
        "a@x.org\nb@x.org",
        "a@x.org, b@x.org",
        "a@x.org;b@x.org;",
        "a@x.org b@x.org",
        "a@x.org\tb@x.org",
        "Ann <a@x.org>, Bob <b@x.org>",
        'Ann <a@x.org>\r\n"Smith, Bob" <b@x.org>\r\n',
        "mailto:a@x.org\n'b@x.org'",
        "\ufeff\n\n  a@x.org  \n\n\u00a0b@x.org\n",
    ],
)
def test_a_plain_list_of_addresses(text: str) -> None:
    assert [row.email for row in read_rows(text, ROLES)] == ["a@x.org", "b@x.org"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_header_names_the_columns_in_any_order(delimiter: str) -> None:
    lines = (["Role", "NAME", "E-Mail", "Phone", "Department"], ["member", "Ann", "a@x.org", "555", "Sales"])

    text = "\n".join(delimiter.join(line) for line in lines)

    assert rows(text) == [(2, "a@x.org", "Sales", "member")]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("a@x.org,Sales", ("a@x.org", "Sales", "")),
        ("a@x.org,Sales,administrator", ("a@x.org", "Sales", "administrator")),
        ("a@x.org,administrator,Sales", ("a@x.org", "Sales", "administrator")),
        ("a@x.org,Member", ("a@x.org", "", "Member")),
        ("a@x.org,Ann,Sales,member", ("a@x.org", "Sales", "member")),
        ("Ann,a@x.org,Sales", ("a@x.org", "Sales", "")),
        ("a@x.org,,", ("a@x.org", "", "")),
        ('"a@x.org","Sales, Field"', ("a@x.org", "Sales, Field", "")),
        ("nobody,Sales", ("nobody", "Sales", "")),
    ],
)
def test_without_a_header_the_place_and_the_word_decide(line: str, row: tuple[str, str, str]) -> None:
    assert rows(line) == [(1, *row)]


def test_a_second_address_in_a_table_is_nobody_invited() -> None:
    assert rows("email,manager\na@x.org,boss@x.org") == [(2, "a@x.org", "", "")]


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    text = 'email,department\n\na@x.org,"Sales\nand more"\nb@x.org,Sales\n'

    assert [(row.line, row.email) for row in read_rows(text, ROLES)] == [(3, "a@x.org"), (5, "b@x.org")]


def test_a_thousand_are_read_and_one_more_is_too_many() -> None:
    assert len(read_rows("a@x.org\n" * 1000, ROLES)) == 1000
    with pytest.raises(ListUnreadable, match="At most 1,000"):
        read_rows("a@x.org\n" * 1001, ROLES)


@pytest.mark.parametrize(
    "content",
    [
        "zoë@x.org".encode(),
        codecs.BOM_UTF8 + "zoë@x.org".encode(),
        "zoë@x.org".encode("utf-16"),
        "zoë@x.org".encode("utf-16-le"),
        "zoë@x.org".encode("utf-16-be"),
        codecs.BOM_UTF16_BE + "zoë@x.org".encode("utf-16-be"),
        "zoë@x.org".encode("cp1252"),
    ],
)
def test_files_are_read_in_the_encodings_of_spreadsheets(content: bytes) -> None:
    assert read_rows(decode(content), ROLES) == [WrittenRow(1, "zoë@x.org")]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04...", b"%PDF-1.7", b"\xd0\xcf\x11\xe0", b"a\x00\x00\x00b\x00\x00", b"\xff\xfea"]
)
def test_probe_25_what_is_no_text_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ListUnreadable):
        decode(content)


@given(st.binary(max_size=300))
def test_probe_25_any_bytes_are_read_or_refused(content: bytes) -> None:
    found: list[WrittenRow] = []
    with suppress(ListUnreadable):
        found = read_rows(decode(content), ROLES)

    assert all("\x00" not in row.email and "\n" not in row.email for row in found)


@pytest.mark.parametrize("text", ["x" * 30_000, "x@" * 15_000, "<@>" * 10_000, ("x" * 30_000 + " ") * 4])
def test_probe_25_a_list_without_addresses_is_read_as_fast_as_one_with(text: str) -> None:
    before = time.process_time()

    found = read_rows(text, ROLES)

    assert time.process_time() - before < 1
    assert len(found) == 1
