"""Workbooks written by hand, as by somebody who wants to do harm: part by part, of any size and name."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

_NAMESPACE = "http://schemas.openxmlformats.org"
_RELATIONS = f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
_RELATION = f'<Relationship Id="rId%s" Type="{_NAMESPACE}/officeDocument/2006/relationships/%s" Target="%s"/>'
_MAIN = f'xmlns="{_NAMESPACE}/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE}/package/2006/content-types"/>',
    "_rels/.rels": f"{_RELATIONS}{_RELATION % (1, 'officeDocument', 'xl/workbook.xml')}</Relationships>",
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_NAMESPACE}/officeDocument/2006/relationships">'
    '<sheets><sheet name="Trips" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f"{_RELATIONS}{_RELATION % (1, 'worksheet', 'worksheets/sheet1.xml')}"
    f"{_RELATION % (2, 'sharedStrings', 'sharedStrings.xml')}</Relationships>",
}


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


HEADER = f'<row r="1">{text("A1", "Date")}{text("B1", "Activity")}{text("C1", "Amount")}</row>'
ROW = f'<row r="2">{text("A2", "2026-03-01")}{text("B2", "Train")}<c r="C2"><v>12.5</v></c></row>'


def sheet(*rows: str, dimension: str = "A1:C2", before: str = "") -> str:
    return (
        f'{before}<worksheet {_MAIN}><dimension ref="{dimension}"/><sheetData>{"".join(rows)}</sheetData>'
        "</worksheet>"
    )


def shared(*strings: str) -> str:
    items = "".join(f"<si><t>{each}</t></si>" for each in strings)
    return f"<sst {_MAIN}>{items}</sst>"


def workbook(*rows: str, parts: dict[str, str] | None = None, **said: str) -> bytes:
    """A workbook of one sheet with these rows, and any other parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, SHEET: sheet(*rows, **said), **(parts or {})}.items():
            archive.writestr(name, content)
    return file.getvalue()


class Archive:
    """An archive whose list of contents says what it is told to say."""

    def __init__(self, *, is_workbook: bool = True) -> None:
        self._file = io.BytesIO()
        self._directory: list[bytes] = []
        for name, content in PARTS.items() if is_workbook else ():
            self.add(name, content.encode())

    def add(
        self, name: str, packed: bytes, *, method: int = 0, says: int | None = None, flags: int = 0
    ) -> int:
        """Add a part; `packed` is its content as it stands in the file. Where it begins."""
        start = self._file.tell()
        self._file.write(self._local(name, packed, method, flags) + packed)
        self.list(name, start, len(packed), method=method, says=says, flags=flags)
        return start

    def list(
        self, name: str, start: int, size: int, *, method: int = 0, says: int | None = None, flags: int = 0
    ) -> None:
        """Name a part that begins anywhere, also one that another name has already."""
        raw = name.encode()
        fields = (0x02014B50, 20, 20, flags, method, 0, 0, 0, size, size if says is None else says, len(raw))
        self._directory.append(struct.pack("<IHHHHHHIIIHHHHHII", *fields, 0, 0, 0, 0, 0, start) + raw)

    def _local(self, name: str, packed: bytes, method: int, flags: int) -> bytes:
        raw = name.encode()
        size = len(packed)
        fields = (0x04034B50, 20, flags, method, 0, 0, 0, size, size, len(raw), 0)
        return struct.pack("<IHHHHHIIIHH", *fields) + raw

    def bytes(self) -> bytes:
        start, listed = self._file.tell(), b"".join(self._directory)
        count = min(len(self._directory), 0xFFFF)
        end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(listed), start, 0)
        return self._file.getvalue() + listed + end


def repeated(pieces: Iterable[tuple[bytes, int]]) -> bytes:
    """A stream that unpacks to each piece so many times, made in the time that packing it once takes."""
    packed = b""
    for piece, times in pieces:
        pack = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed += (pack.compress(piece) + pack.flush(zlib.Z_FULL_FLUSH)) * times
    return packed + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
