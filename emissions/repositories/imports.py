"""Imports in ImportsTable: the only file that spells their keys.

| access pattern | key condition | cost |
| --- | --- | --- |
| an import | BatchGetItem (U, `import#<id>`), (U, `import-details#<id>`), consistent | 2 reads |
| how far it is, for its worker | GetItem (U, `import#<id>`), consistent | 1 read |
| a person's imports, newest first | user_id = U, record begins with `import#`, descending | 1 read a page |
| settle a chunk, in its transaction | PutItem (U, `import-rows#<id>#0000001`), UpdateItem | 12 writes |
| undo a chunk, in its transaction | DeleteItem of the same, UpdateItem | 12 writes |
| the chunks of an import | record begins with `import-rows#<id>#` | 1 read each 4 KB |
| whether a file is in the log | GetItem (U, `import-file#<digest>#<target>`), consistent | 1 read |

What changes with every chunk is in `import#`, which stays small; what only a page wants is in the details.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from carbontrack import clock
from carbontrack.clock import stamp
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Item,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    Page,
    WriteTransaction,
    batch_get,
    decode_item,
    get_item,
    iter_query,
    query_page,
)
from carbontrack.dynamodb.tables import IMPORTS
from emissions.domain.imports import Chunk, Import, ImportState
from emissions.repositories.import_items import (
    chunk_from_item,
    chunk_to_item,
    details_to_item,
    head_to_item,
    import_from_items,
    settled,
    undone,
)

PAGE_SIZE = 20
_HEAD, _DETAILS, _ROWS = "import#", "import-details#", "import-rows#"
_FILE = "import-file#"
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)


class ImportRepository:
    """The imports of one person. Those whose time is over are invisible at once."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self._partition = Key("user_id").eq(user_id)

    # -- Reading --------------------------------------------------------------------------------------------

    def get(self, import_id: str) -> Import:
        """The import, read consistently. Raises ItemNotFound, also for somebody else's."""
        found = self.find(import_id)
        if found is None:
            raise ItemNotFound(f"import {import_id}")
        return found

    def find(self, import_id: str) -> Import | None:
        if not _ID.fullmatch(import_id):
            return None
        keys = [self._key(_HEAD + import_id), self._key(_DETAILS + import_id)]
        return _live(batch_get(IMPORTS, keys, consistent=True))

    def find_head(self, import_id: str) -> Import | None:
        """The import without header, columns and check: how far it is."""
        item = get_item(IMPORTS, self._key(_HEAD + import_id), consistent=True)
        return None if item is None else _live([item])

    def page(self, cursor: str | None = None) -> Page[Import]:
        """One page, newest first, without header, columns and check. Raises InvalidCursor."""
        return query_page(
            IMPORTS,
            self._partition & Key("record").begins_with(_HEAD),
            scope=("imports", self.user_id),
            page_size=PAGE_SIZE,
            decode=lambda item: _live([item]),
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def iter_chunks(self, import_id: str) -> Iterator[Chunk]:
        """What has been settled and not undone, in the order of the file."""
        records = Key("record").begins_with(f"{_ROWS}{import_id}#")
        return map(chunk_from_item, iter_query(IMPORTS, self._partition & records, consistent=True))

    def find_standing(self, file_key: str) -> str | None:
        """The id of the import that brought a file into the log, if it is still there."""
        item = get_item(IMPORTS, self._key(_FILE + file_key), consistent=True)
        if item is None or _has_expired(item):
            return None
        return str(decode_item(item)["import_id"])

    # -- Before anything is written -------------------------------------------------------------------------

    def add(self, new: Import, *, expires_at: datetime, transaction: WriteTransaction) -> None:
        """Queue a new import. The transaction raises ItemAlreadyExists where its id is taken."""
        transaction.put(
            IMPORTS,
            {**self._key(_HEAD + new.id), **head_to_item(new), "expires_at": _seconds(expires_at)},
            condition=Attr("record").not_exists(),
            error=ItemAlreadyExists(f"import {new.id}"),
        )
        self._put_details(new, expires_at, transaction)

    def save_open(
        self, changed: Import, *, seen_version: int, error: Exception, expires_at: datetime
    ) -> Import:
        """Store state, columns and check of an import that has not been started. Returns it one version on.

        Raises `error` if it has been started, or is no longer at the version that was seen.
        """
        with WriteTransaction() as transaction:
            transaction.update(
                IMPORTS,
                self._key(_HEAD + changed.id),
                set={"state": changed.state.value, "version": seen_version + 1},
                condition=Attr("version").eq(seen_version) & Attr("started_at").not_exists(),
                error=error,
            )
            self._put_details(changed, expires_at, transaction)
        return self.get(changed.id)

    def remove(self, found: Import, *, error: Exception) -> None:
        """Remove an import that has not been started. Raises `error` if it has."""
        with WriteTransaction() as transaction:
            transaction.delete(
                IMPORTS,
                self._key(_HEAD + found.id),
                condition=Attr("started_at").not_exists(),
                error=error,
            )
            transaction.delete(IMPORTS, self._key(_DETAILS + found.id))

    # -- Running --------------------------------------------------------------------------------------------

    def start(
        self,
        found: Import,
        *,
        file_key: str,
        expires_at: datetime,
        transaction: WriteTransaction,
        moved: Exception,
        standing: Exception,
    ) -> None:
        """Queue that a checked import runs, if it still is as `found`; and that its file is in the log.

        The transaction raises `moved`, or `standing` where another import brought the same file in.
        """
        now = clock.now()
        transaction.update(
            IMPORTS,
            self._key(_HEAD + found.id),
            set={
                "state": ImportState.RUNNING.value,
                "started_at": stamp(now),
                "version": found.version + 1,
                "expires_at": _seconds(expires_at),
            },
            condition=Attr("version").eq(found.version) & Attr("state").eq(ImportState.CHECKED.value),
            error=moved,
        )
        self._put_details(found, expires_at, transaction)
        over = Attr("record").not_exists() | Attr("expires_at").lt(_seconds(now))
        transaction.put(
            IMPORTS,
            {
                **self._key(_FILE + file_key),
                "import_id": found.id,
                "expires_at": _seconds(expires_at),
            },
            condition=over,
            error=standing,
        )

    def settle(
        self, seen: Import, after: Import, chunk: Chunk, *, transaction: WriteTransaction, moved: Exception
    ) -> None:
        """Queue what a chunk did: its manifest, and the import as it is `after` it.

        The transaction raises `moved` unless the import runs and is exactly as far as it was `seen`.
        """
        transaction.update(
            IMPORTS,
            self._key(_HEAD + seen.id),
            set=settled(after),
            condition=self._is_at(seen),
            error=moved,
        )
        transaction.put(
            IMPORTS,
            {
                **self._key(_rows_record(seen.id, chunk.first)),
                **chunk_to_item(chunk),
                "expires_at": None if seen.expires_at is None else _seconds(seen.expires_at),
            },
            condition=Attr("record").not_exists(),
            error=moved,
        )

    def end(self, seen: Import, after: Import, *, transaction: WriteTransaction, moved: Exception) -> None:
        """Queue that an import ends before its last row, if it still is as `seen`."""
        transaction.update(
            IMPORTS, self._key(_HEAD + seen.id), set=settled(after), condition=self._is_at(seen), error=moved
        )

    def _is_at(self, seen: Import) -> ConditionBase:
        return Attr("state").eq(ImportState.RUNNING.value) & Attr("done_rows").eq(seen.done_rows)

    # -- Undoing --------------------------------------------------------------------------------------------

    def start_undo(self, import_id: str, *, transaction: WriteTransaction, error: Exception) -> None:
        """Queue that an import which has been started is undone, and runs no further."""
        standing = [ImportState.RUNNING.value, ImportState.FINISHED.value]
        transaction.update(
            IMPORTS,
            self._key(_HEAD + import_id),
            set={"state": ImportState.UNDOING.value, "undone_chunks": 0},
            condition=Attr("state").is_in(standing),
            error=error,
        )

    def undo(
        self, seen: Import, after: Import, chunk: Chunk, *, transaction: WriteTransaction, moved: Exception
    ) -> None:
        """Queue the end of a manifest, and the import as it is `after` it. The transaction raises `moved`."""
        transaction.update(
            IMPORTS,
            self._key(_HEAD + seen.id),
            set=undone(after),
            condition=self._is_undone_to(seen),
            error=moved,
        )
        transaction.delete(
            IMPORTS,
            self._key(_rows_record(seen.id, chunk.first)),
            condition=Attr("record").exists(),
            error=moved,
        )

    def end_undo(
        self, seen: Import, *, file_key: str, transaction: WriteTransaction, moved: Exception
    ) -> None:
        """Queue that nothing is left to undo: the file may be brought in again."""
        transaction.update(
            IMPORTS,
            self._key(_HEAD + seen.id),
            set={"state": ImportState.UNDONE.value, "ended_at": stamp(clock.now())},
            condition=self._is_undone_to(seen),
            error=moved,
        )
        transaction.delete(IMPORTS, self._key(_FILE + file_key))

    def _is_undone_to(self, seen: Import) -> ConditionBase:
        undoing = Attr("state").eq(ImportState.UNDOING.value)
        return undoing & Attr("undone_chunks").eq(seen.undone.chunks)

    # -- Keys -----------------------------------------------------------------------------------------------

    def _put_details(self, found: Import, expires_at: datetime, transaction: WriteTransaction) -> None:
        transaction.put(
            IMPORTS,
            {
                **self._key(_DETAILS + found.id),
                **details_to_item(found),
                "expires_at": _seconds(expires_at),
            },
        )

    def _key(self, record: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": record}


def _rows_record(import_id: str, first: int) -> str:
    return f"{_ROWS}{import_id}#{first:07d}"


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _has_expired(item: Item) -> bool:
    return "expires_at" in item and int(item["expires_at"]["N"]) <= clock.now().timestamp()


def _live(items: Iterable[Item]) -> Import | None:
    """The import of these items; None where its own is missing, or its time is over."""
    found = {item["record"]["S"].partition("#")[0]: item for item in items if not _has_expired(item)}
    head = found.get(_HEAD[:-1])
    return None if head is None else import_from_items(head, found.get(_DETAILS[:-1]))
