"""Archives in ImportsTable: the records of their months.

| access pattern | key condition | cost |
| --- | --- | --- |
| whether a month is archived, inside a transaction | ConditionCheck (owner, `archive#2024-03`) | 2 |
| the record of a month | GetItem (owner, `archive#2024-03`), consistent | 1 read |
| an owner's archived months, a page of them | owner, `archive#…` descending | 1 read for each 4 KB |
| how far a month is moved | UpdateItem of the record, in the transaction that moves the entries | 2 |

The owner is the id of a person or an organization. A record has a `state`; `locked` is there while nobody
may write to the month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Conflict,
    Item,
    Key,
    WriteTransaction,
    batch_write,
    delete_item,
    get_item,
    iter_query,
    iter_scan,
    query,
)
from carbontrack.dynamodb.tables import IMPORTS, ORGANIZATIONS, USERS
from emissions.archive.errors import MonthArchived
from emissions.domain.archives import (
    ArchivedMonth,
    ArchiveState,
)
from emissions.domain.totals import ENTRIES, Subject
from emissions.repositories.archive_items import (
    COUNTERS,
    RECORD,
    counters_of,
    key_of,
    month_of,
    record_from_item,
    record_key,
    record_to_item,
)
from organizations.repositories import organization_items


class ArchiveMoved(Conflict):
    """Another job, or whoever wants the month back, was faster. Nothing was changed: look again."""


@dataclass(frozen=True, slots=True)
class MonthInArchives:
    """What archives have of a person's month: their own (`record`), those of organizations, or both.

    `counters` are the sum over all of them.
    """

    month: str
    record: ArchivedMonth | None
    counters: Mapping[str, Decimal]


class ArchiveRepository:
    """The archive of one owner."""

    def __init__(self, owner: Subject) -> None:
        self.owner = owner
        self._partition = Key("user_id").eq(owner.owner_id)

    # -- Reading --------------------------------------------------------------------------------------------

    def find(self, month: str) -> ArchivedMonth | None:
        """The record of a month as of now; None where there is none."""
        item = get_item(IMPORTS, self._key(month), consistent=True)
        return None if item is None or "state" not in item else record_from_item(self.owner, item)

    def all(self) -> Iterator[ArchivedMonth]:
        """Every record, oldest first."""
        items = iter_query(IMPORTS, self._partition & Key("record").begins_with(RECORD), consistent=True)
        return (record_from_item(self.owner, item) for item in items if "state" in item)

    def newest(self, limit: int, *, before: str = "") -> list[ArchivedMonth]:
        """At most `limit` records, newest first, of months before `before`; in one request."""
        items = self._newest(before, limit=2 * limit if self.owner.is_user else limit)
        return [record_from_item(self.owner, item) for item in items if "state" in item][:limit]

    def months(self, first: str, last: str) -> dict[str, ArchivedMonth]:
        """The records of a stretch of months, both included."""
        between = Key("record").between(f"{RECORD}{first}", f"{RECORD}{last}~")
        items = iter_query(IMPORTS, self._partition & between, consistent=True)
        found = (record_from_item(self.owner, item) for item in items if "state" in item)
        return {record.month: record for record in found}

    def months_of_person(
        self, *, first: str = "0000-00", last: str = "9999-99", limit: int
    ) -> list[MonthInArchives]:
        """The newest `limit` months, both ends included, of which a person has something in an archive."""
        between = Key("record").between(f"{RECORD}{first}", f"{RECORD}{last}~")
        result = query(
            IMPORTS, self._partition & between, forward=False, limit=2 * limit + 1, consistent=True
        )
        records: dict[str, ArchivedMonth | None] = {}
        sums: dict[str, dict[str, Decimal]] = {}
        for item in result.items:
            month = month_of(item)
            sums.setdefault(month, {})
            if "state" in item:
                records[month] = record_from_item(self.owner, item)
                continue
            for name, value in counters_of(item).items():
                sums[month][name] = sums[month].get(name, Decimal(0)) + value
        found = [MonthInArchives(month, records.get(month), counters) for month, counters in sums.items()]
        return [each for each in found if _is_away(each)][:limit]

    # -- The way of a month ---------------------------------------------------------------------------------

    def begin(self, month: str, generation: str) -> ArchivedMonth:
        """Lock a month that is at hand. Raises ArchiveMoved where somebody has, or the organization ends."""
        record = ArchivedMonth(self.owner, month, ArchiveState.WRITING, generation, _now())
        moved = ArchiveMoved(f"{month} of {self.owner.key} is not at hand")
        with WriteTransaction() as transaction:
            transaction.put(
                IMPORTS,
                record_to_item(record),
                condition=Attr("state").not_exists()
                | (Attr("state").eq(ArchiveState.RESTORED.value) & Attr("path").not_exists()),
                error=moved,
            )
            if self.owner.is_organization:
                transaction.check(
                    ORGANIZATIONS,
                    organization_items.item_key(self.owner.owner_id),
                    condition=Attr("record").exists() & Attr("deleting_at").not_exists(),
                    error=moved,
                )
        return record

    def abandon(self, record: ArchivedMonth) -> None:
        """Forget a month of which no entry is archived. Raises ArchiveMoved unless it is as in `record`."""
        delete_item(IMPORTS, self._key(record.month), condition=_as_in(record), error=_moved(record))

    def change(
        self,
        record: ArchivedMonth,
        changed: ArchivedMonth,
        *,
        transaction: WriteTransaction,
    ) -> ArchivedMonth:
        """Queue `changed` in place of `record`. The transaction raises ArchiveMoved if that has moved on."""
        changed = replace(changed, changed_at=_now())
        stored = record_to_item(changed)
        wanted = {name: value for name, value in stored.items() if name not in IMPORTS.key_attributes}
        transaction.update(
            IMPORTS,
            self._key(record.month),
            set={name: value for name, value in wanted.items() if value is not None},
            remove=[name for name, value in wanted.items() if value is None],
            condition=_as_in(record),
            error=_moved(record),
        )
        return changed

    def remove(self, record: ArchivedMonth, *, transaction: WriteTransaction) -> None:
        """Queue the end of a record. The transaction raises ArchiveMoved unless it is as in `record`."""
        transaction.delete(IMPORTS, self._key(record.month), condition=_as_in(record), error=_moved(record))

    def remove_all(self) -> None:
        """Remove the records of months that are at hand, and what else is left of an archive."""
        if any(record.is_locked for record in self.all()):
            raise ArchiveMoved(f"the archive of {self.owner.key} is not empty")
        for begin in (RECORD, COUNTERS):
            items = iter_query(
                IMPORTS,
                self._partition & Key("record").begins_with(begin),
                consistent=True,
                projection=IMPORTS.key_attributes,
            )
            batch_write(IMPORTS, deletes=[key_of(item) for item in items])

    def _newest(self, before: str, *, limit: int) -> list[Item]:
        between = Key("record").between(RECORD, f"{RECORD}{before}" if before else f"{RECORD}~")
        result = query(IMPORTS, self._partition & between, forward=False, limit=limit, consistent=True)
        return [item for item in result.items if not before or month_of(item) < before]

    def _key(self, month: str) -> dict[str, str]:
        return record_key(self.owner, month)


def demand_at_hand(months: Iterable[tuple[Subject, str]], *, transaction: WriteTransaction) -> None:
    """Let the transaction fail with MonthArchived if one of the owners' months is archived when it runs."""
    for owner, month in sorted(months, key=lambda each: (each[0].key, each[1])):
        transaction.check(
            IMPORTS,
            record_key(owner, month),
            condition=Attr("locked").not_exists(),
            error=MonthArchived(owner, month),
        )


