"""A month goes into the archive: locked, written, proved, recorded, and only then taken from the table.

The lock is the month's record: whoever writes to an entry of the month demands in the same transaction that
it is not there. So the entries stand still while they are written, read back, and compared with what the
table and the totals say. Then they get a time to expire, a chunk in one transaction with the counters of what
is archived and the number of rows that are through. A killed job is taken up where that number is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest

import structlog
from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import Conflict, DataLayerError, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged, MonthNotProved
from emissions.domain.archives import (
    ArchivedMonth,
    ArchiveState,
    SumsWithArchive,
    archived_counters,
)
from emissions.domain.entries import Entry
from emissions.domain.totals import CO2_EMISSIONS, ENTRIES, PARTICIPANTS, Counters, Subject
from emissions.filters import Period
from emissions.repositories.archived_counters import count_archived, iter_archived
from emissions.repositories.archives import ArchiveMoved, ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository, add_counters, without_zeros
from emissions.services.archiving.moving import chunks, entries_at_hand, queue_trail
from emissions.services.archiving.restoring import begin_restore, restore_month

log = structlog.get_logger(__name__)

#: How often a month is looked at anew because somebody else is at it.
ATTEMPTS = 8
#: How often a month is written before it counts as one that cannot be proved.
PROOFS = 3
#: Whoever has written a file for so long without an end has been killed, and somebody else may.
TAKEN_OVER = timedelta(minutes=10)
#: An organization's authors come from an index that lags behind by less than this, in seconds.
INDEX_LAG_SECONDS = 5.0
#: Entries expire a little in the past: at once, also for a process whose clock is behind.
CLOCKS_DIFFER = timedelta(minutes=5)


class EntryMoved(Conflict):
    """An entry is no longer what the file has of it."""


def archive_month(owner: Subject, month: str, *, alive: Callable[[], None] = lambda: None) -> bool:
    """Archive a month, or go on with it. Returns whether it is archived now.

    It is not where somebody else is at it, wants it back, or changed an entry at the last moment. `alive` is
    called now and then while there is something to do. Raises MonthNotProved, after which all is as before,
    ArchiveUnavailable and ArchiveDamaged.
    """
    for attempt in range(1, ATTEMPTS + 1):
        seen = ArchiveRepository(owner).find(month)
        try:
            return _archive(ArchiveRepository(owner), month, alive)
        except EntryMoved:
            log.warning("archive_called_off", month=month)
            begin_restore(owner, month)
            restore_month(owner, month)
            return False
        except ArchiveMoved:
            pause(attempt)
        except ArchiveDamaged:
            if ArchiveRepository(owner).find(month) == seen:
                raise
            pause(attempt)  # somebody else was faster, and removed the file
    return False


def _archive(repository: ArchiveRepository, month: str, alive: Callable[[], None]) -> bool:
    record = repository.find(month)
    if record is None or (record.state is ArchiveState.RESTORED and not record.is_held(clock.now())):
        record = repository.begin(month, str(ULID()))
        record = _store(record)
    elif record.state is ArchiveState.WRITING:
        if clock.now() < record.changed_at + TAKEN_OVER:
            return False
        record = _store(_taken_over(repository, record))
    if record is None or record.state not in {ArchiveState.MARKING, ArchiveState.ARCHIVED}:
        return False
    if record.state is ArchiveState.MARKING:
        _mark(repository, record, alive)
    return True


def _taken_over(repository: ArchiveRepository, record: ArchivedMonth) -> ArchivedMonth:
    with WriteTransaction() as transaction:
        changed = repository.change(record, replace(record, generation=str(ULID())), transaction=transaction)
    files.remove(files.path_for(record))
    return changed


# -- The file -----------------------------------------------------------------------------------------------


def _store(record: ArchivedMonth) -> ArchivedMonth | None:
    """Write and prove the file of a locked month. None, and no lock, for a month without entries."""
    repository = ArchiveRepository(record.owner)
    path = files.path_for(record)
    try:
        proved = _proved(record, path)
        if proved.entries:
            with WriteTransaction() as transaction:
                return repository.change(record, proved, transaction=transaction)
    except ArchiveDamaged as error:
        if repository.find(record.month) == record:
            _give_up(record, path)
            raise
        raise ArchiveMoved(f"{record.month} was given up, and its file removed") from error
    except Exception:
        _give_up(record, path)
        raise
    _give_up(record, path)
    return None


def _give_up(record: ArchivedMonth, path: str) -> None:
    """Unlock a month that is untouched, and forget its file. Who is killed here leaves that to the next."""
    with suppress(DataLayerError):
        ArchiveRepository(record.owner).abandon(record)
    with suppress(DataLayerError):
        files.remove(path)


def _proved(record: ArchivedMonth, path: str) -> ArchivedMonth:
    """The record of a month whose file is whole. Raises MonthNotProved."""
    for attempt in range(1, PROOFS + 1):
        digest = files.write(path, entries_at_hand(record.owner, record.month))
        try:
            proved = _compared(record, path)
        except MonthNotProved:
            if attempt == PROOFS:
                raise
            time.sleep(INDEX_LAG_SECONDS)
            continue
        return replace(proved, state=ArchiveState.MARKING, path=path, digest=digest)
    raise AssertionError("unreachable")


def _compared(record: ArchivedMonth, path: str) -> ArchivedMonth:
    """Read a file back and compare it with the table, entry by entry, and with the totals, to the gram."""
    owner, month = record.owner, record.month
    sums = SumsWithArchive(owner)
    entries, kg, authors = 0, Decimal(0), set()
    for stored, kept in zip_longest(entries_at_hand(owner, month), files.read(path)):
        if stored != kept or kept is None:
            raise MonthNotProved(owner, month, "its entries changed while they were written.")
        sums.add(kept)
        entries, kg = entries + 1, kg + kept.co2_emissions
        authors.add(kept.user_id)
    if owner.is_user:  # whose totals count work as well, wherever that is
        for entry in EntryRepository(owner.owner_id).iter_stored(Period.parse(month)):
            if entry.is_work:
                sums.add(entry)
    for archived in iter_archived(owner, month):
        sums.add_archived(archived)
    totals, erased = _stored_totals(owner, month)
    if entries and without_zeros(sums.counters()) != without_zeros(totals):
        raise MonthNotProved(owner, month, "its totals are not the sum of its entries. Rebuild the totals.")
    return replace(
        record,
        entries=entries,
        co2_emissions=kg,
        participants=len(authors) + int(erased.get(PARTICIPANTS, 0)),
        erased_entries=int(erased.get(ENTRIES, 0)),
        erased_kg=erased.get(CO2_EMISSIONS, Decimal(0)),
    )


def _stored_totals(owner: Subject, month: str) -> tuple[Counters, Counters]:
    """What a month's totals count of entries, and what they count of erased people, who have none."""
    counted: dict[str, Decimal] = {}
    erased: dict[str, Decimal] = {}
    for stored in TotalsRepository().iter_stored(owner, first=month, last=month):
        add_counters(erased if stored.is_erased else counted, stored.counters)
    return counted, erased


