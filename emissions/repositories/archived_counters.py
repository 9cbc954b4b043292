"""What totals go on counting although it is in a file: counters in ImportsTable, moved with the entries.

| access pattern | key condition | cost |
| --- | --- | --- |
| what a person's month has in archives | U, `archive#2024-03#<region>` | 1 read |
| a month of an organization or department | O, `archived#<part>#2024-03#…` | an item for each author |
| entries that come or go | ADD, in the transaction that moves the entries | 2 writes each |
| an author is erased | DeleteItem if as read, in the transaction of the file | 2 writes each |

They are those of the totals, flat numbers, so what is at hand and what is archived together are what the
totals must be. Each Region has items of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from carbontrack.dynamodb import Attr, Conflict, Item, Key, WriteTransaction, delete_item, iter_query
from carbontrack.dynamodb.tables import IMPORTS
from emissions.domain.archives import ArchivedCounters
from emissions.domain.totals import ENTRIES, Counters, Subject
from emissions.repositories.archive_items import (
    counters_key,
    counters_of,
    counters_prefix,
    key_of,
    month_of,
    partition_of,
)
from emissions.repositories.totals import add_counters


def count_archived(archived: Iterable[ArchivedCounters], *, transaction: WriteTransaction) -> None:
    """Queue additions to what is archived. Only next to a conditional change of the entries they count."""
    for each in archived:
        transaction.update(IMPORTS, counters_key(each.subject, each.month, each.author), add=each.counters)


def iter_archived(subject: Subject, month: str = "") -> Iterator[ArchivedCounters]:
    """What is archived of a subject's month (of all its months), consistently; all Regions together.

    Where another Region restored what one archived, only their sum tells that nothing is left.
    """

    def whose(item: Item) -> tuple[str, str]:
        return month_of(item), "" if subject.is_user else item["record"]["S"].split("#")[3]

    partition = Key("user_id").eq(partition_of(subject))
    records = Key("record").begins_with(counters_prefix(subject, month))
    items = iter_query(IMPORTS, partition & records, consistent=True)
    # The record of a person's month stands among their counters.
    for (found, author), of_regions in groupby((item for item in items if "state" not in item), key=whose):
        sums: dict[str, Decimal] = {}
        for item in of_regions:
            add_counters(sums, counters_of(item))
        yield ArchivedCounters(subject, found, author, sums)


@dataclass(frozen=True, slots=True)
class StoredArchived:
    """What is archived of a subject's month by one author, item by item: one for each Region."""

    items: tuple[Item, ...]

    @property
    def counters(self) -> Counters:
        """All Regions together."""
        sums: dict[str, Decimal] = {}
        for item in self.items:
            add_counters(sums, counters_of(item))
        return sums

    @property
    def entries(self) -> int:
        return int(self.counters.get(ENTRIES, 0))


def stored_archived(subject: Subject, month: str, author: str = "") -> StoredArchived:
    """The items of a month as they are now; of an organization or department those of one `author`."""
    begins = counters_prefix(subject, month)
    records = Key("record").begins_with(begins if subject.is_user else f"{begins}#{author}#")
    items = iter_query(IMPORTS, Key("user_id").eq(partition_of(subject)) & records, consistent=True)
    return StoredArchived(tuple(item for item in items if "state" not in item))


def forget_archived(stored: StoredArchived, *, transaction: WriteTransaction) -> None:
    """Queue the end of all these items. The transaction raises Conflict if one has changed."""
    for item in stored.items:
        counters = counters_of(item)
        is_same = Attr(ENTRIES).eq(counters[ENTRIES]) if ENTRIES in counters else Attr(ENTRIES).not_exists()
        transaction.delete(
            IMPORTS, key_of(item), condition=is_same, error=Conflict("what is archived has changed")
        )


def forget_restored(subject: Subject, month: str, author: str) -> None:
    """Remove counters that are back at zero; while others are not, or somebody counts there, they stay."""
    with suppress(Conflict):
        delete_item(IMPORTS, counters_key(subject, month, author), condition=Attr(ENTRIES).eq(0))
