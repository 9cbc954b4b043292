"""Which files of archives an erasure has to remove yet: noted among the items of who is erased.

| access pattern | key condition | cost |
| --- | --- | --- |
| a file that is being written | PutItem (U, `erasing-file#<path>`) | 1 write |
| it takes the place of another | DeleteItem of its note, PutItem for the other, in a transaction | 4 writes |
| files that have to go | user_id = U, record begins with `erasing-file#` | 1 read |

A note is there before a file is, and until it is gone: whatever is killed in between, nobody has to search
for it. While a note is `going` its file will never be used by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from carbontrack.dynamodb import (
    Attr,
    Conflict,
    Key,
    WriteTransaction,
    delete_item,
    iter_query,
    put_item,
    update_item,
)
from carbontrack.dynamodb.tables import IMPORTS

RECORD = "erasing-file#"


class ErasingFiles:
    """The files of one person's erasure."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def intend(self, path: str) -> None:
        """Note a file that is about to be written."""
        put_item(IMPORTS, self._key(path))

    def use(self, path: str, *, transaction: WriteTransaction) -> None:
        """Queue that a written file is in use. The transaction raises Conflict if somebody removes it."""
        transaction.delete(
            IMPORTS,
            self._key(path),
            condition=Attr("record").exists() & Attr("going").not_exists(),
            error=Conflict(f"{path} is being removed"),
        )

    def drop(self, path: str, *, transaction: WriteTransaction) -> None:
        """Queue that a file has to go."""
        transaction.put(IMPORTS, {**self._key(path), "going": 1})

    def claim(self) -> Iterator[str]:
        """Every file that was noted. From now on nobody uses it any more, so it may be removed."""
        items = iter_query(
            IMPORTS, Key("user_id").eq(self.user_id) & Key("record").begins_with(RECORD), consistent=True
        )
        for item in items:
            path: str = item["record"]["S"].removeprefix(RECORD)
            if "going" not in item:
                try:
                    update_item(IMPORTS, self._key(path), set={"going": 1}, condition=Attr("record").exists())
                except Conflict:  # it is in use since a moment ago
                    continue
            yield path

    def forget(self, path: str) -> None:
        """Remove the note of a file that is gone."""
        delete_item(IMPORTS, self._key(path))

    def _key(self, path: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": f"{RECORD}{path}"}
