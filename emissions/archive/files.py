"""The files of archives: where they are, and that they are what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

from django.conf import settings

from carbontrack.storage import Storage, open_storage
from emissions.archive import parquet
from emissions.archive.errors import ArchiveDamaged, ArchiveUnavailable
from emissions.domain.archives import ArchivedMonth
from emissions.domain.entries import Entry, EntryKey
from emissions.domain.totals import Subject

PIECE_BYTES = 1024 * 1024


def is_set_up() -> bool:
    """Whether this installation has a place for archives."""
    return bool(settings.ARCHIVE_URL)


def path_for(record: ArchivedMonth) -> str:
    """`people/<id>/2024-03-<generation>.parquet`: no two archivings of a month share a file."""
    return f"{_folder(record.owner)}/{record.month}-{record.generation}.parquet"


def _folder(owner: Subject) -> str:
    return f"{'people' if owner.is_user else 'organizations'}/{owner.owner_id}"


def write(path: str, entries: Iterable[Entry]) -> str:
    """Write a file, and return the SHA-256 of what the storage has of it now. Raises ArchiveUnavailable."""
    with _reached() as storage:
        with storage.writer(path) as file:
            parquet.write_entries(entries, file)
        return _digest(storage, path)


def read(path: str, *, start: int = 0) -> Iterator[Entry]:
    """The entries of a file from the row `start` on. Raises ArchiveDamaged, ArchiveUnavailable."""
    with _reached() as storage, _present(path), storage.reader(path) as file:
        yield from parquet.read_entries(file, start=start)


def read_keys(path: str, user_id: str) -> set[EntryKey]:
    """The keys of one author's entries in a file. Raises ArchiveDamaged, ArchiveUnavailable."""
    with _reached() as storage, _present(path), storage.reader(path) as file:
        return parquet.read_keys(file, user_id)


def demand_whole(record: ArchivedMonth) -> None:
    """Raise ArchiveDamaged if the file of a month is not what was written, ArchiveUnavailable if unknown."""
    with _reached() as storage, _present(record.path):
        if _digest(storage, record.path) != record.digest:
            raise ArchiveDamaged(record.path)


def remove(path: str) -> None:
    """Make sure that a file is gone. Raises ArchiveUnavailable."""
    with _reached() as storage:
        storage.remove(path)


def paths_of(owner: Subject) -> list[str]:
    """The files of an owner. Raises ArchiveUnavailable."""
    with _reached() as storage:
        return [found.path for found in storage.list(_folder(owner))]


def remove_drafts(owner: Subject, *, older_than: timedelta = timedelta(days=1)) -> None:
    """Remove what killed jobs left half-written of an owner. Raises ArchiveUnavailable."""
    with _reached() as storage:
        storage.remove_drafts(_folder(owner), older_than=older_than)


def remove_all(owner: Subject) -> None:
    """Make sure that no file of an owner is there. Raises ArchiveUnavailable."""
    remove_drafts(owner, older_than=timedelta(0))
    with _reached() as storage:
        for path in paths_of(owner):
            storage.remove(path)


def _digest(storage: Storage, path: str) -> str:
    digest = hashlib.sha256()
    with storage.reader(path) as file:
        for piece in iter(_pieces(file), b""):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(file: IO[bytes]) -> Callable[[], bytes]:
    return lambda: file.read(PIECE_BYTES)


@contextmanager
def _reached() -> Iterator[Storage]:
    """The storage. What goes wrong with it is said in the words of the data layer, so jobs try again."""
    try:
        yield open_storage(settings.ARCHIVE_URL)
    except OSError as error:
        raise ArchiveUnavailable(f"The archive at {settings.ARCHIVE_URL} failed: {error}") from error


@contextmanager
def _present(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ArchiveDamaged(path) from error
