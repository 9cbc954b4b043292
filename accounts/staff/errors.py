"""What a member of staff asked for and cannot have, each with a sentence for them."""

from __future__ import annotations

from carbontrack.dynamodb.errors import Conflict


class StaffRefused(Exception):
    """A change that is not made. `message` is a sentence that says why, and what to do instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StaffConflict(Conflict):
    """Somebody else was faster. Answered with 409 and its sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
