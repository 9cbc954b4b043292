"""That whoever of the staff acts may do so at the very moment their act is stored."""

from __future__ import annotations

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from accounts.staff.errors import StaffConflict
from carbontrack.dynamodb import WriteTransaction

RIGHT_LOST = "You do not administer CarbonTrack any more. Nothing was changed."


def demand_staff(actor: Profile, transaction: WriteTransaction) -> None:
    """Let the transaction fail with StaffConflict unless `actor` still runs the platform."""
    error = StaffConflict(RIGHT_LOST)
    ProfileRepository().check_platform_administrator(actor, transaction=transaction, error=error)
