"""Many entries of one person at once: for imports and the demo. A transaction carries a hundred writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carbontrack.dynamodb.backoff import pause
from carbontrack.dynamodb.errors import ItemAlreadyExists
from carbontrack.dynamodb.transactions import MAX_WRITES, new_token
from emissions.domain.entries import Entry
from emissions.domain.totals import entry_subjects
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving.moving import months_to_ask
from emissions.services.writing import MonthMoved, mark_of, months_to_lock, read_own_months, write_once
from organizations.domain import Organization

#: How often a chunk is tried in which somebody else saved one of the entries at the same moment, or whose
#: author logged something beside it.
_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class BulkRecorded:
    """How many entries were stored now, and how many had been before."""

    created: int
    existing: int


def record_entries(
    user_id: str,
    entries: Iterable[Entry],
    *,
    organization: Organization | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> BulkRecorded:
    """Store those of a person's entries that are not there yet, with their totals, and count both kinds.

    An entry is there when its key is, so whoever gives repeated entries the same keys may run this again
    after any failure. Each transaction is all or nothing; `progress` hears how many entries it was about.
    For work entries, `organization` tells how far its totals spread; whether its departments are open is for
    the caller to know. Raises MonthClosed where one of them is in a closed month.
    """
    created = existing = 0
    for chunk in _chunks(entries):
        new = _record_chunk(user_id, chunk, organization)
        created += new
        existing += len(chunk) - new
        progress(len(chunk))
    return BulkRecorded(created, existing)


def _record_chunk(user_id: str, chunk: Sequence[Entry], organization: Organization | None) -> int:
    repository = EntryRepository(user_id)
    for attempt in range(1, _ATTEMPTS + 1):
        # The months first: who saves one of the entries after that has moved them.
        own = read_own_months(user_id, added=chunk)
        taken = repository.existing(entry.key for entry in chunk)
        missing = [entry for entry in chunk if entry.key not in taken]
        token = new_token()
        try:
            write_once(
                user_id,
                added=missing,
                removed=(),
                own=own,
                mark=mark_of(token),
                token=token,
                organization=organization,
            )
            return len(missing)
        except (ItemAlreadyExists, MonthMoved):
            if attempt == _ATTEMPTS:
                raise
        pause(attempt)
    raise AssertionError("unreachable")


class Room:
    """How many more entries fit one transaction, together with what they move and demand."""

    def __init__(self, *, reserved: int = 0, all_locks: bool = False) -> None:
        """`reserved` writes are kept for what else goes into the transaction.

        With `all_locks` the locks of months that are too young to have any are counted as well: the same
        entries then fit a transaction that removes them, however much later.
        """
        self._most = MAX_WRITES - reserved
        self._all_locks = all_locks
        self._entries = 0
        self._places: set[tuple[str, str | None, str | None]] = set()
        self._others: set[object] = set()

    def take(self, entry: Entry) -> bool:
        """Count an entry if it fits; returns whether it did."""
        place = (entry.month, entry.organization_id, entry.department_id)
        others = self._others
        if place not in self._places:
            others = others | set(_other_writes(entry)) | set(self._locks(entry))
        if self._entries + 1 + len(others) > self._most:
            return False
        self._entries += 1
        self._places.add(place)
        self._others = others
        return True

    def _locks(self, entry: Entry) -> Iterator[object]:
        if self._all_locks or months_to_ask([entry]):
            yield "archived", entry.organization_id, entry.month
        if entry.organization_id is not None and (self._all_locks or months_to_lock([entry])):
            yield "closed", entry.organization_id, entry.month


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """As many entries as fit one transaction together with what they move and demand. None twice."""
    chunk: dict[object, Entry] = {}
    room = Room()
    for entry in entries:
        if entry.key not in chunk and not room.take(entry):
            yield list(chunk.values())
            chunk, room = {}, Room()
            room.take(entry)
        chunk[entry.key] = entry
    if chunk:
        yield list(chunk.values())


def _other_writes(entry: Entry) -> Iterator[object]:
    """What an entry writes to beside its own item, at most."""
    for subject in entry_subjects(entry):
        yield subject, entry.month, entry.department_id if subject.is_organization else None
