"""What the audit trail says of somebody's wishes about their account, and of what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.domain import Profile
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import WriteTransaction

SYSTEM_ID, SYSTEM_NAME = "system", "CarbonTrack"


def queue_wish(
    user_id: str,
    *,
    by: Profile,
    own: str,
    staffs: str,
    transaction: WriteTransaction,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Queue a record on a person's trail: the action is `own` if they acted themselves, else `staffs`."""
    is_own = by.user_id == user_id
    record = AuditRecord(
        action=own if is_own else staffs,
        actor_id=by.user_id,
        actor_name=by.display_name,
        about_id=user_id,
        after=after or {},
    )
    AuditRepository(person_subject(user_id)).add(record, transaction=transaction)


def note_wish(user_id: str, *, by: Profile, own: str, staffs: str, **after: Any) -> None:
    """The same at once, where nothing else is written to DynamoDB."""
    with WriteTransaction() as transaction:
        queue_wish(user_id, by=by, own=own, staffs=staffs, transaction=transaction, after=after)
