"""Totals in EmissionTotalsTable: the only file that spells their keys.

| access pattern | key condition |
| --- | --- |
| a subject's totals, month by month | subject = S and period between `2024-11#` and `2026-11#~` |
| an author's own month, before a work entry is written | subject = user#U and period = `2026-11#REGION.0` |
| everybody who has totals (maintenance) | Scan |

`subject` is `user#<id>`, `organization#<id>` or `department#<organization>#<id>`; `period` is
`2024-03#<region>.<shard>`. Each Region writes items of its own, because Global Tables keep only the last
write of an item; the larger an organization, the more shards it writes to. A reader sums what is there, so
an organization grows without anything being moved.

What erased people had logged for work stays in the sums, in items of its own (`erased_totals`), which no
entry stands behind: whoever compares totals with entries leaves these out (`StoredTotals.is_erased`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings

from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Item,
    Key,
    WriteTransaction,
    batch_get,
    get_item,
    iter_query,
    iter_scan,
)
from carbontrack.dynamodb.errors import Conflict
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.totals import CHANGES, Counters, MonthTotals, Subject, TotalsDelta

#: What everybody has logged together. Not moved by entries: a job counts it (`repositories.platform`).
PLATFORM = Subject("platform")
#: Who wrote last to a person's month: an answer that got lost is known again by it.
WRITTEN = "written"
#: Begins the Region of items that hold what erased people had logged.
ERASED = "erased."


@dataclass(frozen=True, slots=True)
class Spread:
    """Over how many items a month of an organization's totals goes, in each Region.

    Its departments spread over all `shards`, so that each item holds the counters of some departments only:
    small items are cheap to write and quick to read. The people of one department spread over `ways` of
    them, and over as many items of the department's own totals.
    """

    shards: int = 1
    ways: int = 1

    def shard(self, delta: TotalsDelta, author: str) -> int:
        """Where a delta goes: for the same author the same, so that a request sent twice is one."""
        if delta.subject.is_user:
            return 0
        way = _number(author) % self.ways
        return (_number(delta.part) + way) % self.shards if delta.subject.is_organization else way


#: Up to how many members an organization spreads how far.
_SPREADS = ((30, Spread(1, 1)), (500, Spread(4, 2)), (20_000, Spread(8, 2)))
_WIDEST = Spread(16, 4)


def spread_for(members: int) -> Spread:
    """How far an organization of that size spreads: far enough that its people seldom meet on an item."""
    return next((spread for most, spread in _SPREADS if members <= most), _WIDEST)


def most_shards(subject: Subject) -> int:
    """The most items that a subject's month can have in one Region, however large it once was."""
    if subject.is_user:
        return 1
    return _WIDEST.shards if subject.is_organization else _WIDEST.ways


def period_key(month: str, region: str, shard: int) -> str:
    return f"{month}#{region}.{shard}"


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())


@dataclass(frozen=True, slots=True)
class StoredTotals:
    """One item: a subject's month in one Region and shard. `changes` counts the writes it has seen.

    `written` is the mark of the last write that moved what a person logged for work; else empty.
    """

    subject: Subject
    period: str
    counters: Counters
    changes: int
    written: str = ""

    @property
    def month(self) -> str:
        return self.period.partition("#")[0]

    @property
    def is_erased(self) -> bool:
        """Whether it holds what people had logged who are gone: counted for ever, without any entries."""
        return self.period.partition("#")[2].startswith(ERASED)


@dataclass(frozen=True, slots=True)
class SeenMonths:
    """An author's months as they were read, by their `changes` (None: not there yet).

    A write demands that they are still so, and signs with `mark`, by which it knows itself again when its
    answer got lost. `error` is raised by a transaction that finds them moved.
    """

    changes: Mapping[str, int | None] = field(default_factory=dict)
    mark: str = ""
    error: Exception | None = None

    def demand(self, month: str) -> dict[str, Any]:
        """What an update of the month says besides what it adds; nothing for a month that was not read."""
        if month not in self.changes:
            return {}
        return {
            "set": {WRITTEN: self.mark},
            "condition": _unchanged(self.changes[month]),
            "error": self.error,
        }


