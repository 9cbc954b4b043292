"""The export of the tables: reads what changed since the last one, and keeps the rest.

A month of a person has a counter of its changes in their totals. A digest of these counters, for each bucket
of people and month, is in the manifest: where it differs, the rows themselves tell whose months are stale.
Only their entries are read; the rows of the others move over from the bucket's last file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from carbontrack.storage import Storage
from emissions.warehouse.archived import ArchivedEntries
from emissions.warehouse.buckets import bucket_count, bucket_of
from emissions.warehouse.columns import ENTRIES, EntryRows, FactorsSeen
from emissions.warehouse.dimensions import write_dimensions
from emissions.warehouse.files import ParquetFile, month_changes, rows_of
from emissions.warehouse.manifest import Bucket, Manifest, Warehouse
from emissions.warehouse.pseudonyms import Pseudonyms
from emissions.warehouse.reading import read_month
from emissions.warehouse.scanning import scan_months
from emissions.warehouse.spooling import ItemSpool, MonthSpool, PersonMonth, spool_database

TABLES = {"kind": "tables"}
NOTHING: Mapping[str, tuple[Bucket, ...]] = {}

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Exported:
    """What an export did. `differing` names months, `user#… 2024-03`, that are not what totals count."""

    manifest: Manifest
    written_files: int = 0
    kept_files: int = 0
    read_months: int = 0
    changed: bool = True
    differing: list[str] = field(default_factory=list)


def export_tables(
    storage: Storage,
    pseudonyms: Pseudonyms,
    *,
    everything: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Exported:
    """Bring the warehouse up to date. With `everything`, read all entries whatever the totals say.

    Raises WarehouseError; then, as after any crash, readers go on finding the last state.
    """
    warehouse = Warehouse(storage)
    last = usable(warehouse.last, pseudonyms, TABLES)
    with spool_database() as database:
        archived = ArchivedEntries(ItemSpool(database))
        export = _Export(warehouse, None if everything else last, pseudonyms, archived)
        spool = MonthSpool(database)
        spool.add(scan_months(pseudonyms))
        sizes = spool.sizes()
        for done, (month, entries) in enumerate(sizes.items()):
            progress(month, done, len(sizes))
            export.month(month, bucket_count(entries, export.buckets_of(month)), spool.people(month))
    made = Manifest(
        key=pseudonyms.fingerprint,
        source=TABLES,
        months=export.months,
        dimensions=write_dimensions(warehouse, last=last, pseudonyms=pseudonyms, factors=export.factors),
    )
    exported = export.result
    exported.changed = last is None or not made.says_the_same(last)
    if exported.changed:
        exported.manifest = warehouse.publish(made)
    else:
        warehouse.clean_up()
    return exported


def usable(last: Manifest | None, pseudonyms: Pseudonyms, source: Mapping[str, str]) -> Manifest | None:
    """The last manifest, if an export of this source with this key can go on from it."""
    if last is None or last.key != pseudonyms.fingerprint or dict(last.source) != dict(source):
        return None
    return last


class _Export:
    """One export under way, month by month and bucket by bucket."""

    def __init__(
        self, warehouse: Warehouse, last: Manifest | None, pseudonyms: Pseudonyms, archived: ArchivedEntries
    ) -> None:
        self.warehouse = warehouse
        self.factors = FactorsSeen()
        self.months: dict[str, tuple[Bucket, ...]] = {}
        self.result = Exported(warehouse.last or Manifest(pseudonyms.fingerprint, TABLES))
        self._last = last.months if last is not None else NOTHING
        self._rows = EntryRows(pseudonyms, self.factors)
        self._archived = archived

    def buckets_of(self, month: str) -> int | None:
        return len(self._last[month]) if month in self._last else None

    def month(self, month: str, count: int, people: Iterator[PersonMonth]) -> None:
        """Export a month into `count` buckets; `people` come sorted by pseudonym."""
        former = self._last.get(month, ())
        buckets = list(former) if len(former) == count else [Bucket("", None)] * count
        met = set()
        for number, group in groupby(people, key=lambda each: bucket_of(each.person, count)):
            met.add(number)
            buckets[number] = self._bucket(month, number, list(group), buckets[number])
        for number in set(range(count)) - met:
            buckets[number] = Bucket("", None)
        self.months[month] = tuple(buckets)

    def _bucket(self, month: str, number: int, people: list[PersonMonth], former: Bucket) -> Bucket:
        seen = _digest(people)
        if former.seen == seen:
            self.result.kept_files += former.file is not None
            return former
        storage = self.warehouse.storage
        known = month_changes(storage, former.file.path) if former.file else {}
        fresh = {each.person for each in people if known.get(each.person) == each.changes}
        stale = [
            each for each in people if each.person not in fresh and (each.entries or each.person in known)
        ]
        if fresh == known.keys() and not stale:
            self.result.kept_files += former.file is not None
            return Bucket(seen, former.file)
        whole = len(self.result.differing)
        with ParquetFile(storage, self._path(month, number), ENTRIES) as file:
            if former.file is not None:
                for batch in rows_of(storage, former.file.path, fresh):
                    file.write(batch)
            self._read(stale, file)
        self.result.written_files += file.done is not None
        return Bucket(seen if len(self.result.differing) == whole else "", file.done)

    def _read(self, stale: Iterable[PersonMonth], file: ParquetFile) -> None:
        for each in stale:
            found = read_month(each, self._rows, self._archived)
            self.result.read_months += 1
            if found.changes is None:
                self.result.differing.append(f"user#{each.user_id} {each.month}")
            for batch in found.batches:
                file.write(batch)

    def _path(self, month: str, number: int) -> str:
        return self.warehouse.new_path(entries_stem(month, number))


def entries_stem(month: str, number: int) -> str:
    """Where a bucket's file is, but for the name of its run and its ending."""
    year, month_number = month.split("-")
    return f"entries/year={year}/month={month_number}/part-{number:04d}"


def _digest(people: Iterable[PersonMonth]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for each in people:
        digest.update(f"{each.person} {each.changes}\n".encode())
    return digest.hexdigest()
