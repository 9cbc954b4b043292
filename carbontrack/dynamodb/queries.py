"""Reading several items by key condition: `Query`, never `Scan`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import ConditionBase

from carbontrack.dynamodb.calls import send
from carbontrack.dynamodb.expressions import Expressions
from carbontrack.dynamodb.serialization import Item
from carbontrack.dynamodb.tables import Table


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One answer: items in wire form, and where to go on. `last_key` is None at the end."""

    items: list[Item]
    last_key: Item | None


def query(
    table: Table,
    key: ConditionBase,
    *,
    index: str | None = None,
    filter: ConditionBase | None = None,
    forward: bool = True,
    limit: int | None = None,
    consistent: bool = False,
    start: Item | None = None,
    projection: Sequence[str] | None = None,
) -> QueryResult:
    """ONE request of at most 1 MB. `limit` counts items before the filter, as DynamoDB does."""
    params = _params(table, key, index, filter, forward, consistent, projection)
    response = _send(params, limit=limit, start=start)
    return QueryResult(list(response["Items"]), response.get("LastEvaluatedKey"))


def iter_query(
    table: Table,
    key: ConditionBase,
    *,
    index: str | None = None,
    filter: ConditionBase | None = None,
    forward: bool = True,
    consistent: bool = False,
    projection: Sequence[str] | None = None,
) -> Iterator[Item]:
    """Every item, page after page, each page requested when the one before is used up.

    Decode each item at once and let go of it: that is what makes large reads cheap.
    """
    params = _params(table, key, index, filter, forward, consistent, projection)
    start: Item | None = None
    while True:
        response = _send(params, limit=None, start=start)
        yield from response["Items"]
        start = response.get("LastEvaluatedKey")
        if start is None:
            return


def _params(
    table: Table,
    key: ConditionBase,
    index: str | None,
    filter: ConditionBase | None,
    forward: bool,
    consistent: bool,
    projection: Sequence[str] | None,
) -> dict[str, Any]:
    expressions = Expressions()
    expressions.condition("KeyConditionExpression", key, is_key=True)
    expressions.condition("FilterExpression", filter)
    expressions.projection(projection)
    params = {"TableName": table.physical_name, **expressions.params()}
    if index is not None:
        params["IndexName"] = table.index(index).name
    if not forward:
        params["ScanIndexForward"] = False
    if consistent:
        params["ConsistentRead"] = True
    return params


def _send(params: dict[str, Any], *, limit: int | None, start: Item | None) -> dict[str, Any]:
    page = dict(params)
    if limit is not None:
        page["Limit"] = limit
    if start is not None:
        page["ExclusiveStartKey"] = start
    return send("query", page)
