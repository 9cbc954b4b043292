"""One person's month, read so that it is right: its entries are the sum of its totals, or it says so.

Totals first, entries after: what is written in between shows in the entries already and in the totals' next
count of `changes`, so the next export reads the month again. Never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from carbontrack.dynamodb.backoff import pause
from emissions.domain.entries import Entry
from emissions.domain.totals import CO2_EMISSIONS, ENTRIES, Subject, work_counts
from emissions.filters import Period
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.warehouse.archived import ArchivedEntries
from emissions.warehouse.columns import EntryRows, with_month_changes
from emissions.warehouse.spooling import PersonMonth

#: How often a month is read anew because somebody writes to it.
ATTEMPTS = 6
#: Entries in memory as objects; then they become columns, which take a tenth.
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class MonthRead:
    """The rows of a person's month; `changes` is None where they are not what its totals count."""

    batches: list[Any]
    changes: int | None


def read_month(seen: PersonMonth, rows: EntryRows, archived: ArchivedEntries) -> MonthRead:
    """The entries of a month that the totals counted like `seen`, archived ones included.

    Archives are looked into only where something is missing.
    """
    found = _read(seen, rows)
    for attempt in range(1, ATTEMPTS + 1):
        if found.changes is not None:
            return found
        if attempt > 1:
            pause(attempt)
        seen, organizations = _as_of_now(seen)
        found = _read(seen, rows, archived.of_month(seen.user_id, seen.month, organizations))
    return found


def _read(seen: PersonMonth, rows: EntryRows, archived: Iterable[Entry] = ()) -> MonthRead:
    batches, entries, kg = [], 0, Decimal(0)
    at_hand = EntryRepository(seen.user_id).iter_stored(Period.parse(seen.month))
    for entry in _with_archived(at_hand, archived):
        rows.add(entry, seen.person)
        entries += 1
        kg += entry.co2_emissions
        if len(rows) >= CHUNK:
            batches.append(rows.take())
    batches.append(rows.take())
    changes = seen.changes if (entries, kg) == (seen.entries, seen.kg) else None
    return MonthRead([with_month_changes(batch, changes) for batch in batches], changes)


def _with_archived(at_hand: Iterable[Entry], archived: Iterable[Entry]) -> Iterator[Entry]:
    """An entry that came back while its archive was read is there twice: the table has the last word."""
    missing = {entry.key: entry for entry in archived}
    for entry in at_hand:
        missing.pop(entry.key, None)
        yield entry
    yield from missing.values()


def _as_of_now(seen: PersonMonth) -> tuple[PersonMonth, set[str]]:
    """The month as its totals count it now, and the organizations that the person logged for."""
    items = list(
        TotalsRepository().iter_stored(Subject.user(seen.user_id), first=seen.month, last=seen.month)
    )
    now = replace(
        seen,
        changes=sum(each.changes for each in items),
        entries=int(sum(each.counters.get(ENTRIES, Decimal(0)) for each in items)),
        kg=sum((each.counters.get(CO2_EMISSIONS, Decimal(0)) for each in items), Decimal(0)),
    )
    return now, {organization for each in items for organization, _ in work_counts(each.counters)}
