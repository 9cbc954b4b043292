"""Counting DynamoDB requests and what they cost, for tests that fix a number and for the bench.

with count_requests() as meter:
    EntryRepository(user_id).page(filters)
assert meter.count == 1
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from carbontrack import tally

READS = frozenset({"batch_get_item", "get_item", "query", "scan", "transact_get_items"})
WRITES = frozenset({"batch_write_item", "delete_item", "put_item", "transact_write_items", "update_item"})
#: What has a cost in units; operations on tables have none to tell.
METERED = READS | WRITES


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `operation` is the client's method, `table` the physical name (several joined by a comma).

    Units are DynamoDB's request units, as its answer states them; zero for a call that failed.
    """

    operation: str
    table: str
    read_units: float
    write_units: float


@dataclass(slots=True)
class Meter:
    """The requests made while counting, in order. A retry inside the SDK is not a request of its own."""

    requests: list[Request] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.requests)

    @property
    def read_units(self) -> float:
        return sum(request.read_units for request in self.requests)

    @property
    def write_units(self) -> float:
        return sum(request.write_units for request in self.requests)


_meters: ContextVar[tuple[Meter, ...]] = ContextVar("dynamodb_meters", default=())


@contextmanager
def count_requests() -> Iterator[Meter]:
    """Count the requests of this thread until the block ends. Blocks nest; each counts for itself."""
    meter = Meter()
    token = _meters.set((*_meters.get(), meter))
    try:
        yield meter
    finally:
        _meters.reset(token)


def is_counting() -> bool:
    return bool(_meters.get()) or tally.is_on()


def record(operation: str, params: Mapping[str, Any], response: Mapping[str, Any] | None) -> None:
    """Add a call to every active meter and to the tally; `response` is None when it failed."""
    consumed = (response or {}).get("ConsumedCapacity") or []
    capacities = consumed if isinstance(consumed, list) else [consumed]
    units = sum(capacity.get("CapacityUnits", 0.0) for capacity in capacities)
    is_read = operation in READS
    request = Request(
        operation=operation,
        table=",".join(_tables_of(params)),
        read_units=units if is_read else 0.0,
        write_units=0.0 if is_read else units,
    )
    for meter in _meters.get():
        meter.requests.append(request)
    tally.add(dynamodb_requests=1, read_units=request.read_units, write_units=request.write_units)


def _tables_of(params: Mapping[str, Any]) -> list[str]:
    if "TableName" in params:
        return [params["TableName"]]
    if "RequestItems" in params:
        return sorted(params["RequestItems"])
    operations = params.get("TransactItems", ())
    return sorted({write["TableName"] for operation in operations for write in operation.values()})
