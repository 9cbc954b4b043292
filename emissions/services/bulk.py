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


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """As many entries as fit one transaction together with what they move and demand. None twice."""
    chunk: dict[object, Entry] = {}
    others: set[object] = set()
    for entry in entries:
        more = set(_other_writes(entry))
        if len(chunk) + 1 + len(others | more) > MAX_WRITES:
            yield list(chunk.values())
            chunk, others = {}, set()
        chunk[entry.key] = entry
        others |= more
    if chunk:
        yield list(chunk.values())


def _other_writes(entry: Entry) -> Iterator[object]:
    """What an entry writes to beside its own item, at most, and the locks it looks at."""
    for subject in entry_subjects(entry):
        yield subject, entry.month, entry.department_id if subject.is_organization else None
    for organization_id, months in months_to_lock([entry]).items():
        yield from ((organization_id, month) for month in months)
