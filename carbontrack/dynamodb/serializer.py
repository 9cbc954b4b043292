"""Requests as JSON in one step: botocore would first copy every value, guided by its model of the API.

The layer above builds parameters in DynamoDB's own form already, so for the operations that carry items there
is nothing left to convert; those on tables are left to botocore. Relies on `_serializer` of botocore's
clients, as of the pinned series.
"""

from __future__ import annotations

from typing import Any

import orjson

from carbontrack.dynamodb.parser import ITEM_OPERATIONS


class LeanSerializer:
    """Stands before botocore's serializer of a client."""

    def __init__(self, usual: Any) -> None:
        self._usual = usual
        self._requests: dict[str, dict[str, Any]] = {}

    def serialize_to_request(self, parameters: dict[str, Any], operation_model: Any) -> dict[str, Any]:
        """What botocore sends; the body is written here where it can be."""
        name = operation_model.name
        if name not in ITEM_OPERATIONS:
            return self._as_usual(parameters, operation_model)
        try:
            body = orjson.dumps(parameters)
        except TypeError:  # a lone surrogate, which only botocore's JSON can write
            return self._as_usual(parameters, operation_model)
        request = self._requests.get(name)
        if request is None:
            request = self._requests[name] = self._as_usual({}, operation_model)
        return request | {"headers": dict(request["headers"]), "body": body}

    def _as_usual(self, parameters: dict[str, Any], operation_model: Any) -> dict[str, Any]:
        request: dict[str, Any] = self._usual.serialize_to_request(parameters, operation_model)
        return request
