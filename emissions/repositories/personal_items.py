"""Whatever is filed under a person's own id, item by item: for whoever removes it, and proves it gone.

| access pattern | key condition | cost |
| --- | --- | --- |
| what is there of somebody in a table | the person's partition, keys only, consistent | 1 read a MB |
| remove it | BatchWriteItem | 1 write a KB |
| archived entries that DynamoDB has not removed yet | user_id = U, filtered by their time | what it reads |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carbontrack import clock
from carbontrack.dynamodb import Attr, ConditionBase, Item, Key, Table, batch_write, iter_query
from carbontrack.dynamodb.tables import CARBON_DATA, EMISSION_TOTALS, IMPORTS, RECURRING
from emissions.repositories.erasing_files import RECORD as ERASING_FILE

#: By table, the key of a person's partition.
_PARTITIONS = {
    CARBON_DATA.name: "{}",
    EMISSION_TOTALS.name: "user#{}",
    RECURRING.name: "{}",
    IMPORTS.name: "{}",
}
OF_A_PERSON: tuple[Table, ...] = (CARBON_DATA, EMISSION_TOTALS, RECURRING, IMPORTS)


def iter_keys(table: Table, user_id: str, *, begins: str = "") -> Iterator[dict[str, str]]:
    """The keys of a person's items in a table, as of this moment; of those whose sort key `begins` so."""
    partition = _PARTITIONS[table.name].format(user_id)
    condition: ConditionBase = Key(table.partition_key).eq(partition)
    if begins:
        condition &= Key(table.sort_key or "").begins_with(begins)
    names = table.key_attributes
    for item in iter_query(table, condition, consistent=True, projection=names):
        yield {name: item[name]["S"] for name in names}


def remove_rules(user_id: str) -> None:
    """Remove every recurring rule. Whoever writes a day of one at this moment finds it gone."""
    batch_write(RECURRING, deletes=iter_keys(RECURRING, user_id))


def remove_imports(user_id: str) -> None:
    """Remove every import with what belongs to it. A worker that is at one finds it gone, and stops."""
    batch_write(IMPORTS, deletes=iter_keys(IMPORTS, user_id, begins="import"))


def remove_filed(user_id: str) -> None:
    """Remove what else is filed in ImportsTable: files, jobs, archives, recalculations, whatever comes.

    Notes of archive files that have to go stay until those are gone.
    """
    keys = iter_keys(IMPORTS, user_id)
    batch_write(IMPORTS, deletes=(key for key in keys if not key["record"].startswith(ERASING_FILE)))


def remove_expired_entries(user_id: str) -> None:
    """Remove items of archived entries, which nobody sees any more and DynamoDB would remove some day."""
    seconds = int(clock.now().timestamp())
    items = iter_query(
        CARBON_DATA,
        Key("user_id").eq(user_id),
        filter=Attr("expires_at").lte(seconds),
        consistent=True,
        projection=CARBON_DATA.key_attributes,
    )
    batch_write(CARBON_DATA, deletes=[_key_of(item, CARBON_DATA.key_attributes) for item in items])


def _key_of(item: Item, names: Sequence[str]) -> dict[str, str]:
    return {name: item[name]["S"] for name in names}
