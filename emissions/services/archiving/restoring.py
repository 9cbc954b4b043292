"""A month comes back from the archive, as it was, whether or not DynamoDB has removed its entries by now."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from accounts.domain import Profile
from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from emissions.archive import files
from emissions.domain.archives import ArchivedMonth, ArchiveState, archived_counters
from emissions.domain.entries import Entry
from emissions.domain.totals import NO_DEPARTMENT, PARTICIPANTS, Subject
from emissions.repositories.archived_counters import count_archived, forget_restored, iter_archived
from emissions.repositories.archives import ArchiveMoved, ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving.moving import chunks, queue_trail
from organizations.services.changes import demand_administrator

#: How often in a row somebody else may be faster.
ATTEMPTS = 12


class PlaceTaken(Conflict):
    """Somebody wrote an entry where an archived one belongs, past the lock. Nothing more is restored."""


def begin_restore(owner: Subject, month: str, *, actor: Profile | None = None) -> bool:
    """Stop archiving a month and let it come back. Returns whether a job has something to bring.

    A second click is fine. `actor` is who asked: of an organization's archive, an administrator, or the
    transaction raises RightsLost.
    """
    repository = ArchiveRepository(owner)
    for attempt in range(1, ATTEMPTS + 1):
        record = repository.find(month)
        if record is None or record.state is ArchiveState.RESTORED:
            return False
        if record.state is ArchiveState.RESTORING:
            return True
        try:
            if record.state is ArchiveState.WRITING:  # its entries are all there
                repository.abandon(record)
                return False
            with WriteTransaction() as transaction:
                changed = replace(record, state=ArchiveState.RESTORING)
                repository.change(record, changed, transaction=transaction)
                queue_trail(record, "archive.restored", transaction, actor=actor)
                if actor is not None and owner.is_organization:
                    demand_administrator(actor, transaction)
            return True
        except ArchiveMoved:
            pause(attempt)
    raise ArchiveMoved(f"{month} of {owner.key} kept moving")


def restore_month(owner: Subject, month: str, *, alive: Callable[[], None] = lambda: None) -> None:
    """Bring back what is left of a month that is being restored. May run again, and twice at once.

    `alive` is called now and then while there is something to do. Raises ArchiveDamaged and
    ArchiveUnavailable, after which it may be tried again, and PlaceTaken.
    """
    repository = ArchiveRepository(owner)
    for attempt in range(1, ATTEMPTS + 1):
        record = repository.find(month)
        try:
            if record is not None and record.state is ArchiveState.RESTORING:
                record = _restore(repository, record, alive)
            if record is not None and record.state is ArchiveState.RESTORED and record.path:
                _forget_file(repository, record)
            return
        except ArchiveMoved:
            pause(attempt)
    raise ArchiveMoved(f"{month} of {owner.key} kept moving")


def _restore(
    repository: ArchiveRepository, record: ArchivedMonth, alive: Callable[[], None]
) -> ArchivedMonth:
    if record.restored < record.marked:
        files.demand_whole(record)
        rows = files.read(record.path, start=record.restored)
        for chunk in chunks(islice(rows, record.marked - record.restored)):
            record = _restore_chunk(repository, record, chunk)
            alive()
    _forget_counters(record)
    with WriteTransaction() as transaction:
        restored = replace(record, state=ArchiveState.RESTORED)
        return repository.change(record, restored, transaction=transaction)


def _restore_chunk(repository: ArchiveRepository, record: ArchivedMonth, chunk: list[Entry]) -> ArchivedMonth:
    entries = EntryRepository(chunk[0].user_id)
    with WriteTransaction() as transaction:
        further = replace(record, restored=record.restored + len(chunk))
        changed = repository.change(record, further, transaction=transaction)
        for entry in chunk:
            error = PlaceTaken(f"something else is where {entry.slug} was")
            entries.bring_back(entry, error=error, transaction=transaction)
        count_archived(archived_counters(chunk, sign=-1), transaction=transaction)
    return changed


def _forget_counters(record: ArchivedMonth) -> None:
    """Remove counters that are back at zero; an organization's own last, by which the others are found."""
    owner, month = record.owner, record.month
    for archived in list(iter_archived(owner, month)):
        if archived.author:
            for name in archived.counters:
                counter, _, department_id = name.partition("#")
                if counter == PARTICIPANTS and department_id != NO_DEPARTMENT:
                    department = Subject.department(owner.organization_id or "", department_id)
                    forget_restored(department, month, archived.author)
            forget_restored(Subject.user(archived.author), month, archived.author)
        forget_restored(owner, month, archived.author)


def _forget_file(repository: ArchiveRepository, record: ArchivedMonth) -> None:
    files.remove(record.path)
    with suppress(ArchiveMoved), WriteTransaction() as transaction:
        repository.change(record, replace(record, path=""), transaction=transaction)
