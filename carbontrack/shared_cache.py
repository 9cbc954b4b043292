"""The cache that all processes share. Rate limits are in it, so it forgets nothing before its time."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils.timezone import now


class SharedCache(DatabaseCache):
    """Django's cache in the database, without two habits that a rate limit cannot live with.

    Django's own drops entries that still count once there are many: whoever fills it, with guesses at other
    addresses for instance, would wipe out what is counted against them. This one drops what is over, only.
    And its `add` lets two processes in at once where an entry is over but still there; not so this one.
    """

    _table: str  # set by Django, which does not say so

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store a value unless there is one; True for exactly one of those who try at the same time.

        What is over is removed first. Then whoever adds inserts a row, and the database lets in one of them.
        """
        self._remove_over(self.make_and_validate_key(key, version=version))
        return super().add(key, value, timeout, version)

    def _remove_over(self, key: str | None = None) -> None:
        connection = connections[router.db_for_write(self.cache_model_class)]
        quote = connection.ops.quote_name
        over = connection.ops.adapt_datetimefield_value(now().replace(microsecond=0))
        sql, values = f"DELETE FROM {quote(self._table)} WHERE {quote('expires')} < %s", [over]
        if key is not None:
            sql, values = f"{sql} AND {quote('cache_key')} = %s", [over, key]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)

    def _cull(self, db: str, cursor: Any, now: Any, num: int) -> None:
        """Django calls this at each write once there are more than a few hundred."""
        self._remove_over()
