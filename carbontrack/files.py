"""Files in ImportsTable: uploads that wait for their import, and reports that were prepared.

    files = FileRepository(user_id)
    stored = files.save(file_id, chunks, name="trips.csv", content_type=CSV_TYPE, keep=timedelta(days=7))
    for piece in files.read(stored): ...

| access pattern | key condition | cost |
| --- | --- | --- |
| store a file | PutItem `file#<id>#<version>#0001` of 256 KB each, then `file#<id>` | 350 each |
| what is known of a file | GetItem `file#<id>`, consistent | 1 read |
| read it | GetItem of each part, consistent, one after the other | 88 reads a part |
| every file of an owner, for exports and erasures | U, record begins with `file#` | what it reads |
| remove it | DeleteItem of what tells of it, BatchWriteItem of the parts | 350 writes a part |

A file may be larger than an item, so it is cut in parts. The item that tells of it is written last and goes
first: a file is there as a whole or not at all. Parts that a crash left behind end by TTL.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    Item,
    Key,
    batch_write,
    decode_item,
    delete_item,
    get_item,
    iter_query,
    key_part,
    put_item,
)
from carbontrack.dynamodb.tables import IMPORTS

#: As text in base64, as the data layer has no binary type, a part takes a third more: 350 KB of the 400.
PART_BYTES = 256 * 1024
_LONGEST_NAME = 200


class FileGone(Exception):
    """A file that was removed or replaced while it was read."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept until `expires_at`. `size` is in bytes; each save makes a new `version`."""

    file_id: str
    name: str
    content_type: str
    size: int
    part_count: int
    version: str
    created_at: datetime
    expires_at: datetime


class FileRepository:
    """The files of one owner, a person or an organization."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def save(
        self, file_id: str, chunks: Iterable[bytes], *, name: str, content_type: str, keep: timedelta
    ) -> StoredFile:
        """Store a file, piece by piece. One of the same id is replaced once the new one is complete."""
        earlier = self._head(file_id)
        now, version = clock.now().replace(microsecond=0), str(ULID())
        expires_at = now + keep
        size = part_count = 0
        for part in _parts(chunks):
            part_count += 1
            size += len(part)
            put_item(
                IMPORTS,
                {
                    **self._part_key(file_id, version, part_count),
                    "content": b64encode(part).decode(),
                    "expires_at": int(expires_at.timestamp()),
                },
            )
        stored = StoredFile(
            file_id, name[:_LONGEST_NAME], content_type, size, part_count, version, now, expires_at
        )
        put_item(IMPORTS, {**self._key(file_id), **_attributes(stored)})
        if earlier is not None:
            self._remove_parts(earlier)
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """The file of an id; None when there is none, or its time is over."""
        stored = self._head(file_id)
        return None if stored is None or stored.expires_at <= clock.now() else stored

    def all(self) -> Iterator[StoredFile]:
        """What is known of every file. Reads past their content: for a job."""
        condition = Key("user_id").eq(self.owner) & Key("record").begins_with("file#")
        return map(_from_item, iter_query(IMPORTS, condition, filter=Attr("parts").exists(), consistent=True))

    def read(self, stored: StoredFile) -> Iterator[bytes]:
        """The content, piece by piece, each asked for when it is needed. Raises FileGone."""
        for number in range(1, stored.part_count + 1):
            key = self._part_key(stored.file_id, stored.version, number)
            item = get_item(IMPORTS, key, consistent=True)
            if item is None:
                raise FileGone(f"Part {number} of file {stored.file_id} is gone.")
            yield b64decode(item["content"]["S"])

    def remove(self, file_id: str) -> None:
        """Remove a file with its parts; one that is not there is fine."""
        stored = self._head(file_id)
        if stored is not None:
            delete_item(IMPORTS, self._key(file_id))
            self._remove_parts(stored)

    def _head(self, file_id: str) -> StoredFile | None:
        item = get_item(IMPORTS, self._key(file_id), consistent=True)
        return None if item is None else _from_item(item)

    def _remove_parts(self, stored: StoredFile) -> None:
        numbers = range(1, stored.part_count + 1)
        batch_write(
            IMPORTS, deletes=[self._part_key(stored.file_id, stored.version, number) for number in numbers]
        )

    def _key(self, file_id: str) -> dict[str, str]:
        return {"user_id": self.owner, "record": f"file#{key_part(file_id)}"}

    def _part_key(self, file_id: str, version: str, number: int) -> dict[str, str]:
        return {"user_id": self.owner, "record": f"file#{key_part(file_id)}#{version}#{number:04}"}


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size, the last one shorter."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)


def _attributes(stored: StoredFile) -> dict[str, Any]:
    return {
        "name": stored.name,
        "content_type": stored.content_type,
        "size": stored.size,
        "parts": stored.part_count,
        "version": stored.version,
        "created_at": stored.created_at.isoformat(),
        "expires_at": int(stored.expires_at.timestamp()),
    }


def _from_item(item: Item) -> StoredFile:
    stored = decode_item(item)
    return StoredFile(
        file_id=stored["record"].removeprefix("file#"),
        name=stored["name"],
        content_type=stored["content_type"],
        size=int(stored["size"]),
        part_count=int(stored["parts"]),
        version=stored["version"],
        created_at=datetime.fromisoformat(stored["created_at"]),
        expires_at=datetime.fromtimestamp(int(stored["expires_at"]), UTC),
    )
