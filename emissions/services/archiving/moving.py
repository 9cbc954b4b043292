"""What archiving and restoring share: a month's entries in one order, in pieces that fit a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import WriteTransaction
from carbontrack.dynamodb.transactions import MAX_WRITES
from emissions.dashboard.periods import Month
from emissions.domain.archives import ArchivedMonth, may_be_archived, owner_of
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject, entry_subjects
from emissions.filters import Period
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository

#: Who archives, and restores what nobody has asked for by hand.
BY_ITSELF = ("system", "CarbonTrack")


def months_to_ask(entries: Iterable[Entry]) -> set[tuple[Subject, str]]:
    """The owners and months of entries that may be archived: a writer demands that they are not.

    Younger months cannot be, so that people who log today pay nothing for it.
    """
    now = clock.now()
    return {(owner_of(entry), entry.month) for entry in entries if may_be_archived(entry.month, now)}


def entries_at_hand(owner: Subject, month: str) -> Iterator[Entry]:
    """An owner's entries of a month that are in the table, author by author, each oldest first.

    The authors of an organization come from an index that lags a moment behind.
    """
    period = Period.parse(month)
    if owner.is_user:
        authors = [owner.owner_id]
    else:
        found = OrganizationEntryRepository(owner.owner_id).month(month)
        authors = sorted({entry.user_id for entry in found})
    for author in authors:
        for entry in EntryRepository(author).iter_stored(period):
            if owner_of(entry) == owner:
                yield entry


def chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries of one author, as many as fit a transaction with the record and the counters they move."""
    for _author, of_author in groupby(entries, key=lambda entry: entry.user_id):
        chunk: list[Entry] = []
        subjects: set[Subject] = set()
        for entry in of_author:
            more = subjects | set(entry_subjects(entry))
            if len(chunk) + 2 + len(more) > MAX_WRITES:
                yield chunk
                chunk, more = [], set(entry_subjects(entry))
            chunk.append(entry)
            subjects = more
        if chunk:
            yield chunk


def queue_trail(
    record: ArchivedMonth, action: str, transaction: WriteTransaction, *, actor: Profile | None = None
) -> None:
    """Queue what the owner's audit trail says. `actor` is who did it; None where it happened by itself."""
    actor_id, actor_name = BY_ITSELF if actor is None else (actor.user_id, actor.display_name)
    about = record.owner.owner_id
    subject = person_subject(about) if record.owner.is_user else organization_subject(about)
    told = AuditRecord(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        about=Month.parse(record.month).label,
        about_id=record.month,
    )
    AuditRepository(subject).add(told, transaction=transaction)
