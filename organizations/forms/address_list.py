"""Lists of people as they are pasted or uploaded: addresses, or a table with departments and roles.

What spreadsheets, mail programs and people write is read: commas, semicolons or tabs, with a header or
without, `Ann Example <ann@example.com>`, several addresses in a line. Nothing is judged here but the shape.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_ROWS = 1000
DELIMITERS = (",", ";", "\t")

_HEADERS = {
    "email": "email",
    "e-mail": "email",
    "email address": "email",
    "e-mail address": "email",
    "mail": "email",
    "address": "email",
    "department": "department",
    "team": "department",
    "role": "role",
    "name": "name",
    "full name": "name",
    "first name": "name",
    "last name": "name",
}
#: What stands between addresses. They are not looked for with a pattern: it would try every beginning of a
#: long line anew, which takes minutes.
_BETWEEN = re.compile(r"[\s,;<>\"]+")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class ListUnreadable(Exception):
    """The text or file is no list of people; the message is a sentence for whoever sent it."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One person as written. `line` counts from 1; what was not written is empty."""

    line: int
    email: str
    department: str = ""
    role: str = ""


def decode(content: bytes) -> str:
    """The text of a file, in whatever encoding spreadsheets save CSV. Raises ListUnreadable."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ListUnreadable("This is a spreadsheet or document. Save it as CSV, then upload that.")
    if b"\x00" in content:  # UTF-16 without its mark: every other byte of plain English is zero
        return _decoded(content, "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ListUnreadable("This file is no text. Save the list as CSV, then upload that.") from error
    if "\x00" in text:
        raise ListUnreadable("This file is no text. Save the list as CSV, then upload that.")
    return text


def read_rows(text: str, role_words: Sequence[str]) -> list[WrittenRow]:
    """The people of a list. `role_words`, in lower case, tell a role from a department where no header does.

    Raises ListUnreadable for more than a thousand, and for what cannot be read at all.
    """
    text = text.lstrip("\ufeff").replace("\x00", "")
    rows: list[WrittenRow] = []
    columns: list[str] | None = None
    try:
        for line, cells in _lines(text):
            if not rows and columns is None and (columns := _header(cells)) is not None:
                continue
            rows += _people(line, cells, columns, role_words)
            if len(rows) > MOST_ROWS:
                raise ListUnreadable(f"At most {MOST_ROWS:,} people at a time. Send the list in parts.")
    except csv.Error as error:
        raise ListUnreadable("This list cannot be read: is a quotation mark left open?") from error
    return rows


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say anything, each with the line it begins in."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), skipinitialspace=True)
    line = 1
    for row in reader:
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    """What most lines have. A tab in a list is never anything else, a comma often is."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    return max(reversed(DELIMITERS), key=lambda each: sum(each in line for line in lines))


def _header(cells: Sequence[str]) -> list[str] | None:
    """What each column holds, if this line says so."""
    if any("@" in cell for cell in cells):
        return None
    columns = [_HEADERS.get(cell.casefold(), "") for cell in cells]
    return columns if "email" in columns else None


def _people(
    line: int, cells: Sequence[str], columns: Sequence[str] | None, role_words: Sequence[str]
) -> Iterator[WrittenRow]:
    """The people of one line: one of a table, or all addresses of a plain list."""
    if columns is not None:
        named = dict(zip(columns, cells, strict=False))
        yield WrittenRow(
            line, _bare(named.get("email", "")), named.get("department", ""), named.get("role", "")
        )
    elif len(addresses := _addresses(" ".join(cells))) > 1:
        for address in addresses:
            yield WrittenRow(line, _bare(address))
    else:
        yield _guessed(line, cells, role_words)


def _addresses(text: str) -> list[str]:
    """Everything with an `@` inside it."""
    return [each for each in _BETWEEN.split(text) if "@" in each[1:-1]]


def _guessed(line: int, cells: Sequence[str], role_words: Sequence[str]) -> WrittenRow:
    """Without a header: a name may stand before the address; after it, [name,] department and role."""
    place = next((number for number, cell in enumerate(cells) if "@" in cell), 0)
    after = [cell for cell in cells[place + 1 :] if cell]
    roles = [cell for cell in after if cell.casefold() in role_words]
    others = [cell for cell in after if cell.casefold() not in role_words]
    return WrittenRow(line, _bare(cells[place]), others[-1] if others else "", roles[-1] if roles else "")


def _bare(cell: str) -> str:
    """`ann@example.com` of `Ann <ann@example.com>` and `mailto:ann@example.com`; anything else as it is."""
    found = re.fullmatch(r"[^<>]*<([^<>]*)>", cell)
    address = found.group(1) if found else cell
    return address.strip(" '\"").removeprefix("mailto:")
