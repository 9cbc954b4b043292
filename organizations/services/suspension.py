"""Suspending an organization and restoring it, by staff of the platform.

While it is suspended nobody opens its pages, joins, invites, or logs and imports for it; its jobs stop. What
its people log for themselves goes on. Nothing is removed, so restoring is taking the mark away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from accounts.domain import Profile
from accounts.mail import send_notice
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.members import MemberFilters, MemberKind, MemberRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import BEING_DELETED, queue_staff_record

#: How often to look again when its own administrators change it at the same moment.
ATTEMPTS = 4
#: Administrators of the whole organization who are mailed: those first in the order of names.
MOST_MAILED = 50


def suspend(actor: Profile, organization_id: str, *, reason: str) -> Organization:
    """Suspend an organization and mail its administrators why. Again is harmless.

    Raises ItemNotFound, OrganizationConflict for one that is being deleted, and StaffConflict for who does
    not run the platform any more.
    """
    suspended_at = clock.now().replace(microsecond=0)
    return _mark(actor, organization_id, suspended_at, "suspended", {"reason": reason})


def restore(actor: Profile, organization_id: str) -> Organization:
    """End a suspension and mail the administrators. Again is harmless. Raises as `suspend` does."""
    return _mark(actor, organization_id, None, "restored", {})


def _mark(
    actor: Profile,
    organization_id: str,
    suspended_at: datetime | None,
    what: str,
    after: Mapping[str, str],
) -> Organization:
    repository = OrganizationRepository(organization_id)
    for attempt in range(1, ATTEMPTS + 1):
        organization = repository.get()
        if organization.deleting_at is not None:
            raise OrganizationConflict(BEING_DELETED)
        if (organization.suspended_at is None) == (suspended_at is None):
            return organization
        try:
            with WriteTransaction() as transaction:
                saved = repository.save(
                    replace(organization, suspended_at=suspended_at),
                    seen_version=organization.version,
                    transaction=transaction,
                )
                queue_staff_record(
                    actor,
                    organization_id,
                    transaction,
                    action=f"organization.{what}",
                    about=organization.name,
                    about_id=organization_id,
                    after=after,
                )
        except OrganizationConflict:
            if attempt == ATTEMPTS:
                raise
            continue
        _tell_administrators(saved, what, after)
        return saved
    raise AssertionError("the last attempt returns or raises")


def _tell_administrators(organization: Organization, what: str, context: Mapping[str, str]) -> None:
    administrators = MemberRepository(organization.id).page(
        MemberFilters(kind=MemberKind.ADMINISTRATOR), page_size=MOST_MAILED
    )
    for member in administrators.items:
        template = f"organizations/email/{what}"
        send_notice(member.email, template, {"organization": organization.name, **context})
