"""Entries that the table no longer has although their totals count them: they are in archives.

The archive of an organization's month holds entries of many people. It is read once, whoever is asked for
first, and put in order on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from carbontrack.dynamodb import Item, encode_item
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged
from emissions.domain.archives import ArchivedMonth
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import sort_key
from emissions.repositories.entry_items import entry_from_item, entry_to_item
from emissions.warehouse.spooling import ItemSpool


class ArchivedEntries:
    """What archives hold now. Call it as often as you like: it remembers what it has read."""

    def __init__(self, spool: ItemSpool) -> None:
        self._spool = spool
        self._read: set[str] = set()

    def of_month(self, user_id: str, month: str, organizations: Iterable[str]) -> Iterator[Entry]:
        """The archived entries of a person's month: their own, and those for these organizations.

        Raises ArchiveUnavailable, and ArchiveDamaged unless the month was restored while it was read.
        """
        owners = [Subject.user(user_id), *(Subject.organization(each) for each in sorted(organizations))]
        for owner in owners:
            record = ArchiveRepository(owner).find(month)
            if record is not None and record.is_locked and record.path:
                try:
                    yield from self._of_archive(record, user_id)
                except ArchiveDamaged:
                    if ArchiveRepository(owner).find(month) == record:
                        raise

    def _of_archive(self, record: ArchivedMonth, user_id: str) -> Iterator[Entry]:
        name = f"{record.path}#{record.restored}-{record.marked}"
        if name not in self._read:
            self._spool.add(_items(record, name))
            self._read.add(name)
        return map(entry_from_item, self._spool.of(name, user_id))


def _items(record: ArchivedMonth, name: str) -> Iterator[tuple[str, str, Item]]:
    """Those rows of its file that are gone from the table: a month may be on the way there, or back."""
    away = islice(files.read(record.path, start=record.restored), record.marked - record.restored)
    return ((name, entry.user_id, encode_item(entry_to_item(entry, sort_key(entry.key)))) for entry in away)
