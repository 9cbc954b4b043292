"""The entries of a person go: those at hand, those in archives, and the totals that counted them.

Each chunk is one transaction: the entries are removed as they were read, their author's totals and those of
organizations lose them, and the organizations gain the same in items of their own. So whoever reads an
organization's totals sees the same sums before, after, and at any moment between. Neither a closed month nor
an organization's administrators can stop it, because nothing that they see changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.dynamodb.transactions import MAX_WRITES
from emissions.archive.errors import MonthArchived
from emissions.domain.entries import Entry
from emissions.repositories.archives import demand_at_hand
from emissions.repositories.entries import EntryRepository
from emissions.repositories.erased_totals import remove_own
from emissions.repositories.personal_items import remove_expired_entries
from emissions.services.archiving.moving import months_to_ask
from emissions.services.erasing.archives import (
    drop_month,
    is_counted_in_archives,
    remove_files,
    remove_own_files,
    take_from_archives,
)
from emissions.services.erasing.counting import places_of, queue_keeping, writes_of

#: How often in a row a chunk is tried that somebody else changes, and all of it while entries keep coming.
ATTEMPTS = 12

Alive = Callable[[], None]


def erase_entries(user_id: str, alive: Alive = lambda: None) -> None:
    """Remove every entry of a person. Safe to run again, and to be killed at any point.

    Organizations go on counting what was logged for them. `alive` is called now and then. Raises Conflict if
    somebody kept writing, ArchiveUnavailable, and ArchiveDamaged for a file that has to be looked after.
    """
    remove_files(user_id)
    for _ in range(ATTEMPTS):
        take_from_archives(user_id, alive)
        if not _remove_at_hand(user_id, alive) and not is_counted_in_archives(user_id):
            break
    else:
        raise Conflict(f"the entries of {user_id} kept coming")
    remove_own_files(user_id)
    remove_expired_entries(user_id)
    remove_own(user_id)


def _remove_at_hand(user_id: str, alive: Alive) -> int:
    """Remove the entries in the table, and return how many there were."""
    removed, failed = 0, 0
    while True:
        try:
            for chunk in _chunks(EntryRepository(user_id).iter_stored()):
                _remove(user_id, chunk)
                removed, failed = removed + len(chunk), 0
                alive()
            return removed
        except MonthArchived as archived:  # an archive took it, or is about to, since it was looked at
            drop_month(user_id, archived.owner, archived.month, alive)
            failed += 1
        except Conflict:
            failed += 1
        if failed >= ATTEMPTS:
            raise Conflict(f"the entries of {user_id} kept changing")
        pause(failed)


def _remove(user_id: str, chunk: list[Entry]) -> None:
    repository = EntryRepository(user_id)
    with WriteTransaction() as transaction:
        demand_at_hand(months_to_ask(chunk), transaction=transaction)
        for entry in chunk:
            repository.remove(entry, transaction=transaction)
        queue_keeping(user_id, chunk[0].month, chunk, transaction=transaction)


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries of one month, as many as fit a transaction with the totals they move."""
    for _month, of_month in groupby(entries, key=lambda entry: entry.month):
        chunk: list[Entry] = []
        for entry in of_month:
            if chunk and len(chunk) + 1 + writes_of(places_of([*chunk, entry])) > MAX_WRITES:
                yield chunk
                chunk = []
            chunk.append(entry)
        yield chunk
