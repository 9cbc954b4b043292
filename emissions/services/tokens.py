"""What makes a form count once and a deletion undoable once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.core.signing import BadSignature, Signer

from carbontrack import clock
from carbontrack.dynamodb import Item
from emissions.errors import UndoTooLate

#: As long as DynamoDB remembers a request token: an undo within it cannot count twice.
UNDO_TIME = timedelta(minutes=10)


class TokenRefused(BadRequest):
    """An undo token that was tampered with or belongs to somebody else. Answered with 400."""


def record_token(user_id: str, entry_id: str) -> str:
    """The request token of the transaction that saves a form: the same each time the form is sent."""
    return f"record-{_digest(f'{user_id} {entry_id}')}"


def new_undo_token(user_id: str, item: Item) -> str:
    """A deleted item as a person may bring it back within `UNDO_TIME`."""
    content = {"item": item, "until": (clock.now() + UNDO_TIME).timestamp()}
    return _undo_signer(user_id).sign_object(content, compress=True)


def read_undo_token(user_id: str, undo_token: str) -> Item:
    """The deleted item. Raises TokenRefused, and UndoTooLate once its time is over."""
    try:
        content: Any = _undo_signer(user_id).unsign_object(undo_token)
    except BadSignature as error:
        raise TokenRefused("The undo token is not one of this person.") from error
    if clock.now().timestamp() > content["until"]:
        raise UndoTooLate("It is too late to undo this: that works for ten minutes.")
    item: Item = content["item"]
    return item


def restore_token(undo_token: str) -> str:
    """The request token of the transaction that undoes a deletion: the same each time it is tried."""
    return f"undo-{_digest(undo_token)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=14).hexdigest()


def _undo_signer(user_id: str) -> Signer:
    return Signer(salt=f"emissions.undo:{user_id}")
