"""Creating the tables of `tables.py`, and looking at live ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from carbontrack.dynamodb.calls import error_code, send
from carbontrack.dynamodb.errors import Unavailable
from carbontrack.dynamodb.tables import Index, Table

#: The first wait between two looks at a table that is being made; each is twice as long, up to a second.
POLL_SECONDS = 0.01
#: DynamoDB makes a table in seconds. A new index of a large table takes hours and is not waited for.
READY_TIMEOUT_SECONDS = 300
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
UNSUPPORTED_CODES = frozenset({"NotImplementedError", "UnknownOperationException", "ValidationException"})
#: DynamoDB prepares backups of a fresh table for some seconds before recovery can be switched on.
BACKUPS_NOT_READY = "ContinuousBackupsUnavailableException"
BACKUPS_ATTEMPTS = 30

Report = Callable[[str], None]


def is_protected() -> bool:
    """Whether this installation asks for what costs extra."""
    protected: bool = settings.DYNAMODB_PRODUCTION_PROTECTION
    return protected


# -- Creating -----------------------------------------------------------------------------------------------


def create(table: Table, report: Report) -> bool:
    """Make the table if it is missing, wait for it, and switch on what it lacks. Whether it was made now.

    An existing table keeps its data and keys; a missing index, stream, expiry or protection is added, and an
    index that copies other attributes than it should is made anew: until it is filled, it finds little.
    `report` gets one line for each thing done or not possible. Raises Unavailable if it takes too long.
    """
    live = describe(table)
    made = live is None
    if made:
        try:
            send("create_table", _definition(table))
        except ClientError as error:
            if error_code(error) != "ResourceInUseException":  # somebody else is making it right now
                raise
    live = _drop_outdated_indexes(table, _wait_until_active(table), report)
    _add_missing_indexes(table, live, report)
    _add_expiry(table, report)
    if is_protected():
        _protect(table, live, report)
    return made


def delete(table: Table) -> None:
    """Remove the table with everything in it; fine if it does not exist. Tests only: no command calls it."""
    try:
        send("delete_table", {"TableName": table.physical_name})
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise


def _definition(table: Table) -> dict[str, Any]:
    """The parameters of CreateTable."""
    definition: dict[str, Any] = {
        "TableName": table.physical_name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attribute_definitions(table),
        "KeySchema": key_schema(table),
    }
    if table.indexes:
        definition["GlobalSecondaryIndexes"] = [index_definition(index) for index in table.indexes]
    if is_protected():
        definition["StreamSpecification"] = STREAM
        definition["SSESpecification"] = {"Enabled": True}
        definition["DeletionProtectionEnabled"] = True
    return definition


def attribute_definitions(table: Table) -> list[dict[str, str]]:
    sources: tuple[Table | Index, ...] = (table, *table.indexes)
    names = {name for source in sources for name in _key_names(source)}
    return [{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)]


def _key_names(source: Table | Index) -> list[str]:
    return [name for name in (source.partition_key, source.sort_key) if name is not None]


def key_schema(source: Table | Index) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(_key_names(source), kinds, strict=False)
    ]


def index_definition(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if isinstance(index.projection, tuple):
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
    return {"IndexName": index.name, "KeySchema": key_schema(index), "Projection": projection}


def is_outdated(index: Index, live: dict[str, Any]) -> bool:
    """Whether a live index has another key than it should, or copies other attributes."""
    wanted = index_definition(index)
    return bool(
        live["KeySchema"] != wanted["KeySchema"]
        or _projected(live["Projection"]) != _projected(wanted["Projection"])
    )


def _projected(projection: dict[str, Any]) -> tuple[str, frozenset[str]]:
    return projection["ProjectionType"], frozenset(projection.get("NonKeyAttributes", ()))


def _wait_until_active(table: Table, *, without_index: str | None = None) -> dict[str, Any]:
    """Wait for the table, and for the end of an index. Other indexes may be filling up meanwhile."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    wait = POLL_SECONDS
    while time.monotonic() < deadline:
        live = describe(table)
        if live is not None and live["TableStatus"] == "ACTIVE" and without_index not in live_indexes(live):
            return live
        time.sleep(wait)
        wait = min(1.0, wait * 2)
    raise Unavailable(f"{table.physical_name} did not become active in {READY_TIMEOUT_SECONDS} s.")


