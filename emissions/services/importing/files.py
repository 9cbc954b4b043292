"""The rows of an import, as its upload was stored."""

from __future__ import annotations

from collections.abc import Iterator

from carbontrack.files import FileGone, FileRepository
from emissions.domain.imports import Import
from emissions.imports.reading import Row, load_rows
from emissions.services.importing.errors import ImportRefused

FILE_GONE = (
    "Files are kept for 30 days, and this one is gone. Upload it again: rows that are in your log already "
    "are not added twice."
)


def iter_rows(found: Import) -> Iterator[Row]:
    """Every row of an import's file, in its order, with flat memory.

    Raises ImportRefused once the file is no longer kept: also in the middle, for a file that ends meanwhile.
    """
    files = FileRepository(found.user_id)
    stored = files.find(found.id)
    if stored is None:
        raise ImportRefused(FILE_GONE)
    try:
        yield from load_rows(files.read(stored))
    except FileGone as error:
        raise ImportRefused(FILE_GONE) from error
