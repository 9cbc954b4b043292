"""A lean parser for DynamoDB's successful answers.

botocore rebuilds every answer by walking the service's shapes, which is most of the CPU time of a large read.
DynamoDB's JSON already has the form that we want, so the answers of item operations are parsed once, by
orjson, and returned as they are. Errors, and operations on tables (they carry timestamps), go to botocore's
own parser. Numbers stay strings inside `{"N": "1.5"}`, so nothing is ever a float.
"""

from __future__ import annotations

from typing import Any

import orjson
from botocore.parsers import ResponseParser, ResponseParserError, ResponseParserFactory

from carbontrack.dynamodb.streaming import parse_in_pieces

ITEM_OPERATIONS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
OK = 200


class LeanParser:
    """Parses what it can with orjson and leaves the rest to botocore's parser of the same protocol."""

    def __init__(self, fallback: ResponseParser) -> None:
        self._fallback = fallback

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        """botocore's parser interface: an HTTP response in, a dictionary with ResponseMetadata out.

        Raises ResponseParserError when an answer of status 200 is not what DynamoDB answers: cut off on its
        way, or written by something in between.
        """
        if response["status_code"] != OK or response["context"].get("operation_name") not in ITEM_OPERATIONS:
            parsed: dict[str, Any] = self._fallback.parse(response, shape)
            return parsed
        return parse_success(response)


def parse_success(response: dict[str, Any]) -> dict[str, Any]:
    """The answer of a successful item operation. `Items` of a large one are an ItemStream, else a list."""
    try:
        parsed = parse_in_pieces(response["body"]) or orjson.loads(response["body"])
    except orjson.JSONDecodeError as error:
        raise ResponseParserError(f"DynamoDB's answer is not JSON: {error}") from error
    if not isinstance(parsed, dict) or "__type" in parsed:
        raise ResponseParserError("Something other than DynamoDB answered with status 200.")
    headers = {name.lower(): value for name, value in response["headers"].items()}
    parsed["ResponseMetadata"] = {
        "RequestId": headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": OK,
        "HTTPHeaders": headers,
    }
    return parsed


class LeanParserFactory(ResponseParserFactory):
    """The botocore session's `response_parser_factory`: a lean parser in front of botocore's own."""

    def __init__(self) -> None:
        super().__init__()
        self._parsers: dict[str, LeanParser] = {}

    def create_parser(self, protocol_name: str) -> LeanParser:  # type: ignore[override]
        parser = self._parsers.get(protocol_name)
        if parser is None:
            parser = self._parsers[protocol_name] = LeanParser(super().create_parser(protocol_name))
        return parser
