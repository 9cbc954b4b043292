"""Several writes, all or nothing.

    with WriteTransaction() as transaction:
        EntryRepository(user_id).add(entry, transaction=transaction)
        TotalsRepository().apply(deltas, transaction=transaction)

One TransactWriteItems is sent when the block ends cleanly, nothing if it raised. All tries carry the same
token, which DynamoDB remembers for ten minutes: a try whose answer got lost does not count twice. The local
engine forgets tokens when it is restarted, so let at least one write carry a condition that only holds before
the transaction: its failure then shows that the transaction is done.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from boto3.dynamodb.conditions import ConditionBase
from botocore.exceptions import ClientError

from carbontrack.dynamodb import backoff
from carbontrack.dynamodb.calls import (
    NEVER_SENT,
    THROTTLING_CODES,
    UNANSWERED,
    error_code,
    send_raw,
    translate,
)
from carbontrack.dynamodb.errors import Conflict, DataLayerError, Throttled, TokenReused, Unavailable
from carbontrack.dynamodb.expressions import Expressions
from carbontrack.dynamodb.serialization import Item, encode_item, encode_key, has_changes, same_item
from carbontrack.dynamodb.tables import Table

MAX_WRITES = 100
MAX_TOKEN_CHARACTERS = 36
CANCELED = "TransactionCanceledException"
IN_PROGRESS = "TransactionInProgressException"
TOKEN_MISMATCH = "IdempotentParameterMismatchException"
CONDITION_FAILED = "ConditionalCheckFailed"

Kind = Literal["Put", "Update", "Delete", "ConditionCheck"]


def new_token() -> str:
    """A fresh request token."""
    return uuid.uuid4().hex


@dataclass(slots=True)
class _Write:
    """One write of a transaction, with the error that a failed condition stands for."""

    kind: Kind
    table: Table
    key: Item
    item: Item = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    add: dict[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    condition: ConditionBase | None = None
    error: Exception | None = None

    @property
    def only_adds(self) -> bool:
        return self.kind == "Update" and not self.set and not self.remove and self.condition is None

    @property
    def settles(self) -> bool:
        """Whether its condition cannot hold any more once it is carried out."""
        return self.condition is not None and self.kind in {"Put", "Delete"}

    def params(self) -> dict[str, Any]:
        expressions = Expressions()
        if self.kind == "Update":
            expressions.update(set=self.set, add=self.add, remove=self.remove)
        expressions.condition("ConditionExpression", self.condition)
        target = {"Item": self.item} if self.kind == "Put" else {"Key": self.key}
        params = {"TableName": self.table.physical_name, **target, **expressions.params()}
        if self.condition is not None:
            params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {self.kind: params}

    def is_done(self, stored: Item | None, *, may_have_run: bool) -> bool:
        """Whether the item that failed our condition is what we wanted to write: our own lost answer.

        A whole item that equals ours is proof enough. What a delete or an update leaves behind is not, unless
        a try of this very transaction went unanswered before.
        """
        if self.kind == "Put":
            return stored is not None and same_item(stored, self.item)
        if not may_have_run:
            return False
        if self.kind == "Update" and stored is not None and (self.set or self.remove):
            return has_changes(stored, self.set, self.remove)
        return self.kind == "Delete" and stored is None


class WriteTransaction:
    """Collects writes and sends them as one. Raises the `error` queued with the first failed condition.

    Also raises Conflict when others keep changing the same items, Throttled and Unavailable when tries run
    out: in all three cases sending the same again, with the same token, is safe.
    """

    def __init__(self, *, token: str | None = None) -> None:
        """`token` makes a repeat of the transaction within ten minutes count once; by default a new one."""
        if token is not None and not 1 <= len(token) <= MAX_TOKEN_CHARACTERS:
            raise ValueError(f"A token has 1 to {MAX_TOKEN_CHARACTERS} characters: {token!r}")
        self._token = token or new_token()
        self._writes: dict[tuple[str, ...], _Write] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None and self._writes:
            self._commit()

    def put(
        self,
        table: Table,
        item: Mapping[str, Any],
        *,
        condition: ConditionBase | None = None,
        error: Exception | None = None,
    ) -> None:
        """Write a whole item."""
        wire = encode_item(item, table)
        key = {name: wire[name] for name in table.key_attributes}
        self._queue(_Write("Put", table, key, item=wire, condition=condition, error=error))

    def update(
        self,
        table: Table,
        key: Mapping[str, Any],
        *,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        condition: ConditionBase | None = None,
        error: Exception | None = None,
    ) -> None:
        """Change attributes of an item, made if it is not there. Updates that only add are merged."""
        self._queue(
            _Write(
                "Update",
                table,
                encode_key(table, key),
                set=set or {},
                add=dict(add or {}),
                remove=remove,
                condition=condition,
                error=error,
            )
        )

    def delete(
        self,
        table: Table,
        key: Mapping[str, Any],
        *,
        condition: ConditionBase | None = None,
        error: Exception | None = None,
    ) -> None:
        """Remove an item."""
        self._queue(_Write("Delete", table, encode_key(table, key), condition=condition, error=error))

    def check(
        self, table: Table, key: Mapping[str, Any], *, condition: ConditionBase, error: Exception
    ) -> None:
        """Demand something of an item that the transaction does not write."""
        self._queue(_Write("ConditionCheck", table, encode_key(table, key), condition=condition, error=error))

    def _queue(self, write: _Write) -> None:
        identity = (write.table.name, *(write.key[name]["S"] for name in write.table.key_attributes))
        earlier = self._writes.get(identity)
        if earlier is None:
            if len(self._writes) == MAX_WRITES:
                raise ValueError(f"A transaction holds {MAX_WRITES} writes: split the work.")
            write.params()  # raises here, where the mistake is, what cannot be sent
            self._writes[identity] = write
        elif earlier.only_adds and write.only_adds:
            for name, value in write.add.items():
                earlier.add[name] = earlier.add.get(name, 0) + value
        else:
            raise ValueError(f"DynamoDB takes one write per item in a transaction; second one: {identity}")

    def _commit(self) -> None:
        """Send until it is settled. The token stays, so that a try of unknown outcome is harmless."""
        writes = list(self._writes.values())
        params = {"TransactItems": [write.params() for write in writes], "ClientRequestToken": self._token}
        may_have_run = False
        unanswered = 0
        for attempt in range(1, backoff.TRANSACTION_ATTEMPTS + 1):
            try:
                send_raw("transact_write_items", params)
                return
            except (ClientError, *UNANSWERED) as failure:
                if _was_done_before(failure, writes, may_have_run=may_have_run):
                    return
                gave_up = _retryable(failure)
                unanswered += isinstance(gave_up, Unavailable)
                may_have_run |= _may_have_run(failure, gave_up)
                if attempt == backoff.TRANSACTION_ATTEMPTS or unanswered == backoff.UNANSWERED_ATTEMPTS:
                    raise gave_up from failure
            backoff.pause(attempt)


def _reasons(failure: Exception) -> list[dict[str, Any]]:
    """Why DynamoDB cancelled: one reason per write, in order; empty if it was not cancelled."""
    if not isinstance(failure, ClientError) or error_code(failure) != CANCELED:
        return []
    return failure.response.get("CancellationReasons", [])  # type: ignore[return-value]


def _may_have_run(failure: Exception, gave_up: DataLayerError) -> bool:
    """Whether the try that failed may have been carried out all the same."""
    if isinstance(failure, ClientError) and error_code(failure) == IN_PROGRESS:
        return True
    return isinstance(gave_up, Unavailable) and not isinstance(failure, NEVER_SENT)


def _was_done_before(failure: Exception, writes: list[_Write], *, may_have_run: bool) -> bool:
    """Whether conditions failed, but only because an earlier try of ours had already done it all.

    Raises the error of the first write whose condition failed for another reason. What our own success makes
    false are the conditions of all puts and deletes: if one of them still holds, somebody else has written a
    part of the same, and the rest is not stored.
    """
    failed = [
        (write, reason)
        for write, reason in zip(writes, _reasons(failure), strict=False)
        if reason.get("Code") == CONDITION_FAILED
    ]
    refused = {id(write) for write, _ in failed}
    is_ours = all(id(write) in refused for write in writes if write.settles)
    for write, reason in failed:
        if not is_ours or not write.is_done(reason.get("Item"), may_have_run=may_have_run):
            raise (write.error or Conflict(f"An item of {write.table.name} is not as expected.")) from failure
    return bool(failed)


def _retryable(failure: Exception) -> DataLayerError:
    """The error to end with if trying again does not help. Raises at once what trying cannot mend."""
    codes = {reason.get("Code") for reason in _reasons(failure)}
    if "TransactionConflict" in codes:
        return Conflict("Others kept changing the same data.")
    if codes & THROTTLING_CODES:
        return Throttled("DynamoDB asked for fewer requests.")
    if isinstance(failure, ClientError) and error_code(failure) == IN_PROGRESS:
        return Conflict("The same change is still under way.")
    if isinstance(failure, ClientError) and error_code(failure) == TOKEN_MISMATCH:
        raise TokenReused("The same request was sent before with other content.") from failure
    translated = translate(failure)
    if translated is None:
        raise failure
    return translated
