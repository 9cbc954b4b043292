"""How live tables differ from `tables.py`, told in plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carbontrack.dynamodb.schema import (
    attribute_definitions,
    describe,
    expiry_attribute,
    has_recovery,
    index_definition,
    is_protected,
    key_schema,
)
from carbontrack.dynamodb.tables import Index, Table


def differences(table: Table) -> Iterator[str]:
    """How the live table differs from its definition, in plain lines; nothing when it does not."""
    live = describe(table)
    if live is None:
        yield f"{table.physical_name} is missing."
        return
    yield from (f"{table.physical_name}: {line}" for line in _table_differences(table, live))


def _table_differences(table: Table, live: dict[str, Any]) -> Iterator[str]:
    yield from _key_differences("the key", table, live)
    yield from _type_differences(table, live)
    yield from _index_differences(table, live)
    if live["TableStatus"] != "ACTIVE":
        yield f"is {live['TableStatus'].lower()}, not active."
    if live.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        yield "is not billed on demand."
    if table.ttl_attribute is not None and (attribute := expiry_attribute(table)) != table.ttl_attribute:
        yield f"items should expire by {table.ttl_attribute}, but expire by {attribute or 'nothing'}."
    if is_protected():
        yield from _protection_differences(table, live)


def _key_differences(what: str, wanted: Table | Index, live: dict[str, Any]) -> Iterator[str]:
    expected, actual = key_schema(wanted), live["KeySchema"]
    if actual != expected:
        yield f"{what} should be {_key_text(expected)}, but is {_key_text(actual)}."


def _key_text(schema: list[dict[str, str]]) -> str:
    return " + ".join(part["AttributeName"] for part in schema)


def _type_differences(table: Table, live: dict[str, Any]) -> Iterator[str]:
    types = {part["AttributeName"]: part["AttributeType"] for part in live["AttributeDefinitions"]}
    for definition in attribute_definitions(table):
        name = definition["AttributeName"]
        if types.get(name, "S") != "S":
            yield f"{name} should be text (S), but is {types[name]}."


def _index_differences(table: Table, live: dict[str, Any]) -> Iterator[str]:
    indexes = {index["IndexName"]: index for index in live.get("GlobalSecondaryIndexes", ())}
    for index in table.indexes:
        actual = indexes.pop(index.name, None)
        if actual is None:
            yield f"{index.name} is missing."
            continue
        yield from _key_differences(f"the key of {index.name}", index, actual)
        expected_text = _projection_text(index_definition(index)["Projection"])
        actual_text = _projection_text(actual["Projection"])
        if expected_text != actual_text:
            yield f"{index.name} should project {expected_text}, but projects {actual_text}."
        if actual.get("IndexStatus", "ACTIVE") != "ACTIVE":
            yield f"{index.name} is {actual['IndexStatus'].lower()}, not active."
    for name in sorted(indexes):
        yield f"{name} is not in tables.py: it costs a write with every item."


def _projection_text(projection: dict[str, Any]) -> str:
    if projection["ProjectionType"] == "INCLUDE":
        return ", ".join(sorted(projection.get("NonKeyAttributes", ())))
    return {"ALL": "everything", "KEYS_ONLY": "keys only"}[projection["ProjectionType"]]


def _protection_differences(table: Table, live: dict[str, Any]) -> Iterator[str]:
    if not live.get("DeletionProtectionEnabled"):
        yield "is not protected from deletion."
    if not live.get("StreamSpecification", {}).get("StreamEnabled"):
        yield "has no stream of changes."
    if live.get("SSEDescription", {}).get("Status") != "ENABLED":
        yield "is not encrypted with a KMS key."
    recovery = has_recovery(table)
    if recovery is None:
        yield "this endpoint has no point-in-time recovery."
    elif not recovery:
        yield "point-in-time recovery is off."
