"""DynamoDB's own export to S3 as a warehouse: for a first fill, or where reading the tables is too much.

The export is one moment of CarbonDataTable. It does not know how often anybody's month was changed, so the
warehouse made of it is replaced as a whole by the next export that is converted; dimensions are as they are
in the tables now.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from carbontrack.dynamodb import Item
from carbontrack.storage import Storage
from emissions.repositories.entry_items import entry_from_item
from emissions.warehouse.buckets import bucket_count, bucket_of
from emissions.warehouse.columns import ENTRIES, EntryRows, FactorsSeen
from emissions.warehouse.dimensions import write_dimensions
from emissions.warehouse.errors import SourceRefused
from emissions.warehouse.exporting import Exported, Progress, entries_stem, usable
from emissions.warehouse.files import ParquetFile
from emissions.warehouse.manifest import Bucket, DataFile, Manifest, Warehouse
from emissions.warehouse.pseudonyms import Pseudonyms
from emissions.warehouse.spooling import ItemSpool, spool_database
from emissions.warehouse.table_exports import TableExport

CHUNK = 10_000


def convert_export(
    source: Storage,
    target: Storage,
    pseudonyms: Pseudonyms,
    *,
    export_id: str | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Exported:
    """Make the warehouse at `target` what an export of CarbonDataTable holds. Once is enough for each.

    `export_id` chooses among several at `source`. Raises WarehouseError; then nothing has changed.
    """
    warehouse = Warehouse(target)
    export = TableExport(source, export_id)
    about = {"kind": "dynamodb-export", **export.about}
    last = usable(warehouse.last, pseudonyms, about)
    if last is not None:
        warehouse.clean_up()
        return Exported(last, kept_files=len(last.entry_files), changed=False)
    factors = FactorsSeen()
    with spool_database() as database:
        spool = ItemSpool(database)
        spool.add(_by_month(export, pseudonyms))
        months = _write(warehouse, spool, EntryRows(pseudonyms, factors), progress)
    dimensions = write_dimensions(warehouse, last=None, pseudonyms=pseudonyms, factors=factors)
    made = Manifest(pseudonyms.fingerprint, about, months=months, dimensions=dimensions)
    return Exported(warehouse.publish(made), written_files=len(made.entry_files))


def _by_month(export: TableExport, pseudonyms: Pseudonyms) -> Iterator[tuple[str, str, Item]]:
    for item in export.items():
        try:
            entry = entry_from_item(item)
        except (KeyError, ValueError) as error:
            raise SourceRefused(
                f"{export.name} holds something that is not an entry. Is it an export of CarbonDataTable?"
            ) from error
        yield entry.month, pseudonyms.person(entry.user_id), item


def _write(
    warehouse: Warehouse, spool: ItemSpool, rows: EntryRows, progress: Progress
) -> dict[str, tuple[Bucket, ...]]:
    sizes = spool.sizes()
    months: dict[str, tuple[Bucket, ...]] = {}
    for month, items in groupby(spool.all(), key=lambda each: each[0]):
        progress(month, len(months), len(sizes))
        count = bucket_count(sizes[month])
        buckets = [Bucket("", None)] * count
        people = ((bucket_of(person, count), person, item) for _, person, item in items)
        for number, group in groupby(people, key=lambda each: each[0]):
            path = warehouse.new_path(entries_stem(month, number))
            buckets[number] = Bucket("", _write_bucket(warehouse.storage, path, group, rows))
        months[month] = tuple(buckets)
    return months


def _write_bucket(
    storage: Storage, path: str, items: Iterator[tuple[int, str, Item]], rows: EntryRows
) -> DataFile | None:
    with ParquetFile(storage, path, ENTRIES) as file:
        for _, person, item in items:
            rows.add(entry_from_item(item), person)
            if len(rows) >= CHUNK:
                file.write(rows.take())
        file.write(rows.take())
    return file.done
