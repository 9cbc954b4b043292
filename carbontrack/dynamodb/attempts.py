"""Counting what DynamoDB refuses and fails at: each try, also those that the SDK repeats without a word."""

from __future__ import annotations

from typing import Any

from carbontrack import tally

THROTTLING_CODES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",  # as a cancelled transaction spells it
    }
)
CONFLICT_CODES = frozenset({"TransactionConflict", "TransactionConflictException"})
SERVER_ERROR = 500


def watch(events: Any) -> None:
    """Have every try of a client counted, before anything decides whether it is repeated."""
    events.register_first("needs-retry.dynamodb", _note)


def _note(response: tuple[Any, dict[str, Any]] | None, **_: Any) -> None:
    """Of a try: an answer with its status, or none because there was no connection. Has no say in retries."""
    if response is None:
        tally.add(unavailable=1)
        return
    http, parsed = response
    if http.status_code < 400:
        return
    codes = {parsed.get("Error", {}).get("Code"), *(reason.get("Code") for reason in _reasons(parsed))}
    tally.add(
        throttled=bool(codes & THROTTLING_CODES),
        conflicts=bool(codes & CONFLICT_CODES),
        unavailable=http.status_code >= SERVER_ERROR,
    )


def _reasons(parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """Why a transaction was cancelled, write by write."""
    return parsed.get("CancellationReasons") or []
