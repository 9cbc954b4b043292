"""Many entries of one person at once: for imports and the demo. A transaction carries a hundred writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carbontrack.dynamodb import WriteTransaction
from carbontrack.dynamodb.errors import ItemAlreadyExists
from carbontrack.dynamodb.transactions import MAX_WRITES
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject, entry_subjects, totals_deltas
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository

#: How often a chunk is tried in which somebody else saved one of the entries at the same moment.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class BulkRecorded:
    """How many entries were stored now, and how many had been before."""

    created: int
    existing: int


def record_entries(
    user_id: str, entries: Iterable[Entry], *, progress: Callable[[int], None] = lambda done: None
) -> BulkRecorded:
    """Store those of a person's entries that are not there yet, with their totals, and count both kinds.

    An entry is there when its key is, so whoever gives repeated entries the same keys may run this again
    after any failure. Each transaction is all or nothing; `progress` hears how many entries it was about.
    """
    created = existing = 0
    for chunk in _chunks(entries):
        new = _record_chunk(EntryRepository(user_id), chunk)
        created += new
        existing += len(chunk) - new
        progress(len(chunk))
    return BulkRecorded(created, existing)


def _record_chunk(repository: EntryRepository, chunk: Sequence[Entry]) -> int:
    for attempt in range(1, _ATTEMPTS + 1):
        taken = repository.existing(entry.key for entry in chunk)
        missing = [entry for entry in chunk if entry.key not in taken]
        try:
            with WriteTransaction() as transaction:
                for entry in missing:
                    repository.add(entry, transaction=transaction)
                TotalsRepository().apply(
                    totals_deltas(added=missing), spread=repository.user_id, transaction=transaction
                )
            return len(missing)
        except ItemAlreadyExists:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """As many entries as fit one transaction together with the totals they move. None twice."""
    chunk: dict[object, Entry] = {}
    totals: set[tuple[Subject, str]] = set()
    for entry in entries:
        moved = {(subject, entry.month) for subject in entry_subjects(entry)}
        if len(chunk) + 1 + len(totals | moved) > MAX_WRITES:
            yield list(chunk.values())
            chunk, totals = {}, set()
        chunk[entry.key] = entry
        totals |= moved
    if chunk:
        yield list(chunk.values())
