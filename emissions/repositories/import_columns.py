"""What a person said of the columns of a file, for the next one with the same header. In ImportsTable.

| access pattern | key condition | cost |
| --- | --- | --- |
| columns said of a header before | GetItem (U, `import-columns#<key>`), consistent | 1 read |
| say them | PutItem of the same | 1 write |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from carbontrack import clock
from carbontrack.dynamodb import decode_item, get_item, put_item
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

    def save(self, key: str, columns: Mapping[str, Any]) -> None:
        until = int((clock.now() + KEPT).timestamp())
        put_item(IMPORTS, {**self._key(key), "columns": columns, "expires_at": until})

    def _key(self, key: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": f"import-columns#{key}"}
