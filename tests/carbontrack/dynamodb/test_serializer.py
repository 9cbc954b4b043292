"""What is sent is what botocore would send, for whatever an item may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbontrack.dynamodb.client import make_client
from carbontrack.dynamodb.serializer import LeanSerializer

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.one_of(
        TEXT.map(lambda text: {"S": text}),
        st.integers(-(10**37), 10**37).map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda value: {"BOOL": value}),
        st.just({"NULL": True}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(TEXT, inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def parts() -> tuple[LeanSerializer, Any, Any]:
    """Ours, botocore's behind it, and the description of the API."""
    made: Any = make_client()
    ours = made._serializer
    made.close()
    return ours, ours._usual, made.meta.service_model


def both(parts: tuple[LeanSerializer, Any, Any], operation: str, parameters: Any) -> list[dict[str, Any]]:
    """The request by ours and by botocore's, each with its body read back."""
    ours, usual, model = parts
    described = model.operation_model(operation)
    requests = [each.serialize_to_request(parameters, described) for each in (ours, usual)]
    return [request | {"body": json.loads(request["body"])} for request in requests]


@settings(max_examples=60)
@given(item=st.dictionaries(TEXT, VALUES, max_size=5))
def test_items_are_sent_as_botocore_sends_them(parts: tuple[LeanSerializer, Any, Any], item: Any) -> None:
    transaction = {
        "TransactItems": [
            {"Put": {"TableName": "T", "Item": item, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
        ],
        "ClientRequestToken": "token",
    }
    for operation, parameters in (
        ("PutItem", {"TableName": "T", "Item": item}),
        ("BatchWriteItem", {"RequestItems": {"T": [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", transaction),
    ):
        ours, usual = both(parts, operation, parameters)
        assert ours == usual


def test_a_query_is_sent_as_botocore_sends_it(parts: tuple[LeanSerializer, Any, Any]) -> None:
    parameters = {
        "TableName": "T",
        "KeyConditionExpression": "#a = :a",
        "ExpressionAttributeNames": {"#a": "user_id"},
        "ExpressionAttributeValues": {":a": {"S": "u"}},
        "Limit": 25,
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }

    ours, usual = both(parts, "Query", parameters)

    assert ours == usual


def test_what_only_botocore_can_write_is_left_to_it(parts: tuple[LeanSerializer, Any, Any]) -> None:
    for operation, parameters in (
        ("PutItem", {"TableName": "T", "Item": {"a": {"S": "\ud800"}}}),
        ("DescribeTable", {"TableName": "T"}),
    ):
        ours, usual = both(parts, operation, parameters)
        assert ours == usual


def test_two_requests_share_nothing(parts: tuple[LeanSerializer, Any, Any]) -> None:
    ours, _, model = parts
    described = model.operation_model("GetItem")

    first = ours.serialize_to_request({"TableName": "T", "Key": {}}, described)
    first["headers"]["Authorization"] = "secret"
    second = ours.serialize_to_request({"TableName": "U", "Key": {}}, described)

    assert "Authorization" not in second["headers"]
    assert json.loads(second["body"])["TableName"] == "U"
