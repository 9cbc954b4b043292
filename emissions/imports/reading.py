"""From an uploaded file to rows: what kind of file it is, and whether it can be taken at all.

What a file is called and what the browser says of it count for nothing: its first bytes decide. Whatever it
holds, the web process sees only a little of it at a time; the rows wait in a temporary file, compressed.
"""

from __future__ import annotations

import hashlib
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

from django.core.files.base import File

from emissions.imports.archives import PROTECTED
from emissions.imports.csv_files import NOT_TEXT, find_encoding, read_rows
from emissions.imports.normal_form import MAX_FILE_BYTES, FileRefused, Row, dump_rows, load_rows
from emissions.imports.tables import EMPTY, write_table
from emissions.imports.workbooks import convert

__all__ = ["FileRefused", "Row", "Upload", "dump_rows", "load_rows", "read_upload"]

_PIECE_BYTES = 1 << 18
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Upload:
    """A file that was read from its first row to its last. `digest` is the SHA-256 of its bytes.

    `header` has a name for each column, "" where the file gives none. `sheet` is the worksheet that was read,
    "" of CSV; `other_sheets` are those that were not. `encoding` is how text was read (`utf-8`, `cp1252`), ""
    of a workbook. `normal_form` is the temporary file with the rows.
    """

    name: str
    digest: str
    header: tuple[str, ...]
    row_count: int
    sheet: str
    other_sheets: tuple[str, ...]
    encoding: str
    normal_form: IO[bytes]

    @property
    def column_count(self) -> int:
        return len(self.header)

    def rows(self) -> Iterator[Row]:
        """Every row below the header, from the first one each time. One walk at a time."""
        return load_rows(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The rows in normal form, as `dump_rows(self.rows())` would make them: for `FileRepository.save`."""
        self.normal_form.seek(0)
        while chunk := self.normal_form.read(_PIECE_BYTES):
            yield chunk

    def close(self) -> None:
        """Let go of the temporary file; it also goes when nobody holds the upload any more."""
        self.normal_form.close()


def read_upload(upload: File[Any]) -> Upload:
    """Read an uploaded CSV or XLSX file. Raises FileRefused with a sentence.

    At most 20 MB, 100,000 rows, 100 columns, 2,000 characters in a cell. A workbook is read by another
    process, which may take half a minute.
    """
    normal_form = tempfile.TemporaryFile()  # noqa: SIM115  # the upload closes it
    try:
        with tempfile.TemporaryFile() as file:
            digest = _copy(upload, file)
            file.seek(0)
            is_workbook = _check_kind(file.read(_PIECE_BYTES), file)
            described: dict[str, Any] = {"sheet": "", "other_sheets": (), "encoding": ""}
            if is_workbook:
                table, described["sheet"], described["other_sheets"] = convert(file, normal_form)
            else:
                described["encoding"] = find_encoding(file)
                table = write_table(read_rows(file, described["encoding"]), normal_form)
                described["encoding"] = described["encoding"].removesuffix("-sig")
    except BaseException:
        normal_form.close()
        raise
    name = " ".join((upload.name or "").split())[:_LONGEST_NAME]
    read = Upload(name=name, digest=digest, **table._asdict(), **described, normal_form=normal_form)
    weakref.finalize(read, normal_form.close)
    return read


def _copy(upload: File[Any], file: IO[bytes]) -> str:
    """Copy an upload to a real file. Its SHA-256; raises FileRefused for one that is too large or empty."""
    too_large = f"This file is larger than {MAX_FILE_BYTES // 1_000_000} MB. Split it into several files."
    if (upload.size or 0) > MAX_FILE_BYTES:
        raise FileRefused(too_large)
    digest = hashlib.sha256()
    for chunk in upload.chunks(_PIECE_BYTES):
        digest.update(chunk)
        file.write(chunk)
        if file.tell() > MAX_FILE_BYTES:
            raise FileRefused(too_large)
    if not file.tell():
        raise FileRefused(EMPTY)
    return digest.hexdigest()


# -- What kind ----------------------------------------------------------------------------------------------

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "Save your table as CSV or as an Excel workbook (.xlsx), and upload that."
_OTHERS: Final = (
    (b"%PDF", f"This is a PDF. {_SAVE_AS}"),
    (b"\x89PNG", f"This is a picture. {_SAVE_AS}"),
    (b"\xff\xd8\xff", f"This is a picture. {_SAVE_AS}"),
    (b"GIF8", f"This is a picture. {_SAVE_AS}"),
    (b"{\\rtf", f"This is a text document. {_SAVE_AS}"),
    (b"\x1f\x8b", f"This is a compressed file. Unpack it first. {_SAVE_AS}"),
    (b"7z\xbc\xaf", f"This is a compressed file. Unpack it first. {_SAVE_AS}"),
    (b"Rar!", f"This is a compressed file. Unpack it first. {_SAVE_AS}"),
    (b"PK\x05\x06", f"This archive is empty. {_SAVE_AS}"),
    (b"PAR1", f"This is a Parquet file. {_SAVE_AS}"),
    (b"SQLite format 3", f"This is a database. {_SAVE_AS}"),
)
#: How text begins that is no table, in lower case.
_MARKUP: Final = (b"<!doctype", b"<html", b"<table", b"<head", b"<body", b"<?xml", b"<svg", b"<!--", b"<meta")
_JSON: Final = (b"{", b"[{", b"[[")


def _check_kind(first: bytes, file: IO[bytes]) -> bool:
    """Whether a file is a workbook; CSV otherwise. Raises FileRefused for everything that is known to be
    something else.
    """
    if first.startswith(_ZIP):
        return True
    if first.startswith(_OLE):
        raise FileRefused(_of_old_excel(file))
    for mark, words in _OTHERS:
        if first.startswith(mark):
            raise FileRefused(words)
    text = first[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_MARKUP):
        raise FileRefused(f"This is a web page or XML, whatever it is called. {_SAVE_AS}")
    if b"".join(text.split()).startswith(_JSON):
        raise FileRefused(f"This is JSON. {_SAVE_AS}")
    if not text and len(first) < _PIECE_BYTES:
        raise FileRefused(EMPTY)
    if first.count(b"\0") > len(first) * 3 // 4:
        raise FileRefused(NOT_TEXT)
    return False


def _of_old_excel(file: IO[bytes]) -> str:
    """Why a file in the container of old Office is refused: a password puts a new workbook into one."""
    file.seek(0)
    before = b""
    while chunk := file.read(_PIECE_BYTES):
        if _ENCRYPTED_STREAM in before + chunk:
            return PROTECTED
        before = chunk[-len(_ENCRYPTED_STREAM) :]
    return (
        "This is an old Excel file (.xls) or another old document. Save it as .xlsx or CSV, and upload that."
    )
