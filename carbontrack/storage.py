"""Files outside the tables, in a folder or in a bucket: archives of entries, the warehouse.

    storage = open_storage("s3://bucket/prefix")     # or a folder: "/srv/carbontrack/archive"
    with storage.writer("2024/entries.parquet") as file:
        ...                                          # nothing is there yet; if this raises, nothing comes
    with storage.reader("2024/entries.parquet") as file:
        ...                                          # seekable, as Parquet wants it

A file is there whole or not at all, whoever looks and whatever crashes. Paths are relative, with `/`. What is
missing raises FileNotFoundError, everything else that goes wrong some other OSError. A bucket is reached
through pyarrow, which is imported when one is opened; credentials, Region and endpoint come from Amazon's own
environment variables (`AWS_REGION`, `AWS_ENDPOINT_URL_S3`, ...) or the role of the machine.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import unquote, urlsplit

#: Files under way are named so, and are never listed. What a crash leaves of them is harmless.
PART = ".part"
COPY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file by its path in the storage, with its size in bytes."""

    path: str
    size: int


class Storage(ABC):
    """A place for files; `address` is where."""

    address: str

    @abstractmethod
    def writer(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write to, which takes the place of what was there when the block ends without error."""

    @abstractmethod
    def reader(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """An open, seekable file. Raises FileNotFoundError."""

    @abstractmethod
    def find(self, path: str) -> FoundFile | None:
        """Whether the file is there, and how large."""

    @abstractmethod
    def list(self, under: str = "") -> Iterator[FoundFile]:
        """Every file below a folder, however deep, sorted by path; nothing where there is no such folder."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Make sure that the file is gone."""

    @abstractmethod
    def remove_drafts(self, under: str, *, older_than: timedelta) -> None:
        """Remove what killed processes left half-written below a folder."""

    def write(self, path: str, content: bytes | Iterable[bytes]) -> None:
        """Write a whole file, in place of what was there."""
        with self.writer(path) as file:
            for chunk in (content,) if isinstance(content, bytes) else content:
                file.write(chunk)

    def read(self, path: str) -> bytes:
        """A whole file, for small ones. Raises FileNotFoundError."""
        with self.reader(path) as file:
            return file.read()


def open_storage(address: str | Path) -> Storage:
    """The storage at a folder's path, `file:///folder` or `s3://bucket/prefix`. Raises ValueError for others.

    Nothing is asked for yet: a folder is made by its first file, a bucket has to be there.
    """
    text = str(address)
    parts = urlsplit(text)
    if parts.scheme == "s3" and parts.netloc:
        return Bucket(parts.netloc, parts.path.strip("/"))
    if parts.scheme == "file" and not parts.netloc and parts.path:
        return Folder(Path(unquote(parts.path)))
    if text and "://" not in text:
        return Folder(Path(text))
    raise ValueError(f"Files go to a folder or to s3://bucket/prefix, not to {text!r}.")


class Folder(Storage):
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.address = str(self._folder)

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        target = self._folder / checked_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.{secrets.token_hex(8)}{PART}")
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(target.parent)

    def reader(self, path: str) -> AbstractContextManager[IO[bytes]]:
        return (self._folder / checked_path(path)).open("rb")

    def find(self, path: str) -> FoundFile | None:
        target = self._folder / checked_path(path)
        return FoundFile(path, target.stat().st_size) if target.is_file() else None

    def list(self, under: str = "") -> Iterator[FoundFile]:
        top = self._folder / checked_path(under) if under else self._folder
        files = sorted(each for each in top.rglob("*") if each.is_file() and each.suffix != PART)
        for each in files:
            yield FoundFile(each.relative_to(self._folder).as_posix(), each.stat().st_size)

    def remove(self, path: str) -> None:
        target = self._folder / checked_path(path)
        target.unlink(missing_ok=True)
        for parent in target.parents:
            if parent == self._folder:
                return
            with suppress(OSError):  # somebody else's file is still in it, or it is gone already
                parent.rmdir()

    def remove_drafts(self, under: str, *, older_than: timedelta) -> None:
        before = time.time() - older_than.total_seconds()
        for draft in (self._folder / checked_path(under)).rglob(f"*{PART}"):
            with suppress(FileNotFoundError):  # it was finished a moment ago
                if draft.stat().st_mtime <= before:
                    draft.unlink()


class Bucket(Storage):
    """A bucket of S3 or of what speaks like it, below a prefix."""

    def __init__(self, bucket: str, prefix: str = "") -> None:
        from pyarrow import fs

        # What only speaks like S3 is named as for Amazon's own clients; pyarrow does not look there.
        names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        endpoint = next((os.environ[name] for name in names if os.environ.get(name)), None)
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self._files: Any = fs.S3FileSystem(endpoint_override=endpoint, region=region)
        self._selector: Any = fs.FileSelector
        self._is_file: Any = fs.FileType.File
        self._top = PurePosixPath(bucket) / prefix
        self.address = f"s3://{self._top}"

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        # Written here first: what is uploaded piece by piece would be completed when an error closes it.
        key = self._key(path)
        with tempfile.TemporaryFile() as draft:
            yield draft
            draft.seek(0)
            with self._files.open_output_stream(key) as upload:
                shutil.copyfileobj(draft, upload, COPY_BYTES)

    def reader(self, path: str) -> AbstractContextManager[IO[bytes]]:
        file: AbstractContextManager[IO[bytes]] = self._files.open_input_file(self._key(path))
        return file

    def find(self, path: str) -> FoundFile | None:
        (info,) = self._files.get_file_info([self._key(path)])
        return FoundFile(path, info.size) if info.type == self._is_file else None

    def list(self, under: str = "") -> Iterator[FoundFile]:
        top = self._key(under) if under else str(self._top)
        found = self._files.get_file_info(self._selector(top, recursive=True, allow_not_found=True))
        for info in sorted(found, key=lambda each: str(each.path)):
            if info.type == self._is_file:
                yield FoundFile(str(PurePosixPath(info.path).relative_to(self._top)), info.size)

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._files.delete_file(self._key(path))

    def remove_drafts(self, under: str, *, older_than: timedelta) -> None:
        """A bucket has none: what is not uploaded as a whole never was there."""

    def _key(self, path: str) -> str:
        return f"{self._top}/{checked_path(path)}"


def checked_path(path: str) -> str:
    """The path, if it stays inside the storage. Raises ValueError."""
    if path.startswith("/") or not {"", ".", ".."}.isdisjoint(path.split("/")) or not path.isprintable():
        raise ValueError(f"not a path inside a storage: {path!r}")
    return path


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a power cut, as its content does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
