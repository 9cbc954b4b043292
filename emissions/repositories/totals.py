"""Totals in EmissionTotalsTable: the only file that spells their keys.

| access pattern | key condition |
| --- | --- |
| a subject's totals, month by month | subject = S and period between `2024-11#` and `2026-11#~` |
| everybody who has totals (maintenance) | Scan |

`subject` is `user#<id>`, `organization#<id>` or `department#<organization>#<id>`; `period` is
`2024-03#<region>.<shard>`. Each Region writes items of its own, because Global Tables keep only the last
write of an item; a busy organization spreads over shards. A reader sums.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from carbontrack.dynamodb import Attr, ConditionBase, Item, Key, WriteTransaction, iter_query, iter_scan
from carbontrack.dynamodb.errors import Conflict
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.totals import CHANGES, Counters, MonthTotals, Subject, TotalsDelta

#: Items that a month of an organization or department spreads over, in each Region.
SHARED_SHARDS = 8


def shard_count(subject: Subject) -> int:
    """How many items a subject's month has in one Region: a person writes too little to need several."""
    return 1 if subject.is_user else SHARED_SHARDS


def shard_for(subject: Subject, spread: str) -> int:
    """The shard that a write goes to: for the same `spread` the same, so that a repeated request is one."""
    shards = shard_count(subject)
    return 0 if shards == 1 else hashlib.blake2b(spread.encode(), digest_size=2).digest()[0] % shards


def period_key(month: str, region: str, shard: int) -> str:
    return f"{month}#{region}.{shard}"


@dataclass(frozen=True, slots=True)
class StoredTotals:
    """One item: a subject's month in one Region and shard. `changes` counts the writes it has seen."""

    subject: Subject
    period: str
    counters: Counters
    changes: int

    @property
    def month(self) -> str:
        return self.period.partition("#")[0]


class TotalsRepository:
    """The totals of everybody; who may see which is for the caller to know."""

    def apply(
        self, deltas: Iterable[TotalsDelta], *, transaction: WriteTransaction, spread: str = ""
    ) -> None:
        """Queue additions to this Region's items. Only next to a conditional write of the entry they count.

        `spread` chooses the shard of a shared total: pass the author, whose writes seldom meet each other.
        """
        for delta in deltas:
            shard = shard_for(delta.subject, spread)
            transaction.update(
                EMISSION_TOTALS,
                _item_key(delta.subject, period_key(delta.month, settings.DYNAMODB_REGION, shard)),
                add={**delta.counters, CHANGES: Decimal(1)},
            )

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
        return map(Subject, dict.fromkeys(item["subject"]["S"] for item in items))

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

        It goes to this Region's first shard. The others, seen or not yet there, must be as they were.
        """
        changes = {stored.period: stored.changes for stored in seen}
        own = [period_key(month, settings.DYNAMODB_REGION, shard) for shard in range(shard_count(subject))]
        moved = Conflict(f"the totals of {month} changed meanwhile")
        transaction.update(
            EMISSION_TOTALS,
            _item_key(subject, own[0]),
            add={**counters, CHANGES: Decimal(1)},
            condition=_unchanged(changes.get(own[0])),
            error=moved,
        )
        for period in sorted({*own[1:], *changes} - {own[0]}):
            transaction.check(
                EMISSION_TOTALS,
                _item_key(subject, period),
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


def _item_key(subject: Subject, period: str) -> dict[str, str]:
    return {"subject": subject.key, "period": period}


def _unchanged(changes: int | None) -> ConditionBase:
    return Attr(CHANGES).not_exists() if changes is None else Attr(CHANGES).eq(changes)


def _from_item(item: Item) -> StoredTotals:
    counters = {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}
    changes = int(counters.pop(CHANGES, Decimal(0)))
    return StoredTotals(Subject(item["subject"]["S"]), item["period"]["S"], counters, changes)
