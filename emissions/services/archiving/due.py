"""Which months of whom are to be archived, and going through them. Nothing is remembered: the data tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.jobs import Reporter
from emissions.archive import files
from emissions.archive.errors import MonthNotProved
from emissions.dashboard.periods import Month
from emissions.domain.archives import ArchivedMonth, ArchiveState, first_kept_month
from emissions.domain.totals import ENTRIES, Subject, work_counts
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.restoring import restore_month
from emissions.services.archiving.storing import archive_month
from organizations.repositories.organizations import OrganizationRepository

#: Of the archive of an owner; its page shows how far it is.
JOB_ID = "archive"


@dataclass(slots=True)
class Outcome:
    """What a run did with the months of one owner. `refused` could not be proved and stay at hand."""

    archived: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    refused: list[MonthNotProved] = field(default_factory=list)


def archive_owner(owner: Subject, *, reported: bool = False) -> Outcome:
    """Archive what an owner wants archived by now, and go on with what was interrupted.

    May run again at any time, twice at once, and late. With `reported` the owner's page shows how far it is.
    Raises ArchiveUnavailable and ArchiveDamaged.
    """
    outcome = Outcome()
    if not files.is_set_up():
        return outcome
    records = {record.month: record for record in ArchiveRepository(owner).all()}
    for record in records.values():
        if is_coming_back(record):
            restore_month(owner, record.month)
            outcome.restored.append(record.month)
    months = due_months(owner, keep_months(owner), records)
    report = Reporter(owner.owner_id, JOB_ID, total=len(months)) if reported else None
    for month in months:
        if report is not None:
            report.step(f"Archiving {Month.parse(month).label}")
        alive = (lambda: None) if report is None else partial(report.advance, 0)
        try:
            if archive_month(owner, month, alive=alive):
                outcome.archived.append(month)
        except MonthNotProved as refused:
            outcome.refused.append(refused)
        if report is not None:
            report.advance()
    if report is not None:
        report.finish()
    return outcome


def keep_months(owner: Subject) -> int | None:
    """How long the owner keeps entries at hand; None is for ever, also of who is gone, going or suspended."""
    if owner.is_user:
        profile = ProfileRepository().find(owner.owner_id)
        return None if profile is None else profile.preferences.keep_months
    organization = OrganizationRepository(owner.owner_id).find()
    if organization is None or not organization.is_working:
        return None
    return organization.keep_months


def is_coming_back(record: ArchivedMonth) -> bool:
    """Whether a restore is under way, its last step included: the end of the file."""
    is_restored = record.state is ArchiveState.RESTORED
    return record.state is ArchiveState.RESTORING or (is_restored and bool(record.path))


def due_months(owner: Subject, keep: int | None, records: dict[str, ArchivedMonth]) -> list[str]:
    """Months to archive or to go on with, oldest first. `records` are those of the owner's archive.

    The totals tell which months have entries. Of a month that is archived all are, so none is left.
    """
    begun = {
        month
        for month, record in records.items()
        if record.state in {ArchiveState.WRITING, ArchiveState.MARKING}
    }
    if keep is None:
        return sorted(begun)
    now = clock.now()
    before = first_kept_month(now.date(), keep)
    settled = {
        month
        for month, record in records.items()
        if record.is_held(now) or record.state in {ArchiveState.ARCHIVED, ArchiveState.RESTORING}
    }
    return sorted(begun | {month for month in _with_entries(owner, before) if month not in settled})


def _with_entries(owner: Subject, before: str) -> Iterator[str]:
    """Months before another in which the owner has entries of their own, archived ones included."""
    entries: dict[str, int] = defaultdict(int)
    for stored in TotalsRepository().iter_stored(owner, last=before):
        if stored.is_erased:
            continue
        entries[stored.month] += int(stored.counters.get(ENTRIES, 0))
        entries[stored.month] -= sum(work_counts(stored.counters).values())
    return (month for month, count in entries.items() if count > 0 and month < before)
