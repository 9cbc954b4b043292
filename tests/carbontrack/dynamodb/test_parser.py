from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from carbontrack.dynamodb import Unavailable, get_item, put_item, tables
from carbontrack.dynamodb.client import client
from carbontrack.dynamodb.parser import parse_success

pytestmark = pytest.mark.dynamodb

ALICE = {"user_id": {"S": "alice"}}


def answer(body):
    return {"body": body, "headers": {"X-Amzn-RequestId": "r1"}, "status_code": 200}


def test_success_is_dynamodbs_json_with_metadata():
    parsed = parse_success(answer(b'{"Item":{"n":{"N":"1.50"}}}'))

    assert parsed == {
        "Item": {"n": {"N": "1.50"}},
        "ResponseMetadata": {
            "RequestId": "r1",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"x-amzn-requestid": "r1"},
        },
    }


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Item"', b"[]", b'{"__type":"Oops"}'])
def test_status_200_that_is_no_answer_is_an_error(body):
    with pytest.raises(ResponseParserError):
        parse_success(answer(body))


def test_answer_that_is_no_answer_is_unavailable(faults):
    faults.answer("GetItem", body=b"<html>captive portal</html>")

    with pytest.raises(Unavailable):
        get_item(tables.USERS, {"user_id": "alice"})


def test_metadata_counts_retries(faults):
    faults.throttle("GetItem")

    response = client().get_item(TableName=tables.USERS.physical_name, Key=ALICE)

    assert response["ResponseMetadata"]["RetryAttempts"] == 1


def test_tables_are_described_by_botocores_parser():
    response = client().describe_table(TableName=tables.USERS.physical_name)

    assert response["Table"]["CreationDateTime"].tzinfo is not None


def test_errors_keep_their_modeled_fields():
    put_item(tables.USERS, {"user_id": "alice", "name": "Alice"})
    check: Any = {
        "TableName": tables.USERS.physical_name,
        "Key": ALICE,
        "ConditionExpression": "attribute_not_exists(user_id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }

    with pytest.raises(ClientError) as caught:
        client().transact_write_items(TransactItems=[{"ConditionCheck": check}], ClientRequestToken="t")

    assert caught.value.response["CancellationReasons"] == [
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": {**ALICE, "name": {"S": "Alice"}},
        }
    ]
