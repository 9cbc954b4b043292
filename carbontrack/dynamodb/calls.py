"""The one place where requests leave for DynamoDB: metered, with failures in the words of `errors`."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from carbontrack.dynamodb import metering
from carbontrack.dynamodb.attempts import SERVER_ERROR
from carbontrack.dynamodb.attempts import THROTTLING_CODES as THROTTLING_CODES
from carbontrack.dynamodb.errors import DataLayerError, Throttled, Unavailable
from carbontrack.dynamodb.narrowing import client_for

#: The request may or may not have been carried out: its answer did not arrive, or made no sense.
UNANSWERED = (ConnectionError, HTTPClientError, ResponseParserError)
#: Of these, the ones where the request certainly was not: there was no connection to send it on.
NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)


def send(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call a method of the client. Raises Throttled and Unavailable; any other ClientError untouched."""
    try:
        return send_raw(operation, params)
    except (ClientError, *UNANSWERED) as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error


def send_raw(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call a method of the client, with botocore's own errors. For callers that retry by themselves."""
    method = getattr(client_for(operation, params), operation)
    if operation not in metering.METERED or not metering.is_counting():
        plain: dict[str, Any] = method(**params)
        return plain
    response: dict[str, Any] | None = None
    try:
        response = method(**params, ReturnConsumedCapacity="TOTAL")
        return response
    finally:
        metering.record(operation, params, response)


def translate(error: Exception) -> DataLayerError | None:
    """What an error of botocore means for the product; None when it means a mistake of ours."""
    if isinstance(error, UNANSWERED):
        return Unavailable("DynamoDB could not be reached.")
    if isinstance(error, ClientError):
        if error_code(error) in THROTTLING_CODES:
            return Throttled("DynamoDB asked for fewer requests.")
        if status_of(error) >= SERVER_ERROR:
            return Unavailable("DynamoDB failed.")
    return None


def error_code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def was_retried(error: ClientError) -> bool:
    """Whether the SDK had sent the request before: an earlier try may have been carried out."""
    return error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
