"""How long entries stay at hand: a person decides for their own, an organization for its work entries."""

from __future__ import annotations

from dataclasses import replace

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.services.changes import commit_change, demand_as_seen


def keep_for(profile: Profile, keep_months: int | None, *, seen_version: int) -> Profile:
    """Keep a person's entries for so long, None for ever. Raises Conflict if the settings changed since."""
    before = profile.preferences.keep_months
    if before == keep_months:
        return profile
    preferences = replace(profile.preferences, keep_months=keep_months)
    changed = profile.edited(name=profile.name, preferences=preferences, version=seen_version)
    saved = ProfileRepository().save(changed)
    record = AuditRecord(
        action="archive.changed",
        actor_id=profile.user_id,
        actor_name=profile.display_name,
        before={"keep_months": before},
        after={"keep_months": keep_months},
    )
    with WriteTransaction() as transaction:
        AuditRepository(person_subject(profile.user_id)).add(record, transaction=transaction)
    return saved


def keep_for_organization(
    actor: Profile, organization: Organization, keep_months: int | None, *, seen_version: int
) -> Organization:
    """The same for work entries. Raises OrganizationConflict and RightsLost."""
    demand_as_seen(organization, seen_version)
    if organization.keep_months == keep_months:
        return organization
    return commit_change(
        actor,
        replace(organization, keep_months=keep_months),
        action="archive.changed",
        about=organization.name,
        about_id=organization.id,
        before={"keep_months": organization.keep_months},
        after={"keep_months": keep_months},
    )
