"""What a person said of the columns of a file, for the next one with the same header. In ImportsTable.

| access pattern | key condition | cost |
| --- | --- | --- |
| columns said of a header before | GetItem (U, `import-columns#<key>`), consistent | 1 read |
| say them | PutItem of the same | 1 write |
| all of them, to be handed over | U, record begins with `import-columns#` | 1 read a page |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from carbontrack import clock
from carbontrack.dynamodb import Key, decode_item, get_item, iter_query, put_item
from carbontrack.dynamodb.tables import IMPORTS

#: From the last time they were said.
KEPT = timedelta(days=400)


class ImportColumnsRepository:
    """What one person said of columns, by `emissions.imports.columns.columns_key`."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def find(self, key: str) -> Mapping[str, Any] | None:
        """The columns as they were saved."""
        item = get_item(IMPORTS, self._key(key), consistent=True)
        stored = {} if item is None else decode_item(item)
        if not stored or stored["expires_at"] <= clock.now().timestamp():
            return None
        columns: Mapping[str, Any] = stored["columns"]
        return columns

    def all(self) -> Iterator[Mapping[str, Any]]:
        """All that is remembered, to be handed over."""
        condition = Key("user_id").eq(self.user_id) & Key("record").begins_with("import-columns#")
        for item in iter_query(IMPORTS, condition, consistent=True):
            yield {"columns": decode_item(item)["columns"]}

    def save(self, key: str, columns: Mapping[str, Any]) -> None:
        until = int((clock.now() + KEPT).timestamp())
        put_item(IMPORTS, {**self._key(key), "columns": columns, "expires_at": until})

    def _key(self, key: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": f"import-columns#{key}"}
