"""What every change in an organization carries with it: the right of its author, and an audit record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, Unpack

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from accounts.staff.rights import demand_staff
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, RightsLost
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository

BEING_DELETED = "This organization is being deleted: nothing in it can be changed any more."
SUSPENDED = "This organization is suspended: nothing in it can be changed until it is restored."


def demand_lasting(organization: Organization) -> None:
    """Raise OrganizationConflict for one that is being deleted, or suspended."""
    if organization.deleting_at is not None:
        raise OrganizationConflict(BEING_DELETED)
    if organization.suspended_at is not None:
        raise OrganizationConflict(SUSPENDED)


def demand_as_seen(organization: Organization, seen_version: int) -> None:
    """Raise OrganizationConflict for a form that was drawn from an older state, or too late for any."""
    demand_lasting(organization)
    if organization.version != seen_version:
        raise OrganizationConflict(CHANGED_MEANWHILE)


def demand_administrator(actor: Profile, transaction: WriteTransaction) -> None:
    """Let the transaction fail with RightsLost unless `actor` still is the administrator they were."""
    ProfileRepository().check_administrator(actor, transaction=transaction, error=RightsLost())


class Change(TypedDict):
    """What the audit trail says of a change, beside who made it and when: as in `AuditRecord`."""

    action: str
    about: NotRequired[str]
    about_id: NotRequired[str]
    before: NotRequired[Mapping[str, Any]]
    after: NotRequired[Mapping[str, Any]]


def queue_record(
    actor: Profile, organization_id: str, transaction: WriteTransaction, **change: Unpack[Change]
) -> None:
    """Queue what the audit trail says of a change, beside the change itself."""
    record = AuditRecord(actor_id=actor.user_id, actor_name=actor.display_name, **change)
    AuditRepository(organization_subject(organization_id)).add(record, transaction=transaction)


def queue_administrators_record(
    actor: Profile, organization_id: str, transaction: WriteTransaction, **change: Unpack[Change]
) -> None:
    """Queue a record, and that the transaction fails with RightsLost if `actor` may not make the change."""
    demand_administrator(actor, transaction)
    queue_record(actor, organization_id, transaction, **change)


def queue_staff_record(
    actor: Profile, organization_id: str, transaction: WriteTransaction, **change: Unpack[Change]
) -> None:
    """Queue a record of what staff do to an organization, or StaffConflict if they may not any more."""
    demand_staff(actor, transaction)
    queue_record(actor, organization_id, transaction, **change)


def commit_change(actor: Profile, changed: Organization, **change: Unpack[Change]) -> Organization:
    """Store what `actor` made of an organization that was read at `changed.version`, with its audit record.

    Raises OrganizationConflict if somebody else changed it since, RightsLost if the actor administers it no
    longer.
    """
    repository = OrganizationRepository(changed.id)
    with WriteTransaction() as transaction:
        saved = repository.save(changed, seen_version=changed.version, transaction=transaction)
        queue_administrators_record(actor, changed.id, transaction, **change)
    return saved
