"""What somebody asked of an organization and cannot have, each with a sentence for them."""

from __future__ import annotations

from carbontrack.dynamodb.errors import Conflict

RIGHTS_CHANGED = "Somebody changed what you may do in this organization a moment ago. Nothing was saved."


class OrganizationRefused(Exception):
    """A change that cannot be made as it stands. `field` names a form field; None is the whole form."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class OrganizationConflict(Conflict):
    """Somebody else was faster, or a rule that depends on others would be broken. Answered with 409.

    `sentence` is for the person: `carbontrack.errors` shows it instead of the usual words.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class RightsLost(OrganizationConflict):
    """Who asked is no longer the administrator they were, and may not see what they asked about either."""

    def __init__(self) -> None:
        super().__init__(RIGHTS_CHANGED)


class MonthClosed(OrganizationConflict):
    """A work entry of a month that the organization has closed. Nothing was changed."""
