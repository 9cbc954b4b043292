"""Closing months of an organization: their work entries are locked, until somebody reopens them."""

from __future__ import annotations

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.dashboard.periods import Month
from organizations.domain import ClosedMonth, Organization, OrganizationOverview, closing_begins_at
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.organizations import OPEN_ALREADY, OrganizationRepository
from organizations.services.changes import demand_lasting, queue_administrators_record


def close_month(actor: Profile, organization: Organization, month: Month) -> ClosedMonth:
    """Lock a month that is over everywhere.

    Raises OrganizationRefused for one that is not, OrganizationConflict if somebody else has closed it.
    """
    demand_lasting(organization)
    now = clock.now()
    if now < closing_begins_at(str(month)):
        raise OrganizationRefused(f"{month.label} is not over everywhere on earth yet. Close it after that.")
    closed = ClosedMonth(str(month), closed_at=now.replace(microsecond=0), closed_by=actor.user_id)
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).close_month(closed, transaction=transaction)
        queue_administrators_record(
            actor,
            organization.id,
            transaction,
            action="month.closed",
            about=month.label,
            about_id=str(month),
            before={"state": "open"},
            after={"state": "closed"},
        )
    return closed


def reopen_month(actor: Profile, overview: OrganizationOverview, month: Month, *, reason: str) -> None:
    """Unlock a month. Raises OrganizationConflict where it is open, by somebody else's doing perhaps."""
    organization = overview.organization
    demand_lasting(organization)
    closed = next((each for each in overview.closed_months if each.month == str(month)), None)
    if closed is None:
        raise OrganizationConflict(OPEN_ALREADY)
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).reopen_month(str(month), transaction=transaction)
        queue_administrators_record(
            actor,
            organization.id,
            transaction,
            action="month.reopened",
            about=month.label,
            about_id=str(month),
            before={"state": "closed", "closed_at": clock.stamp(closed.closed_at)},
            after={"state": "open", "reason": reason},
        )
