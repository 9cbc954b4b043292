"""What everybody has logged, together: the only file that spells the keys of the platform's own figures.

| access pattern | request | cost |
| --- | --- | --- |
| the platform's months | subject = `platform` and period between `2025-11#` and `2026-11#~` | 1 read each |
| everybody's months (a job) | Scan of EmissionTotalsTable | what it reads |
| all organizations (a job) | DirectoryIndex: directory = `organizations` | what it reads |
| when it was counted, people, sign-ups | ImportsTable: GetItem (`platform`, `overview`) | 1 to 2 reads |

These months are counted anew by a job, not moved by entries: no write of a person waits for an item that all
of them share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from carbontrack import clock
from carbontrack.dynamodb import (
    Key,
    batch_write,
    decode_item,
    get_item,
    iter_query,
    iter_scan,
    put_item,
)
from carbontrack.dynamodb.tables import EMISSION_TOTALS, IMPORTS, ORGANIZATIONS
from carbontrack.usage import OWNER
from emissions.domain.totals import CHANGES, Counters, MonthTotals, Subject
from emissions.repositories.totals import PLATFORM, TotalsRepository
from organizations.repositories.organization_items import DIRECTORY

#: The one item a month of the platform has, whatever the Region: whoever counts, counts everything.
_ALL_REGIONS = "all.0"
_SUMMARY_KEY = {"user_id": OWNER, "record": "overview"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What the last count found besides the months. `sign_ups` are by day, of those who are still here.

    `items` is how many items were gone through and `seconds` how long that took; the next count goes by them.
    """

    counted_at: datetime
    seconds: int = 0
    items: int = 0
    people: int = 0
    disabled: int = 0
    loggers: int = 0
    organizations: int = 0
    suspended: int = 0
    entries: int = 0
    kg: Decimal = Decimal(0)
    sign_ups: Mapping[date, int] = field(default_factory=dict)


def iter_personal_months() -> Iterator[tuple[str, str, Counters]]:
    """Everybody's stored months: user id, `2024-03`, counters. Those of a person come one after the other.

    A month is there once for each Region it was written in.
    """
    for item in iter_scan(EMISSION_TOTALS):
        subject = Subject(item["subject"]["S"])
        if subject.is_user:
            counters = {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}
            counters.pop(CHANGES, None)
            yield subject.owner_id, item["period"]["S"].partition("#")[0], counters


def count_organizations() -> tuple[int, int]:
    """How many organizations there are, and how many of them are suspended."""
    found = [
        "suspended_at" in item
        for item in iter_query(
            ORGANIZATIONS,
            Key("directory").eq(DIRECTORY),
            index="DirectoryIndex",
            projection=["organization_id", "suspended_at"],
        )
    ]
    return len(found), sum(found)


class PlatformRepository:
    """The platform's own figures."""

    def months(self, first: str, last: str) -> list[MonthTotals]:
        """The months from `first` to `last`, both included; one without entries is there, empty."""
        return TotalsRepository().months(PLATFORM, first, last)

    def replace_months(self, months: Mapping[str, Counters]) -> None:
        """Store what was counted, and forget months that nobody has entries in any more."""
        old = {stored.period for stored in TotalsRepository().iter_stored(PLATFORM)}
        new = {f"{month}#{_ALL_REGIONS}": counters for month, counters in months.items()}
        batch_write(
            EMISSION_TOTALS,
            puts=[{**_key(period), **counters} for period, counters in new.items()],
            deletes=[_key(period) for period in sorted(old - new.keys())],
        )

    def find_summary(self) -> Summary | None:
        """None before the first count."""
        item = get_item(IMPORTS, _SUMMARY_KEY, consistent=True)
        if item is None:
            return None
        stored: dict[str, Any] = decode_item(item)
        kept = {name: int(stored[name]) for name in _COUNTS}
        return Summary(
            counted_at=datetime.fromisoformat(stored["counted_at"]),
            kg=stored["kg"],
            sign_ups={date.fromisoformat(day): int(count) for day, count in stored["sign_ups"].items()},
            **kept,
        )

    def save_summary(self, summary: Summary) -> None:
        put_item(
            IMPORTS,
            {
                **_SUMMARY_KEY,
                **{name: getattr(summary, name) for name in _COUNTS},
                "counted_at": clock.stamp(summary.counted_at),
                "kg": summary.kg,
                "sign_ups": {day.isoformat(): count for day, count in summary.sign_ups.items()},
            },
        )


_COUNTS = (
    "seconds",
    "items",
    "people",
    "disabled",
    "loggers",
    "organizations",
    "suspended",
    "entries",
)

#: A count is due again after a hundred times as long as it took, but at least hourly in name and once a day.
_SHORTEST, _LONGEST, _REST = timedelta(minutes=55), timedelta(hours=23), 100


def is_due(summary: Summary | None, now: datetime) -> bool:
    """Whether it is time to count again: the larger the platform, the less often, so that it costs little."""
    if summary is None:
        return True
    wait = min(_LONGEST, max(_SHORTEST, timedelta(seconds=summary.seconds * _REST)))
    return now - summary.counted_at >= wait


def _key(period: str) -> dict[str, str]:
    return {"subject": PLATFORM.key, "period": period}
