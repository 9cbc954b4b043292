"""Reports that a job has prepared: page, PDF and workbook in one file, so that they never mix.

Kept through `carbontrack.files` among the files of the person or the organization they are about.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from carbontrack.files import FileGone, FileRepository
from carbontrack.spreadsheets import XLSX_TYPE
from emissions.reports.document import Document
from emissions.reports.layout import Layout, lay_out
from emissions.reports.pdf import PDF_TYPE, pdf_bytes
from emissions.reports.workbook import workbook_bytes

KEPT = timedelta(days=30)
TYPES = {"pdf": PDF_TYPE, "xlsx": XLSX_TYPE}
_LAYOUT = "report.json"
_ZIP_TYPE = "application/zip"
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report that is ready. `layout` is what its page shows."""

    layout: Layout
    prepared_at: datetime
    expires_at: datetime
    files: dict[str, bytes]


def write(document: Document, extension: str) -> bytes:
    """A report as a file, `pdf` or `xlsx`. Raises PdfFailed."""
    return pdf_bytes(lay_out(document)) if extension == "pdf" else workbook_bytes(document)


def keep(owner: str, file_id: str, document: Document) -> None:
    """Write a report in all its forms and store it in place of an earlier one. Raises PdfFailed."""
    layout = lay_out(document)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(_LAYOUT, json.dumps(layout))
        bundle.writestr("report.pdf", pdf_bytes(layout))
        bundle.writestr("report.xlsx", workbook_bytes(document))
    pieces = _pieces(content.getvalue())
    FileRepository(owner).save(file_id, pieces, name="report.zip", content_type=_ZIP_TYPE, keep=KEPT)


def find(owner: str, file_id: str) -> Prepared | None:
    """The prepared report; None while there is none, or once its time is over."""
    repository = FileRepository(owner)
    stored = repository.find(file_id)
    if stored is None:
        return None
    try:
        content = b"".join(repository.read(stored))
    except FileGone:  # replaced or removed this very moment
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        layout: Layout = json.loads(bundle.read(_LAYOUT))
        files = {extension: bundle.read(f"report.{extension}") for extension in TYPES}
    return Prepared(layout, stored.created_at, stored.expires_at, files)


def _pieces(content: bytes) -> Iterator[bytes]:
    return (content[start : start + _PIECE_BYTES] for start in range(0, len(content), _PIECE_BYTES))
