"""Reading and writing many items by key, in as many requests as it takes.

DynamoDB may do part of a batch and hand back the rest. What comes back is sent again after a jittered pause;
when nothing gets done for long enough, Throttled. A batch is not a transaction: part of it may be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from carbontrack.dynamodb import backoff
from carbontrack.dynamodb.calls import send
from carbontrack.dynamodb.errors import Throttled
from carbontrack.dynamodb.serialization import Item, encode_item, encode_key
from carbontrack.dynamodb.tables import Table

READ_CHUNK = 100
WRITE_CHUNK = 25

T = TypeVar("T")


def batch_get(table: Table, keys: Iterable[Mapping[str, Any]], *, consistent: bool = False) -> list[Item]:
    """The items of these keys, in the order of the keys; those that do not exist are left out."""
    wanted = {_identity(table, key): key for key in (encode_key(table, key) for key in keys)}
    found: dict[tuple[str, ...], Item] = {}
    for chunk in _chunks(list(wanted.values()), READ_CHUNK):
        for item in _get_chunk(table, chunk, consistent=consistent):
            found[_identity(table, item)] = item
    return [found[identity] for identity in wanted if identity in found]


def batch_write(
    table: Table,
    *,
    puts: Iterable[Mapping[str, Any]] = (),
    deletes: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Write and remove items, unconditionally. Raises ValueError when an item comes twice."""
    requests: dict[tuple[str, ...], dict[str, Any]] = {}
    encoded_puts = (encode_item(item, table) for item in puts)
    encoded_deletes = (encode_key(table, key) for key in deletes)
    for request, key in (
        *(({"PutRequest": {"Item": item}}, item) for item in encoded_puts),
        *(({"DeleteRequest": {"Key": key}}, key) for key in encoded_deletes),
    ):
        identity = _identity(table, key)
        if identity in requests:
            raise ValueError(f"A batch may write an item only once: {identity}")
        requests[identity] = request
    for chunk in _chunks(list(requests.values()), WRITE_CHUNK):
        _write_chunk(table, chunk)


def _get_chunk(table: Table, keys: Sequence[Item], *, consistent: bool) -> Iterator[Item]:
    name = table.physical_name
    request: dict[str, Any] = {name: {"Keys": keys, "ConsistentRead": consistent}}
    progress = _Progress(len(keys))
    while True:
        response = send("batch_get_item", {"RequestItems": request})
        yield from response["Responses"].get(name, ())
        request = response.get("UnprocessedKeys") or {}
        if not request:
            return
        progress.pause(len(request[name]["Keys"]))


def _write_chunk(table: Table, requests: Sequence[dict[str, Any]]) -> None:
    name = table.physical_name
    unprocessed: dict[str, Any] = {name: requests}
    progress = _Progress(len(requests))
    while True:
        response = send("batch_write_item", {"RequestItems": unprocessed})
        unprocessed = response.get("UnprocessedItems") or {}
        if not unprocessed:
            return
        progress.pause(len(unprocessed[name]))


class _Progress:
    """Waits between tries, longer while nothing moves, and gives up in the end."""

    def __init__(self, remaining: int) -> None:
        self._remaining = remaining
        self._stuck = 0

    def pause(self, remaining: int) -> None:
        """Wait before sending `remaining` items again. Raises Throttled when nothing gets done any more."""
        self._stuck = 1 if remaining < self._remaining else self._stuck + 1
        self._remaining = remaining
        if self._stuck >= backoff.BATCH_ATTEMPTS:
            raise Throttled(f"DynamoDB left {remaining} items of a batch undone.")
        backoff.pause(self._stuck)


def _identity(table: Table, item: Item) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in table.key_attributes)


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
