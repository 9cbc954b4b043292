"""What a rule writes on a day, checked as any other entry is. Writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

from ulid import ULID

from accounts.domain import Profile
from accounts.time_zones import zone_or_utc
from emissions.domain.entries import Entry
from emissions.domain.recurring import Routine, Rule
from emissions.errors import EntryRefused
from emissions.services.drafts import EntryDraft, Work, calculate_draft, entry_of
from emissions.services.work import factors_for, settle_work
from organizations.domain import Organization

LEFT = (
    "You no longer belong to the organization that this counted for. "
    "Change it to make it personal, or delete it."
)


def draft_of(routine: Routine, day: date, time_zone: str) -> EntryDraft:
    """The entry of a day as its person would tell it."""
    return EntryDraft(
        variant=routine.variant,
        amount=routine.amount,
        unit=routine.unit,
        local_date=day,
        local_time=routine.local_time,
        time_zone=time_zone,
        people=routine.people,
        note=routine.note,
        work=work_of(routine),
    )


def work_of(routine: Routine) -> Work | None:
    if routine.organization_id is None:
        return None
    return Work(routine.organization_id, routine.department_id, routine.scope)


def due_at(routine: Routine, day: date, time_zone: str) -> datetime:
    """The moment from which a day can be written: when its time has come for the person, in UTC."""
    wall_clock = datetime.combine(day, routine.local_time, zone_or_utc(time_zone))
    return wall_clock.astimezone(UTC)


def checked_routine(
    profile: Profile, routine: Routine, day: date, *, organization: Organization | None = None
) -> Routine:
    """The routine with the department it counts for today, if its entry of `day` could be written.

    Raises EntryRefused and CalculationError. `organization` saves a read.
    """
    draft = draft_of(routine, day, profile.preferences.time_zone)
    settled, organization = _settle(profile, draft, organization)
    calculate_draft(profile, settled, factors=factors_for(settled.work, organization))
    return replace(routine, department_id=settled.work.department_id if settled.work else None)


def entry_for(profile: Profile, rule: Rule, day: date) -> tuple[Entry, Organization | None]:
    """The entry of a day, and the organization it counts for. Raises EntryRefused and CalculationError."""
    draft, organization = _settle(
        profile, draft_of(rule.routine, day, profile.preferences.time_zone), organization=None
    )
    factors = factors_for(draft.work, organization)
    entry = entry_of(profile, draft, entry_id=entry_id_of(rule.rule_id, day), factors=factors)
    return replace(entry, rule_id=rule.rule_id), organization


def entry_id_of(rule_id: str, day: date) -> str:
    """The id of a rule's entry of a day, shaped as a ULID: the same whoever writes it, and however often."""
    digest = hashlib.blake2b(f"{rule_id} {day.isoformat()}".encode(), digest_size=16)
    return str(ULID.from_bytes(digest.digest()))


def _settle(
    profile: Profile, draft: EntryDraft, organization: Organization | None
) -> tuple[EntryDraft, Organization | None]:
    if draft.work is not None and draft.work.organization_id != profile.organization_id:
        raise EntryRefused(LEFT)
    return settle_work(profile, draft, organization=organization)
