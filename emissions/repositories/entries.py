"""Entries in CarbonDataTable: the only file that spells their keys.

| access pattern | key condition | index |
| --- | --- | --- |
| one entry | user_id = U and timestamp = MOMENT#ULID | |
| newest entries, page by page | user_id = U, descending | |
| entries of a period | user_id = U and timestamp between, ± 14 hours; filtered by local_date | |
| entries of a type or category | user_id = U; filtered | |
| all entries of an organization | organization_id = O | OrganizationIndex |
| a month of an organization | organization_id = O and timestamp between; filtered | OrganizationIndex |

`timestamp` is `2024-03-15T10:30:00Z#<ULID>`: the moment of the activity, then an id of its own, because two
activities may share a second. It sorts as text, so a range of days is a range of keys.

An archived entry has a time to expire, and DynamoDB removes its item some hours or days later. No reader here
sees it after that time: all go through `_live`, pages and the index through the same question to the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from carbontrack import clock
from carbontrack.clock import stamp
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Item,
    Key,
    Page,
    WriteTransaction,
    batch_get,
    get_item,
    iter_query,
    query,
    query_page,
)
from carbontrack.dynamodb.errors import Conflict, ItemAlreadyExists, ItemNotFound
from carbontrack.dynamodb.tables import CARBON_DATA
from emissions.days import EARLIEST_DAY, utc_range
from emissions.domain.entries import ActivityType, Entry, EntryKey, WorkEntry
from emissions.filters import EntryFilters, Period
from emissions.repositories.entry_conditions import filter_condition, local_days
from emissions.repositories.entry_items import entry_from_item, entry_to_item, work_entry_from_item

PAGE_SIZE = 25
ORGANIZATION_INDEX = "OrganizationIndex"
_SLUG = re.compile(r"(\d{8}T\d{6}Z)-([0-9A-HJKMNP-TV-Z]{26})", re.ASCII)
_LAST_DAY = date(9999, 1, 1)


def moment_key(moment: datetime) -> str:
    """How a moment sorts. Before every entry of its second, since theirs go on with `#` and an id."""
    return stamp(moment)


def sort_key(key: EntryKey) -> str:
    return f"{moment_key(key.occurred_at)}#{key.entry_id}"


def item_key(user_id: str, key: EntryKey) -> dict[str, str]:
    return {"user_id": user_id, "timestamp": sort_key(key)}


def parse_slug(slug: str) -> EntryKey:
    """The key that `Entry.slug` stands for. Raises ItemNotFound: what is no key names no entry."""
    match = _SLUG.fullmatch(slug)
    if match is None:
        raise ItemNotFound(slug)
    try:
        moment = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ItemNotFound(slug) from error
    return EntryKey(moment, match[2])


class EntryRepository:
    """The entries of one person."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self._partition = Key("user_id").eq(user_id)

    def get(self, key: EntryKey) -> Entry:
        """The entry, read consistently. Raises ItemNotFound, also for the key of somebody else's entry."""
        entry = self.find(key)
        if entry is None:
            raise ItemNotFound(key.slug)
        return entry

    def find(self, key: EntryKey) -> Entry | None:
        item = get_item(CARBON_DATA, item_key(self.user_id, key), consistent=True)
        return next(_live([item]), None) if item is not None else None

    def existing(self, keys: Iterable[EntryKey], *, archived: bool = False) -> set[EntryKey]:
        """Those of the keys that an entry at hand has; or, with `archived`, an item that will go as well."""
        items = batch_get(CARBON_DATA, [item_key(self.user_id, key) for key in keys], consistent=True)
        return {entry.key for entry in (map(entry_from_item, items) if archived else _live(items))}

    def page(self, filters: EntryFilters | None = None, cursor: str | None = None) -> Page[Entry]:
        """One page, newest first. The cursor fits only these filters of this person.

        As of this moment, although that costs twice: people come here to see what they have just saved.
        """
        filters = filters or EntryFilters()
        now = clock.now()
        return query_page(
            CARBON_DATA,
            self._between(filters.period) if filters.period else self._partition,
            scope=(
                "entries",
                self.user_id,
                filters.activity_type or "",
                filters.category or "",
                str(filters.period or ""),
                "" if filters.work is None else str(filters.work),
            ),
            page_size=PAGE_SIZE,
            decode=entry_from_item,
            keep=lambda entry: not entry.has_expired(now),
            filter=filter_condition(filters),
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def recent(self, limit: int, *, consistent: bool = True) -> list[Entry]:
        """The newest entries, in one request; at half the price where they may lag a moment behind."""
        result = query(CARBON_DATA, self._partition, forward=False, limit=limit, consistent=consistent)
        return list(_live(result.items))

    def newest(self, period: Period, limit: int, *, consistent: bool = True) -> tuple[list[Entry], bool]:
        """The newest entries of these local days, in one request of at most `limit`; whether that is all."""
        key = self._between(period)
        result = query(CARBON_DATA, key, forward=False, limit=limit, consistent=consistent)
        entries = [entry for entry in _live(result.items) if entry.local_date in period]
        return entries, result.last_key is None

    def between(self, first_on: date, last_on: date) -> Iterator[Entry]:
        """Entries of these local days, both included, oldest first."""
        return self._iter(Period(first_on, last_on))

    def of_activity_type(self, activity_type: ActivityType) -> Iterator[Entry]:
        """Every entry of one kind, oldest first. Reads the whole history: for exports, not for pages."""
        items = iter_query(CARBON_DATA, self._partition, filter=Attr("activity_type").eq(activity_type))
        return _live(items)

    def iter_month(self, month: str) -> Iterator[Entry]:
        """Entries of a local month `2024-03`, oldest first."""
        return self._iter(Period.parse(month))

    def iter_moments(self, start: datetime, end: datetime) -> Iterator[Entry]:
        """Entries whose activity was between two moments, both included, oldest first."""
        moments = Key("timestamp").between(moment_key(start), moment_key(end) + "~")
        return _live(iter_query(CARBON_DATA, self._partition & moments, consistent=True))

    def iter_stored(self, period: Period | None = None) -> Iterator[Entry]:
        """All entries at hand, or those of some local days, as of this moment, oldest first."""
        if period is not None:
            return self._iter(period)
        return _live(iter_query(CARBON_DATA, self._partition, consistent=True))

    def add(self, entry: Entry, *, transaction: WriteTransaction) -> None:
        """Queue a new entry. The transaction raises ItemAlreadyExists where its key is taken."""
        transaction.put(
            CARBON_DATA,
            entry_to_item(self._own(entry), sort_key(entry.key)),
            condition=Attr("user_id").not_exists(),
            error=ItemAlreadyExists(entry.slug),
        )

    def replace(self, entry: Entry, *, previous: Entry, transaction: WriteTransaction) -> None:
        """Queue an entry in place of `previous`. The transaction raises Conflict if that has changed.

        Another moment is another sort key: then the old item goes as the new one comes.
        """
        if entry.key != previous.key:
            self.remove(previous, transaction=transaction)
            self.add(entry, transaction=transaction)
            return
        transaction.put(
            CARBON_DATA,
            entry_to_item(self._own(entry), sort_key(entry.key)),
            condition=_is_still(previous),
            error=_changed(previous),
        )

    def remove(self, entry: Entry, *, transaction: WriteTransaction) -> None:
        """Queue the end of an entry. The transaction raises Conflict if it has changed or is gone."""
        transaction.delete(
            CARBON_DATA,
            item_key(self.user_id, self._own(entry).key),
            condition=_is_still(entry),
            error=_changed(entry),
        )

    def expire(self, entry: Entry, at: datetime, *, error: Exception, transaction: WriteTransaction) -> None:
        """Queue that an archived entry goes. The transaction raises `error` if it has changed or is gone.

        It is one version on, so that nobody saves over it what they read before.
        """
        transaction.update(
            CARBON_DATA,
            item_key(self.user_id, self._own(entry).key),
            set={"expires_at": int(at.timestamp()), "version": entry.version + 1},
            condition=Attr("version").eq(entry.version) & Attr("expires_at").not_exists(),
            error=error,
        )

    def bring_back(self, entry: Entry, *, error: Exception, transaction: WriteTransaction) -> None:
        """Queue the return of an entry that `expire` let go, whether or not its item is still there.

        The transaction raises `error` if anything else has its key.
        """
        restored = replace(self._own(entry), expires_at=None, version=entry.version + 2)
        is_ours = Attr("expires_at").exists() & Attr("version").eq(entry.version + 1)
        transaction.put(
            CARBON_DATA,
            entry_to_item(restored, sort_key(entry.key)),
            condition=Attr("user_id").not_exists() | is_ours,
            error=error,
        )

    def _own(self, entry: Entry) -> Entry:
        if entry.user_id != self.user_id:
            raise ValueError("an entry of somebody else")
        return entry

    def _iter(self, period: Period) -> Iterator[Entry]:
        items = iter_query(CARBON_DATA, self._between(period), filter=local_days(period), consistent=True)
        return _live(items)

    def _between(self, period: Period) -> Any:
        return self._partition & _timestamps(period)


class OrganizationEntryRepository:
    """The work entries of one organization, through the index, which lags a moment behind.

    Personal entries carry no `organization_id`, so the index does not have them.
    """

    def __init__(self, organization_id: str) -> None:
        self.organization_id = organization_id
        self._partition = Key("organization_id").eq(organization_id)

    def all(self) -> Iterator[WorkEntry]:
        """Every work entry, oldest first."""
        return self._iter(self._partition, None)

    def month(self, month: str) -> Iterator[WorkEntry]:
        """Work entries of a local month `2024-03`, oldest first."""
        period = Period.parse(month)
        return self._iter(self._partition & _timestamps(period), local_days(period))

    def _iter(self, key: Any, condition: Any) -> Iterator[WorkEntry]:
        now = clock.now()
        items = iter_query(CARBON_DATA, key, index=ORGANIZATION_INDEX, filter=condition)
        return (entry for entry in map(work_entry_from_item, items) if not entry.has_expired(now))


def find_entries(keys: Iterable[tuple[str, EntryKey]]) -> list[Entry]:
    """Entries of several people by user id and key, as of this moment; those that are gone are left out."""
    wanted = [item_key(user_id, key) for user_id, key in keys]
    return list(_live(batch_get(CARBON_DATA, wanted, consistent=True)))


def _timestamps(period: Period) -> Any:
    """Sort keys that hold all entries of these local days, and of some hours around."""
    first_on = min(max(period.first_on or EARLIEST_DAY, EARLIEST_DAY), _LAST_DAY)
    last_on = max(min(period.last_on or _LAST_DAY, _LAST_DAY), first_on)
    start, end = utc_range(first_on, last_on)
    return Key("timestamp").between(moment_key(start), moment_key(end) + "~")


def _live(items: Iterable[Item], now: datetime | None = None) -> Iterator[Entry]:
    """The entries of these items, without those whose time is over."""
    now = now or clock.now()
    return (entry for entry in map(entry_from_item, items) if not entry.has_expired(now))


def _is_still(entry: Entry) -> ConditionBase:
    """Not by the version alone: what an import brings in again after its undo begins anew at the first."""
    return Attr("version").eq(entry.version) & Attr("created_at").eq(stamp(entry.created_at))


def _changed(entry: Entry) -> Conflict:
    return Conflict(f"entry {entry.slug} is no longer at version {entry.version}")
