"""Pages of a query, filled although filters thin them out, with signed cursors.

DynamoDB filters after it has read `Limit` items, so one request may find little or nothing of a page that is
not the last. `query_page` goes on until the page is full, the query is at its end, or the budget is used up.
A cursor is the key of the last item shown, signed, and bound to the query, its owner, filters and order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from boto3.dynamodb.conditions import ConditionBase
from django.core.signing import BadSignature, Signer

from carbontrack.dynamodb.errors import InvalidCursor
from carbontrack.dynamodb.queries import query
from carbontrack.dynamodb.serialization import Item
from carbontrack.dynamodb.tables import Table

MAX_CURSOR_CHARACTERS = 8192
MAX_READ_LIMIT = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the next page; None when this is the last.

    A page may have fewer items than asked for, even none, and still not be the last.
    """

    items: tuple[T, ...]
    next_cursor: str | None


def query_page(
    table: Table,
    key: ConditionBase,
    *,
    scope: Sequence[str],
    page_size: int,
    decode: Callable[[Item], T | None],
    cursor: str | None,
    index: str | None = None,
    filter: ConditionBase | None = None,
    forward: bool = True,
    consistent: bool = False,
    keep: Callable[[T], bool] | None = None,
    budget: int = 8,
) -> Page[T]:
    """One page of at most `page_size` items in at most `budget` requests. Raises InvalidCursor.

    `scope` names the query, its owner and its filters: a cursor opens only where it was made. What the filter
    cannot judge is left out when `decode` makes None of it or `keep` says no. One item more than the page is
    looked for, to know if there is a next one.
    """
    cursors = Cursors(table, index, [*scope, "forward" if forward else "backward"])
    start = cursors.open(cursor)
    thinned = filter is not None or keep is not None
    spare = 2 if filter is not None else 1  # `keep` alone drops little, so it starts without
    found: list[tuple[T, Item]] = []
    for request in range(budget):
        missing = page_size + 1 - len(found)
        # Matches may be rare: read further with each request, so that the budget reaches far.
        limit = min(MAX_READ_LIMIT, missing * spare * 2**request) if thinned else missing
        result = query(
            table,
            key,
            index=index,
            filter=filter,
            forward=forward,
            limit=limit,
            consistent=consistent,
            start=start,
        )
        for item in result.items:
            value = decode(item)
            if value is not None and (keep is None or keep(value)):
                found.append((value, item))
        start = result.last_key
        if start is None or len(found) > page_size:
            break
    shown = found[:page_size]
    last = shown[-1][1] if len(found) > page_size else start
    return Page(tuple(value for value, _ in shown), None if last is None else cursors.seal(last))


class Cursors:
    """Makes and opens the cursors of one query of one owner."""

    def __init__(self, table: Table, index: str | None, scope: Sequence[str]) -> None:
        names = list(table.key_attributes)
        if index is not None:
            definition = table.index(index)
            names += [name for name in (definition.partition_key, definition.sort_key) if name is not None]
        self._names = list(dict.fromkeys(names))
        salt = orjson.dumps([table.name, index, *scope]).decode()
        self._signer = Signer(salt=f"carbontrack.dynamodb.cursor:{salt}")

    def seal(self, item: Item) -> str:
        """The cursor that goes on after `item`."""
        return self._signer.sign_object([item[name]["S"] for name in self._names])

    def open(self, cursor: str | None) -> Item | None:
        """Where to start; None for the first page. Raises InvalidCursor."""
        if not cursor:
            return None
        if len(cursor) > MAX_CURSOR_CHARACTERS:
            raise InvalidCursor("The cursor is too long.")
        try:
            values: Any = self._signer.unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("The cursor is not one of this list.") from error
        return {name: {"S": value} for name, value in zip(self._names, values, strict=True)}
