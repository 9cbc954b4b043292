"""What a person has asked to download, in ImportsTable beside the file itself.

| access pattern | key condition | cost |
| --- | --- | --- |
| ask for an export | PutItem (person, `export#<ULID>`) | 1 write |
| the newest exports | user_id = U, record begins with `export#`, descending, consistent | 1 read |
| one of them | GetItem, consistent | 1 read |

How far it is, is `job#export-<ULID>`; its file `file#export-<ULID>`. All of them end by themselves (TTL).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    Item,
    ItemNotFound,
    Key,
    WriteTransaction,
    decode_item,
    delete_item,
    get_item,
    iter_query,
    key_part,
    query,
)
from carbontrack.dynamodb.tables import IMPORTS

#: How long the file is there, once it is made.
KEPT = timedelta(days=7)
#: How long a page can tell that there was one: the file's time and some of making it.
_REMEMBERED = KEPT + timedelta(days=1)
_NEWEST = 5
_RECORD = "export#"
_ID = re.compile(r"[0-9A-Z]{26}")


@dataclass(frozen=True, slots=True)
class Export:
    """An export somebody asked for; `by_staff` where that was not the person."""

    id: str
    user_id: str
    asked_at: datetime
    by_staff: bool = False

    @property
    def job_id(self) -> str:
        """Under which its progress and its file are kept."""
        return f"export-{self.id}"


def new_export(user_id: str, *, by_staff: bool) -> Export:
    return Export(str(ULID()), user_id, clock.now().replace(microsecond=0), by_staff)


class ExportRepository:
    """The exports of one person."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def add(self, export: Export, *, transaction: WriteTransaction) -> None:
        """Queue a new one."""
        transaction.put(
            IMPORTS,
            {
                **self._key(export.id),
                "asked_at": clock.stamp(export.asked_at),
                "by_staff": export.by_staff,
                "expires_at": int((export.asked_at + _REMEMBERED).timestamp()),
            },
            condition=Attr("record").not_exists(),
        )

    def get(self, export_id: str) -> Export:
        """Raises ItemNotFound for one that is over, or of somebody else, and for what is no id."""
        if not _ID.fullmatch(export_id):
            raise ItemNotFound(f"export {export_id!r}")
        item = get_item(IMPORTS, self._key(export_id), consistent=True)
        found = None if item is None else _from_item(item)
        if found is None or found.asked_at + _REMEMBERED <= clock.now():
            raise ItemNotFound(f"export {export_id}")
        return found

    def newest(self) -> list[Export]:
        """The last few, newest first."""
        condition = Key("user_id").eq(self.user_id) & Key("record").begins_with(_RECORD)
        found = query(IMPORTS, condition, forward=False, limit=_NEWEST, consistent=True)
        exports = [_from_item(item) for item in found.items]
        return [each for each in exports if each.asked_at + _REMEMBERED > clock.now()]

    def all(self) -> list[Export]:
        """Those whose time is over as well, as long as they are stored. For erasing them."""
        condition = Key("user_id").eq(self.user_id) & Key("record").begins_with(_RECORD)
        return [_from_item(item) for item in iter_query(IMPORTS, condition, consistent=True)]

    def remove(self, export_id: str) -> None:
        delete_item(IMPORTS, self._key(export_id))

    def _key(self, export_id: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": f"{_RECORD}{key_part(export_id)}"}


def _from_item(item: Item) -> Export:
    stored = decode_item(item)
    return Export(
        id=stored["record"].removeprefix(_RECORD),
        user_id=stored["user_id"],
        asked_at=datetime.fromisoformat(stored["asked_at"]),
        by_staff=stored["by_staff"],
    )