# -- The table ----------------------------------------------------------------------------------------------


def _mark(repository: ArchiveRepository, record: ArchivedMonth, alive: Callable[[], None]) -> None:
    """Take the entries that are left from the table. Raises EntryMoved, ArchiveMoved, ArchiveDamaged."""
    files.demand_whole(record)
    for chunk in chunks(files.read(record.path, start=record.marked)):
        record = _mark_chunk(repository, record, chunk)
        alive()
    with WriteTransaction() as transaction:
        done = replace(record, state=ArchiveState.ARCHIVED, archived_at=clock.now().replace(microsecond=0))
        repository.change(record, done, transaction=transaction)
        queue_trail(record, "archive.archived", transaction)


def _mark_chunk(repository: ArchiveRepository, record: ArchivedMonth, chunk: list[Entry]) -> ArchivedMonth:
    entries = EntryRepository(chunk[0].user_id)
    expires_at = clock.now().replace(microsecond=0) - CLOCKS_DIFFER
    with WriteTransaction() as transaction:
        further = replace(record, marked=record.marked + len(chunk))
        changed = repository.change(record, further, transaction=transaction)
        for entry in chunk:
            error = EntryMoved(f"entry {entry.slug} is not as archived")
            entries.expire(entry, expires_at, error=error, transaction=transaction)
        count_archived(archived_counters(chunk), transaction=transaction)
    return changed
