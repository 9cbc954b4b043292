"""What can be wrong with an archive."""

from __future__ import annotations

from carbontrack.dynamodb.errors import Unavailable
from emissions.dashboard.periods import Month
from emissions.domain.totals import Subject
from organizations.errors import MonthClosed


class MonthArchived(MonthClosed):
    """An entry of a month that is in the archive, or on its way there or back. Nothing was changed."""

    def __init__(self, owner: Subject, month: str) -> None:
        label = Month.parse(month).label
        if owner.is_user:
            sentence = (
                f"{label} is in your archive: nothing can be added or changed there. Restore the month "
                "first, under Settings, Archive."
            )
        else:
            sentence = (
                f"Your organization has {label} in its archive: its work entries cannot be changed. "
                "An administrator can restore the month."
            )
        super().__init__(sentence)
        self.owner = owner
        self.month = month


class ArchiveUnavailable(Unavailable):
    """The place of the files could not be reached. Nothing was lost; later it may work."""


class ArchiveDamaged(Exception):
    """A file is not what was stored: nothing is restored from it. Somebody has to look for a copy."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The archive file {path} is missing or not as it was written.")


class MonthNotProved(Exception):
    """A month could not be proved to be whole, so it stays where it is. `reason` says what differs."""

    def __init__(self, owner: Subject, month: str, reason: str) -> None:
        super().__init__(f"{month} of {owner.owner_id} stays at hand: {reason}")
        self.owner = owner
        self.month = month
        self.reason = reason
