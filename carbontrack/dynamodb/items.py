"""Reading and writing one item.

What the SDK may send twice after a lost answer is safe to send twice: reads, puts, deletes and updates that
set values. An ADD would count twice, so it needs a transaction, whose token DynamoDB remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import ConditionBase
from botocore.exceptions import ClientError

from carbontrack.dynamodb.calls import error_code, send, was_retried
from carbontrack.dynamodb.errors import Conflict
from carbontrack.dynamodb.expressions import Expressions
from carbontrack.dynamodb.serialization import (
    Item,
    encode_item,
    encode_key,
    has_changes,
    same_item,
)
from carbontrack.dynamodb.tables import Table
from carbontrack.dynamodb.transactions import WriteTransaction

CONDITION_FAILED = "ConditionalCheckFailedException"


def get_item(
    table: Table,
    key: Mapping[str, Any],
    *,
    consistent: bool = False,
    projection: Sequence[str] | None = None,
) -> Item | None:
    """The item in wire form, or None. `consistent` for what must be right: authorization, uniqueness."""
    expressions = Expressions()
    expressions.projection(projection)
    params = {"TableName": table.physical_name, "Key": encode_key(table, key), **expressions.params()}
    if consistent:
        params["ConsistentRead"] = True
    return send("get_item", params).get("Item")


def put_item(
    table: Table,
    item: Mapping[str, Any],
    *,
    condition: ConditionBase | None = None,
    error: Exception | None = None,
) -> None:
    """Write a whole item. When the condition fails, raises `error` (Conflict if there is none).

    It does not count as failed when the stored item equals ours: our answer got lost and this is a repeat.
    """
    wire = encode_item(item, table)
    params = {"TableName": table.physical_name, "Item": wire, **_condition(condition)}
    try:
        send("put_item", params)
    except ClientError as refused:
        stored = _stored(refused)
        if stored is None or not same_item(stored, wire):
            raise (error or Conflict(f"An item of {table.name} is not as expected.")) from refused


def update_item(
    table: Table,
    key: Mapping[str, Any],
    *,
    set: Mapping[str, Any] | None = None,
    add: Mapping[str, Any] | None = None,
    remove: Sequence[str] = (),
    condition: ConditionBase | None = None,
    error: Exception | None = None,
    returning: bool = False,
) -> Item | None:
    """Change attributes of an item; the new item if `returning`. Errors as in `put_item`.

    An `add` needs a condition and goes as a transaction of one write, so that a lost answer cannot count
    twice. Raises ValueError for a bare `add`, and for `add` with `returning`: a transaction returns nothing.
    """
    if add:
        if condition is None or returning:
            raise ValueError("An ADD belongs in a WriteTransaction: a retry would count it twice.")
        with WriteTransaction() as transaction:
            transaction.update(table, key, set=set, add=add, remove=remove, condition=condition, error=error)
        return None
    expressions = Expressions()
    expressions.update(set=set or {}, add={}, remove=remove)
    expressions.condition("ConditionExpression", condition)
    params = {"TableName": table.physical_name, "Key": encode_key(table, key), **expressions.params()}
    if condition is not None:
        params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if returning:
        params["ReturnValues"] = "ALL_NEW"
    try:
        return send("update_item", params).get("Attributes")
    except ClientError as refused:
        stored = _stored(refused)
        if stored and was_retried(refused) and has_changes(stored, set or {}, remove):
            return stored if returning else None
        raise (error or Conflict(f"An item of {table.name} is not as expected.")) from refused


def delete_item(
    table: Table,
    key: Mapping[str, Any],
    *,
    condition: ConditionBase | None = None,
    error: Exception | None = None,
) -> None:
    """Remove an item; removing what is not there is fine without a condition. Errors as in `put_item`."""
    params = {"TableName": table.physical_name, "Key": encode_key(table, key), **_condition(condition)}
    try:
        send("delete_item", params)
    except ClientError as refused:
        # Gone, and an earlier try of this very call may have been what removed it.
        if _stored(refused) is None and was_retried(refused):
            return
        raise (error or Conflict(f"An item of {table.name} is not as expected.")) from refused


def _condition(condition: ConditionBase | None) -> dict[str, Any]:
    if condition is None:
        return {}
    expressions = Expressions()
    expressions.condition("ConditionExpression", condition)
    return {**expressions.params(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _stored(refused: ClientError) -> Item | None:
    """The item that made the condition fail, None if there is none. Any other error is raised again."""
    if error_code(refused) != CONDITION_FAILED:
        raise refused
    stored: Item | None = refused.response.get("Item")  # type: ignore[assignment]
    return stored