# -- Whose --------------------------------------------------------------------------------------------------


def iter_owners(*, keepers: bool = False) -> Iterator[Subject]:
    """Everybody who may have an archive; only those who do not keep entries for ever. Scans two tables."""
    for item in iter_scan(USERS, projection=["user_id", "preferences"]):
        if not keepers or "keep_months" in item.get("preferences", {"M": {}})["M"]:
            yield Subject.user(item["user_id"]["S"])
    for item in iter_scan(ORGANIZATIONS, projection=["organization_id", "record", "keep_months"]):
        is_organization = item["record"]["S"] == organization_items.ORGANIZATION
        if is_organization and (not keepers or "keep_months" in item):
            yield Subject.organization(item["organization_id"]["S"])


def _as_in(record: ArchivedMonth) -> ConditionBase:
    return (
        Attr("generation").eq(record.generation)
        & Attr("state").eq(record.state.value)
        & Attr("marked").eq(record.marked)
        & Attr("restored").eq(record.restored)
    )


def _moved(record: ArchivedMonth) -> ArchiveMoved:
    return ArchiveMoved(f"{record.month} of {record.owner.key} is no longer {record.state}")


def _is_away(found: MonthInArchives) -> bool:
    is_locked = found.record is not None and found.record.is_locked
    return is_locked or found.counters.get(ENTRIES, Decimal(0)) > 0


def _now() -> datetime:
    return clock.now().replace(microsecond=0)
