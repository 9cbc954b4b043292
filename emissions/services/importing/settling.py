"""One worker at an import: chunk by chunk, each exactly once.

A chunk is one transaction: its entries, each only if its key is free; the totals they move; a manifest of
what it did; and the import, moved on from exactly where the chunk began. If any of this has happened before,
by this worker or another, none of it happens again. Whoever goes on after a crash reads how far the import is
and begins there. Nothing is read before a chunk is written; only one that is refused is looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import Conflict, ItemAlreadyExists, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.jobs import Reporter
from emissions.domain.entries import EntryKey
from emissions.domain.imports import Import, ImportState
from emissions.imports.rows import RowReader, RowResult
from emissions.repositories.entries import EntryRepository
from emissions.repositories.imports import ImportRepository
from emissions.services.bulk import Room
from emissions.services.importing.archived import Archived
from emissions.services.importing.attempts import Attempt, moved, prepare
from emissions.services.importing.checking import reader_of
from emissions.services.importing.errors import ImportRefused
from emissions.services.importing.files import iter_rows
from emissions.services.importing.locks import Locks
from emissions.services.importing.rights import demand_target
from emissions.services.importing.trail import FINISHED, queue_import_record
from emissions.services.writing import MonthMoved
from organizations.domain import Organization
from organizations.errors import MonthClosed, RightsLost

#: How often a chunk is tried that meets entries, locks, or something its author logs at the same moment.
ATTEMPTS = 12
#: Rows of one chunk at most, where many of them make no entry.
MOST_ROWS = 500
#: Other writes of a chunk: the import, the manifest, the author's rights, and a record after the last row.
RESERVED = 4
#: After so many chunks the organization is looked at again: it may be on its way out.
CHUNKS_PER_LOOK = 25
ENDED_EARLY = "The file ended before its last row. Please upload it again: nothing is added twice."


#: A chunk, and what was made ready of it while the one before it was written.
_Upcoming = tuple[list[RowResult], Attempt | None]


class Run:
    """One worker at an import, from where it is now."""

    def __init__(self, found: Import, report: Reporter | None) -> None:
        self._at = found
        self._repository = ImportRepository(found.user_id)
        self._entries = EntryRepository(found.user_id)
        self._profile = ProfileRepository().get(found.user_id)
        self._organization: Organization | None = None
        self._locks = Locks(found)
        self._archived = Archived(found.user_id, besides=self._locks.owner)
        self._report = report
        self._meets_entries = False

    def go(self) -> None:
        """Settle every row that is left. Raises Moved, and ImportRefused where it cannot go on.

        While a chunk is with the engine, the next one is made ready, as if nothing could go wrong.
        """
        self._look_around()
        self._tell(self._at.done_rows)
        chunks = self._chunks(reader_of(self._at, self._profile))
        upcoming = self._make_ready(chunks, self._at)
        with ThreadPoolExecutor(max_workers=1) as ahead:
            number = 0
            while upcoming is not None:
                chunk, attempt = upcoming
                if attempt is None or attempt.seen is not self._at:
                    attempt = self._prepare(chunk)
                later = ahead.submit(self._make_ready, chunks, attempt.after)
                self._settle(chunk, attempt)
                self._tell(len(chunk))
                number += 1
                if number % CHUNKS_PER_LOOK == 0:
                    self._look_around()
                upcoming = later.result()
        if self._at.state is ImportState.RUNNING:
            raise ImportRefused(ENDED_EARLY)

    def stop(self, problem: str) -> None:
        """End the import where it is, and say why. What is in the log stays."""
        ended = replace(self._at, state=ImportState.FINISHED, ended_at=clock.now(), problem=problem)
        with WriteTransaction() as transaction:
            self._repository.end(self._at, ended, transaction=transaction, moved=moved(self._at))
            queue_import_record(FINISHED, self._profile, ended, transaction)

    def _tell(self, rows: int) -> None:
        if self._report is not None:
            self._report.advance(rows)

    def _look_around(self) -> None:
        """Whether the import's author may still import for whom it is. Raises ImportRefused."""
        if self._at.organization_id is not None:
            self._organization = demand_target(
                self._profile, self._at.organization_id, self._at.department_id
            )

    def _chunks(self, reader: RowReader) -> Iterator[list[RowResult]]:
        """The rows that are left, as many at a time as fit a transaction."""
        chunk: list[RowResult] = []
        room = Room(reserved=RESERVED, all_locks=True)
        done = self._at.done_rows
        for number, row in enumerate(iter_rows(self._at), start=1):
            if number <= done:
                reader.skip(row)
                continue
            result = self._locks.apply(reader.read(row))
            if len(chunk) == MOST_ROWS or (result.entry is not None and not room.take(result.entry)):
                yield chunk
                chunk, room = [], Room(reserved=RESERVED, all_locks=True)
                if result.entry is not None:
                    room.take(result.entry)
            chunk.append(result)
        if chunk:
            yield chunk

    # -- A chunk --------------------------------------------------------------------------------------------

    def _make_ready(self, chunks: Iterator[list[RowResult]], seen: Import) -> _Upcoming | None:
        """The next chunk, and its transaction as it will be if the import is as `seen` then.

        For work the author's month is read first, which must be after the chunk before it is written.
        """
        chunk = next(chunks, None)
        if chunk is None:
            return None
        return chunk, None if seen.is_work or self._meets_entries else self._prepare(chunk, seen=seen)

    def _prepare(self, chunk: list[RowResult], *, seen: Import | None = None, look: bool = False) -> Attempt:
        """A try to settle a chunk; with `look`, or once entries were met, without those that are there."""
        looks = look or (seen is None and self._meets_entries)
        taken = self._taken(chunk) if looks else set()
        if looks:
            self._meets_entries = bool(taken)
        taken |= self._in_archives(chunk)
        return prepare(seen or self._at, chunk, taken, profile=self._profile, organization=self._organization)

    def _settle(self, chunk: list[RowResult], attempt: Attempt) -> None:
        for number in range(1, ATTEMPTS + 1):
            try:
                self._at = attempt.commit()
                return
            except (ItemAlreadyExists, MonthClosed, MonthMoved):
                if number == ATTEMPTS:
                    raise
            except RightsLost:
                self._profile = ProfileRepository().get(self._at.user_id)
                self._look_around()
            if number > 1:
                pause(number)
            self._demand_still_there()
            self._locks.look()
            self._archived = Archived(self._at.user_id, besides=self._locks.owner)
            chunk = [self._locks.apply(result) for result in chunk]
            attempt = self._prepare(chunk, look=True)
        raise Conflict(f"the rights of {self._at.user_id} kept changing")

    def _taken(self, chunk: Sequence[RowResult]) -> set[EntryKey]:
        keys = [result.entry.key for result in chunk if result.entry is not None]
        return self._entries.existing(keys, archived=True)

    def _in_archives(self, chunk: Sequence[RowResult]) -> set[EntryKey]:
        """The keys of entries that another owner than the import's has archived."""
        archived = self._archived
        entries = (result.entry for result in chunk if result.entry is not None)
        return {entry.key for entry in entries if archived.holds(entry.key, entry.month)}

    def _demand_still_there(self) -> None:
        """Raise Moved unless the import is where this worker left it."""
        head = self._repository.find_head(self._at.id)
        if head is None or (head.state, head.done_rows) != (self._at.state, self._at.done_rows):
            raise moved(self._at)
