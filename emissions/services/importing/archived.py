"""Entries of an import's author that are in an archive, although nothing at hand tells of them.

An entry keeps its key when its author makes it work, or personal again. Another owner than the import's may
have archived it then, and once DynamoDB has removed its item, the place of its row looks free.
"""

from __future__ import annotations

from collections import defaultdict

from carbontrack import clock
from emissions.archive import files
from emissions.domain.archives import may_be_archived
from emissions.domain.entries import EntryKey
from emissions.domain.totals import Subject
from emissions.repositories.archived_counters import iter_archived
from emissions.repositories.archives import ArchiveRepository


class Archived:
    """What archives have of one person, as when first asked. One request where they have nothing; for young
    months none.
    """

    def __init__(self, user_id: str, *, besides: Subject | None = None) -> None:
        """Archives of the owner `besides` are left out: months of theirs are locked as a whole."""
        self._user_id = user_id
        self._besides = besides
        self._owners: dict[str, set[Subject]] | None = None
        self._keys: dict[str, set[EntryKey]] = {}

    def holds(self, key: EntryKey, month: str) -> bool:
        """Whether an archive has the entry of this month. Raises ArchiveUnavailable and ArchiveDamaged."""
        keys = self._keys.get(month)
        if keys is None:
            keys = self._keys[month] = self._keys_of(month)
        return bool(keys) and key in keys

    def _keys_of(self, month: str) -> set[EntryKey]:
        if not may_be_archived(month, clock.now()):
            return set()
        keys: set[EntryKey] = set()
        for owner in self._owners_of(month):
            record = ArchiveRepository(owner).find(month)
            if record is not None and record.is_locked and record.path:
                keys.update(files.read_keys(record.path, self._user_id))
        return keys

    def _owners_of(self, month: str) -> set[Subject]:
        """Whose archives have something of the person's month."""
        if self._owners is None:
            self._owners = defaultdict(set)
            for archived in iter_archived(Subject.user(self._user_id)):
                owners = {each for each in archived.subjects if each.is_user or each.is_organization}
                self._owners[archived.month] |= owners - {self._besides}
        return self._owners.get(month, set())
