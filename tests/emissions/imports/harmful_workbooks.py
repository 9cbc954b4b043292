"""Workbooks that would fill a memory or a disk if anybody opened them unseen, and what is said to each."""

from __future__ import annotations

from collections.abc import Callable

from emissions.imports.archives import DAMAGED, PROTECTED, TOO_LARGE
from emissions.imports.tables import TOO_MANY_COLUMNS
from tests.emissions.imports.workbook_files import (
    HEADER,
    ROW,
    SHEET,
    Archive,
    repeated,
    sheet,
    text,
    workbook,
)

MB = 1_000_000


def sheet_of(*pieces: tuple[bytes, int], says: int | None = None) -> bytes:
    archive = Archive()
    archive.add(SHEET, repeated([(sheet(HEADER)[:-30].encode(), 1), *pieces]), method=8, says=says)
    return archive.bytes()


def every_part_the_same() -> bytes:
    archive = Archive()
    archive.add(SHEET, sheet(HEADER, ROW).encode())
    packed = repeated([(b"a" * MB, 9)])
    start = archive.add("xl/media/0.png", packed, method=8)
    for number in range(1500):
        archive.list(f"xl/media/{number}.png", start, len(packed), method=8)
    return archive.bytes()


def many_parts() -> bytes:
    archive = Archive()
    for number in range(30_000):
        archive.list(f"{number}", 0, 0)
    return archive.bytes()


def encrypted_part() -> bytes:
    archive = Archive()
    archive.add(SHEET, b"?" * 100, flags=1)
    return archive.bytes()


def laughs() -> str:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    return f'<!DOCTYPE l [<!ENTITY l0 "ha">{entities}]>'


def columns(count: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    names = [
        *letters,
        *(a + b for a in letters for b in letters),
        *(f"A{a}{b}" for a in letters for b in letters),
    ]
    return f'<row r="1">{"".join(text(f"{name}1", "x") for name in names[:count])}</row>'


def varied(cell: str, *, alike: int) -> bytes:
    """A megabyte of cells, so many of which are the same before there is another."""
    cells = "".join(cell % (number // alike) for number in range(MB // len(cell)))
    return cells.encode()[:MB]


def unusual() -> bytes:
    archive = Archive()
    archive.add(SHEET, b"?" * 100, method=14)
    return archive.bytes()


def archive_of(name: str) -> bytes:
    archive = Archive(is_workbook=False)
    archive.add(name, b"x")
    return archive.bytes()


HARM: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip bomb": (lambda: sheet_of((b" " * MB, 1000)), TOO_LARGE),
    "a zip bomb that claims to be small": (lambda: sheet_of((b" " * MB, 20), says=1000), TOO_LARGE),
    "a sheet of two gigabytes": (lambda: sheet_of((varied('<c s="%d"/>', alike=500), 2000)), TOO_LARGE),
    "cells without number": (
        lambda: sheet_of((varied("<c><v>%d</v></c>", alike=5), 100)), "This workbook has more than",
    ),
    "one part under a thousand names": (every_part_the_same, TOO_LARGE),
    "thirty thousand parts": (many_parts, TOO_LARGE),
    "ten thousand columns": (lambda: workbook(columns(700), ROW), TOO_MANY_COLUMNS),
    "101 columns": (lambda: workbook(columns(101), ROW), TOO_MANY_COLUMNS),
    "a cell in the farthest corner": (
        lambda: workbook(HEADER, ROW, '<c r="XFD1048576"><v>1</v></c>'), TOO_MANY_COLUMNS,
    ),
    "a billion laughs": (lambda: workbook(HEADER, text("A2", "&l9;"), before=laughs()), "Nothing in this"),
    "a part with a password": (encrypted_part, PROTECTED),
    "cut off": (lambda: workbook(HEADER, ROW)[:-400], DAMAGED),
    "damaged inside": (lambda: workbook(HEADER, ROW).replace(b"PK\x03\x04", b"PK\x05\x04"), DAMAGED),
    "a part that does not unpack": (
        lambda: sheet_of((b"x", 1)).replace(b"\x00\x00\xff\xff", b"\xff" * 4), DAMAGED,
    ),
    "no end": (lambda: b"PK\x03\x04" + bytes(5000), DAMAGED),
    "packed in an unusual way": (unusual, DAMAGED),
    "another archive": (lambda: archive_of("a.csv"), "This archive is not an Excel workbook"),
    "OpenDocument": (lambda: archive_of("content.xml"), "OpenDocument files cannot be read"),
    "Word": (lambda: archive_of("word/document.xml"), "This is a text document"),
    "a binary workbook": (lambda: archive_of("xl/workbook.bin"), "Binary workbooks"),
}  # fmt: skip
