"""Files that leave: who took which, and of what, is in the audit trail before the first byte goes out."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.domain import Profile
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.services.changes import queue_administrators_record


def note_export(
    actor: Profile, organization: Organization, *, action: str, about: Mapping[str, str] | None = None
) -> None:
    """Note a download; `about` says what was asked for. Raises RightsLost for who may have it no longer."""
    with WriteTransaction() as transaction:
        queue_administrators_record(
            actor,
            organization.id,
            transaction,
            action=action,
            about=organization.name,
            about_id=organization.id,
            after=about or {},
        )
