"""A look at the archive that a workbook is, before anything opens it: what it holds, how large it really is.

An archive can say one size and have another, hold the same part a thousand times, or grow a thousandfold. So
everything is unpacked once, a little at a time and into nothing, up to a limit. Whoever opens the workbook
afterwards reads the same bytes. This runs in the process that opens workbooks: it knows nothing of Django.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from emissions.imports.normal_form import FileRefused
from emissions.imports.tables import TOO_MANY_COLUMNS

#: All parts together, unpacked. 100,000 rows of 15 cells take some 60 MB.
MAX_UNPACKED_BYTES = 300_000_000
#: Sheets are text that repeats itself: they shrink to a tenth, seldom to a fiftieth.
MAX_RATIO = 100
#: Below this nobody asks for a ratio.
_SMALL_BYTES = 10_000_000
MAX_PARTS = 2_000
#: The list of contents of that many parts with long names.
_MAX_DIRECTORY_BYTES = 500_000
#: 100,000 rows of 30 cells: what the memory of the process has room for.
MAX_CELLS = 3_000_000

_END: Final = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 65_535
_LOCAL_HEADER_BYTES = 30
_PIECE_BYTES = 1 << 16
_UNPACKED_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
#: A cell to the right of the hundredth column, CV, that has something in it.
_FAR_RIGHT = re.compile(rb'<c r="(?:C[W-Z]|[D-Z][A-Z]|[A-Z]{3})\d{1,7}"[^>/]{0,60}>')
_OVERLAP_BYTES = 100
_WORKBOOK = re.compile(r"/?xl/workbook\w*\.xml", re.IGNORECASE)

TOO_LARGE = (
    "This workbook is too large when unpacked. Copy the rows to a new workbook, without other sheets and "
    "pictures, or save the sheet as CSV."
)
DAMAGED = "This workbook is damaged. Open it in your spreadsheet, save it again, and upload that."
PROTECTED = (
    "This workbook is protected with a password. Remove the password in your spreadsheet and save it again."
)
_TOO_MANY_CELLS = (
    f"This workbook has more than {MAX_CELLS:,} cells. Delete columns that are not needed, or split it."
)
_ENTITIES = (
    "Nothing in this workbook may define entities. Save it again in your spreadsheet, and upload that."
)
_NOT_A_WORKBOOK = "This archive is not an Excel workbook. Save your table as CSV or .xlsx, and upload that."
#: Parts that tell what else an archive is.
_OTHERS: Final = (
    ("xl/workbook.bin", "Binary workbooks (.xlsb) cannot be read here. Save it as .xlsx or CSV."),
    ("content.xml", "OpenDocument files cannot be read here. Save it as .xlsx or CSV."),
    ("Index/Document.iwa", "Numbers files cannot be read here. Export it as .xlsx or CSV."),
    ("word/document.xml", "This is a text document. Copy its table to a spreadsheet and save that as .xlsx."),
    (
        "ppt/presentation.xml",
        "This is a presentation. Copy its table to a spreadsheet and save that as .xlsx.",
    ),
)


def check_archive(file: IO[bytes]) -> None:
    """Raise FileRefused for what is not a workbook, or would not stay within bounds."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FileRefused(DAMAGED) from error
    names = {part.filename.replace("\\", "/") for part in parts}
    if not any(_WORKBOOK.fullmatch(name) for name in names):
        raise FileRefused(next((words for name, words in _OTHERS if name in names), _NOT_A_WORKBOOK))
    _Measure(file).take(parts)


def _check_directory(file: IO[bytes]) -> None:
    """Look at the list of contents before it is read: it could have a million lines."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_BYTES:
        raise FileRefused(DAMAGED)
    parts = int.from_bytes(tail[place + 10 : place + 12], "little")
    directory_bytes = int.from_bytes(tail[place + 12 : place + 16], "little")
    if parts > MAX_PARTS or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise FileRefused(TOO_LARGE)


class _Measure:
    """Unpacks every part into nothing, and counts."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._packed_bytes = file.seek(0, 2)
        self._unpacked_bytes = 0
        self._cells = 0

    def take(self, parts: list[zipfile.ZipInfo]) -> None:
        for part in parts:
            if part.flag_bits & _ENCRYPTED:
                raise FileRefused(PROTECTED)
            is_xml = part.filename.lower().endswith((".xml", ".rels"))
            end = b""
            for piece in self._pieces(part):
                self._count(len(piece))
                seen = end + piece
                if is_xml:
                    self._look(seen, len(end))
                end = seen[-_OVERLAP_BYTES:]

    def _count(self, size: int) -> None:
        self._unpacked_bytes += size
        allowed = max(_SMALL_BYTES, self._packed_bytes * MAX_RATIO)
        if self._unpacked_bytes > min(allowed, MAX_UNPACKED_BYTES):
            raise FileRefused(TOO_LARGE)

    def _look(self, seen: bytes, overlap: int) -> None:
        """Look at a piece of XML, behind `overlap` bytes of the piece before."""
        if b"<!ENTITY" in seen:
            raise FileRefused(_ENTITIES)
        self._cells += seen.count(b"<v>", max(0, overlap - 2)) + seen.count(b"<is>", max(0, overlap - 3))
        if self._cells > MAX_CELLS:
            raise FileRefused(_TOO_MANY_CELLS)
        if _FAR_RIGHT.search(seen):
            raise FileRefused(TOO_MANY_COLUMNS)

    def _pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        """The content of a part, whatever size it claims to have. Raises FileRefused."""
        remaining = self._begin(part)
        if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise FileRefused(DAMAGED)
        unpack = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
        while remaining:
            packed = self._file.read(min(_PIECE_BYTES, remaining))
            if not packed:
                raise FileRefused(DAMAGED)
            remaining -= len(packed)
            if unpack is None:
                yield packed
                continue
            try:
                while packed:
                    yield unpack.decompress(packed, _UNPACKED_PIECE_BYTES)
                    packed = unpack.unconsumed_tail
            except zlib.error as error:
                raise FileRefused(DAMAGED) from error

    def _begin(self, part: zipfile.ZipInfo) -> int:
        """Go to where a part begins, as its own header there says. How many packed bytes follow."""
        self._file.seek(part.header_offset)
        header = self._file.read(_LOCAL_HEADER_BYTES)
        if len(header) < _LOCAL_HEADER_BYTES or header[:4] != b"PK\x03\x04":
            raise FileRefused(DAMAGED)
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        self._file.seek(names, 1)
        return part.compress_size
