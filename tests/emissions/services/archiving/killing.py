"""Dying at a chosen moment, as `kill -9` does: nothing of ours runs after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carbontrack.dynamodb import calls, items, transactions


class Killed(BaseException):
    """As kill -9: nothing of ours runs after it."""


def die_after(number: int, patch: pytest.MonkeyPatch) -> None:
    """Die when DynamoDB has done the write request of that number; later ones never leave."""
    sent = 0

    def dying(send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(operation: str, params: dict[str, Any]) -> Any:
            nonlocal sent
            sent += operation in {"put_item", "update_item", "delete_item", "transact_write_items"}
            if sent > number:
                raise Killed
            answer = send(operation, params)
            if sent == number:
                raise Killed
            return answer

        return sending

    patch.setattr(transactions, "send_raw", dying(calls.send_raw))
    patch.setattr(items, "send", dying(calls.send))