def live_indexes(live: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The indexes of a described table by their names."""
    return {index["IndexName"]: index for index in live.get("GlobalSecondaryIndexes", ())}


def _drop_outdated_indexes(table: Table, live: dict[str, Any], report: Report) -> dict[str, Any]:
    """Remove indexes that differ from the definition: DynamoDB cannot change one. Returns what is left."""
    for index in table.indexes:
        outdated = live_indexes(live).get(index.name)
        if outdated is None or not is_outdated(index, outdated):
            continue
        if outdated.get("IndexStatus") != "DELETING":  # an earlier run may have begun
            removal = [{"Delete": {"IndexName": index.name}}]
            change = {"TableName": table.physical_name, "GlobalSecondaryIndexUpdates": removal}
            what = f"way to renew {index.name}, which copies other attributes than it should"
            if not _attempt(table, report, what, partial(send, "update_table", change)):
                continue
        live = _wait_until_active(table, without_index=index.name)
        report(f"{table.physical_name}: {index.name} was outdated and has been removed.")
    return live


def _add_missing_indexes(table: Table, live: dict[str, Any], report: Report) -> None:
    for index in table.indexes:
        if index.name in live_indexes(live):
            continue
        _update(
            table,
            AttributeDefinitions=attribute_definitions(table),
            GlobalSecondaryIndexUpdates=[{"Create": index_definition(index)}],
        )
        _wait_until_active(table)
        report(f"{table.physical_name}: {index.name} is being filled.")


def _add_expiry(table: Table, report: Report) -> None:
    if table.ttl_attribute is None or expiry_attribute(table) == table.ttl_attribute:
        return
    specification = {"Enabled": True, "AttributeName": table.ttl_attribute}
    params = {"TableName": table.physical_name, "TimeToLiveSpecification": specification}
    _attempt(table, report, "expiry of items", lambda: send("update_time_to_live", params))


def _protect(table: Table, live: dict[str, Any], report: Report) -> None:
    if not live.get("StreamSpecification", {}).get("StreamEnabled"):
        _attempt(table, report, "stream of changes", lambda: _update(table, StreamSpecification=STREAM))
    if not live.get("DeletionProtectionEnabled"):
        _attempt(table, report, "deletion protection", lambda: _update(table, DeletionProtectionEnabled=True))
    if live.get("SSEDescription", {}).get("Status") not in {"ENABLED", "ENABLING", "UPDATING"}:
        _attempt(table, report, "KMS encryption", lambda: _update(table, SSESpecification={"Enabled": True}))
    if has_recovery(table) is not True:
        _attempt(table, report, "point-in-time recovery", lambda: _switch_on_recovery(table))


def _switch_on_recovery(table: Table) -> None:
    specification = {"PointInTimeRecoveryEnabled": True}
    params = {"TableName": table.physical_name, "PointInTimeRecoverySpecification": specification}
    for attempt in range(1, BACKUPS_ATTEMPTS + 1):
        try:
            send("update_continuous_backups", params)
            return
        except ClientError as error:
            if error_code(error) != BACKUPS_NOT_READY or attempt == BACKUPS_ATTEMPTS:
                raise
        time.sleep(1)


def _update(table: Table, **changes: Any) -> None:
    send("update_table", {"TableName": table.physical_name, **changes})
    _wait_until_active(table)


def _attempt(table: Table, report: Report, what: str, change: Callable[[], Any]) -> bool:
    """Switch something on; an endpoint that lacks it is told of, not failed on: the tables work without."""
    try:
        change()
    except ClientError as error:
        if not _is_unsupported(error):
            raise
        report(f"{table.physical_name}: this endpoint has no {what}.")
        return False
    return True


def _is_unsupported(error: ClientError) -> bool:
    return error_code(error) in UNSUPPORTED_CODES


# -- Looking ------------------------------------------------------------------------------------------------


def describe(table: Table) -> dict[str, Any] | None:
    """What DescribeTable says of the live table; None if it does not exist."""
    try:
        live: dict[str, Any] = send("describe_table", {"TableName": table.physical_name})["Table"]
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    return live


def expiry_attribute(table: Table) -> str | None:
    """The attribute by which items of the live table expire; None if they do not."""
    answer = send("describe_time_to_live", {"TableName": table.physical_name})["TimeToLiveDescription"]
    if answer["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
        return None
    attribute: str = answer["AttributeName"]
    return attribute


def has_recovery(table: Table) -> bool | None:
    """Whether point-in-time recovery is on; None if the endpoint knows no such thing."""
    try:
        answer = send("describe_continuous_backups", {"TableName": table.physical_name})
    except ClientError as error:
        if _is_unsupported(error):
            return None
        raise
    description = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return bool(description.get("PointInTimeRecoveryStatus") == "ENABLED")
