"""Walking a whole table: for maintenance commands only. A request of a person never scans."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from carbontrack.dynamodb.calls import send
from carbontrack.dynamodb.expressions import Expressions
from carbontrack.dynamodb.serialization import Item
from carbontrack.dynamodb.tables import Table

#: Between two pages of 1 MB (128 read units): about 250 units a second, so that people notice nothing.
PAUSE_SECONDS = 0.5


def iter_scan(table: Table, *, projection: Sequence[str] | None = None) -> Iterator[Item]:
    """Every item, in no order that means anything. What is written meanwhile may be in it or not."""
    expressions = Expressions()
    expressions.projection(projection)
    params = {"TableName": table.physical_name, **expressions.params()}
    while True:
        response = send("scan", params)
        yield from response["Items"]
        if "LastEvaluatedKey" not in response:
            return
        params["ExclusiveStartKey"] = response["LastEvaluatedKey"]
        time.sleep(PAUSE_SECONDS)