class TotalsRepository:
    """The totals of everybody; who may see which is for the caller to know."""

    def apply(
        self,
        deltas: Iterable[TotalsDelta],
        *,
        transaction: WriteTransaction,
        author: str = "",
        spreads: Mapping[str, Spread] | None = None,
        seen: SeenMonths | None = None,
    ) -> None:
        """Queue additions to this Region's items. Only next to a conditional write of the entry they count.

        `author` and `spreads`, by organization, choose the shards of shared totals; an organization that is
        not among them is taken for a small one. Of the author's months that were `seen`, the transaction
        demands that they are still so.
        """
        merged: dict[tuple[Subject, str, int], dict[str, Decimal]] = {}
        for delta in deltas:
            spread = (spreads or {}).get(delta.subject.organization_id or "", Spread())
            item = (delta.subject, delta.month, spread.shard(delta, author))
            add_counters(merged.setdefault(item, {}), delta.counters)
        for (subject, month, shard), counters in merged.items():
            demands = seen.demand(month) if seen is not None and subject.is_user else {}
            transaction.update(
                EMISSION_TOTALS,
                item_key(subject, period_key(month, settings.DYNAMODB_REGION, shard)),
                add={**without_zeros(counters), CHANGES: Decimal(1)},
                **demands,
            )

    def own_period(self, month: str) -> str:
        """The key of a person's month that this Region writes to."""
        return period_key(month, settings.DYNAMODB_REGION, 0)

    def own_months(self, user_id: str, months: Sequence[str]) -> dict[str, StoredTotals | None]:
        """A person's months as this Region has them now; None where nothing was written yet. One request."""
        keys = {
            month: item_key(Subject.user(user_id), period_key(month, settings.DYNAMODB_REGION, 0))
            for month in months
        }
        if len(keys) == 1:
            ((month, key),) = keys.items()
            item = get_item(EMISSION_TOTALS, key, consistent=True)
            return {month: None if item is None else _from_item(item)}
        found = {
            stored.month: stored
            for stored in map(_from_item, batch_get(EMISSION_TOTALS, keys.values(), consistent=True))
        }
        return {month: found.get(month) for month in keys}

    def months(self, subject: Subject, first: str, last: str) -> list[MonthTotals]:
        """Totals of the months from `first` to `last`, both included; one without entries is there, empty."""
        sums: dict[str, dict[str, Decimal]] = {month: {} for month in months_between(first, last)}
        if not sums:
            return []
        for stored in self.iter_stored(subject, first=first, last=last):
            add_counters(sums[stored.month], stored.counters)
        return [MonthTotals(month, without_zeros(counters)) for month, counters in sums.items()]

    def iter_stored(
        self, subject: Subject, *, first: str = "0000-00", last: str = "9999-99"
    ) -> Iterator[StoredTotals]:
        """The items behind the sums, consistently: people look here for what they have just logged."""
        condition = Key("subject").eq(subject.key) & Key("period").between(f"{first}#", f"{last}#~")
        return map(_from_item, iter_query(EMISSION_TOTALS, condition, consistent=True))

    def iter_subjects(self) -> Iterator[Subject]:
        """Everybody who has totals, each once. Scans the table: for maintenance."""
        items = iter_scan(EMISSION_TOTALS, projection=["subject"])
        keys = dict.fromkeys(item["subject"]["S"] for item in items)
        return (Subject(key) for key in keys if key != PLATFORM.key)

    def correct(
        self,
        subject: Subject,
        month: str,
        counters: Counters,
        *,
        seen: Iterable[StoredTotals],
        transaction: WriteTransaction,
    ) -> None:
        """Queue a correction that holds only if nobody has written to the month since its items were `seen`.

        It goes to this Region's first shard. The others must be as they were, and those that are not there
        must not have come: whoever writes meanwhile may write to any.
        """
        changes = {stored.period: stored.changes for stored in seen}
        own = [period_key(month, settings.DYNAMODB_REGION, shard) for shard in range(most_shards(subject))]
        moved = Conflict(f"the totals of {month} changed meanwhile")
        transaction.update(
            EMISSION_TOTALS,
            item_key(subject, own[0]),
            add={**counters, CHANGES: Decimal(1)},
            condition=_unchanged(changes.get(own[0])),
            error=moved,
        )
        for period in sorted({*own[1:], *changes} - {own[0]}):
            transaction.check(
                EMISSION_TOTALS,
                item_key(subject, period),
                condition=_unchanged(changes.get(period)),
                error=moved,
            )


def months_between(first: str, last: str) -> list[str]:
    """`2025-11`, `2025-12`, `2026-01`: every month from the first to the last."""
    year, month = map(int, first.split("-"))
    months = []
    while (text := f"{year:04d}-{month:02d}") <= last:
        months.append(text)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months


def add_counters(sums: dict[str, Decimal], counters: Counters) -> None:
    for name, value in counters.items():
        sums[name] = sums[name] + value if name in sums else value


def without_zeros(counters: Counters) -> dict[str, Decimal]:
    """Counters without those that went back to zero: an entry that came and went leaves nothing to see."""
    return {name: value for name, value in counters.items() if value}


def item_key(subject: Subject, period: str) -> dict[str, str]:
    return {"subject": subject.key, "period": period}


def _unchanged(changes: int | None) -> ConditionBase:
    return Attr(CHANGES).not_exists() if changes is None else Attr(CHANGES).eq(changes)


def _from_item(item: Item) -> StoredTotals:
    counters = {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}
    changes = int(counters.pop(CHANGES, Decimal(0)))
    written = item[WRITTEN]["S"] if WRITTEN in item else ""
    return StoredTotals(Subject(item["subject"]["S"]), item["period"]["S"], counters, changes, written)
