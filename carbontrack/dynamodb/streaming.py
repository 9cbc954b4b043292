"""Reading the items of a large answer a few at a time.

A thousand entries are 30,000 small dicts. Made all at once they fall out of the processor's cache before
anybody looks at them; made twenty at a time, decoded and dropped, they cost half the CPU time and hardly any
memory.

The answer is cut between items by looking for the bytes that end one and begin the next. Those bytes also
occur deeper down, but a piece that was cut there has brackets or quotes that do not match, so it cannot be
parsed and is cut further on. A piece that can be parsed was cut between items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from carbontrack.dynamodb.errors import Unavailable

#: Below this, an answer is parsed in one piece.
LARGE_BODY_BYTES = 32 * 1024
PIECE_BYTES = 16 * 1024
BEGIN = b'"Items":['
#: The end of an item, of the list of items, and the end of one item with the beginning of the next.
END = b"}}]"
BETWEEN = b'}},{"'


class ItemStream:
    """The items of one answer, parsed while they are iterated over; may be iterated over again."""

    __slots__ = ("_body", "_end", "_start")

    def __init__(self, body: bytes, start: int, end: int) -> None:
        self._body = body
        self._start = start
        self._end = end

    def __iter__(self) -> Iterator[dict[str, Any]]:
        start, size = self._start, PIECE_BYTES
        while start < self._end:
            between = self._body.find(BETWEEN, start + size, self._end)
            cut = self._end if between < 0 else between + 2
            try:
                items = orjson.loads(b"[" + self._body[start:cut] + b"]")
            except orjson.JSONDecodeError as error:
                if cut == self._end:
                    raise Unavailable("DynamoDB's answer is damaged.") from error
                size = 2 * (cut - start)  # doubled, so that few tries reach the end of any item
                continue
            yield from items
            start, size = cut + 1, PIECE_BYTES


def parse_in_pieces(body: bytes) -> dict[str, Any] | None:
    """A large answer with an ItemStream as its `Items`; None if it is not one that can be cut."""
    if len(body) < LARGE_BODY_BYTES:
        return None
    start = body.find(BEGIN) + len(BEGIN)
    end = body.rfind(END, start) + len(END) - 1
    if start < len(BEGIN) or end < start:
        return None
    try:
        parsed: dict[str, Any] = orjson.loads(body[:start] + body[end:])
    except orjson.JSONDecodeError:  # the end was found inside the text of a key that follows the items
        return None
    parsed["Items"] = ItemStream(body, start, end)
    return parsed
