"""Proof that totals are derived: compare them with their entries, and mend them, while people write.

A month is read in an order that lets nobody slip between: first its totals with their `changes` counters,
then its entries. What differs is added in a transaction that holds only if `changes` are still as they were.
Every write to the month moves one of them, so a difference is never made from two different moments.

Archived entries count by what was counted when they left the table. Archiving touches no totals, so that is
read before and after the entries, and both must agree. What erased people had logged is in items of its own:
no entry stands behind them, so they are left as they are, and left out where totals meet entries.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from carbontrack.dynamodb import WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.dynamodb.errors import Conflict
from emissions.domain.archives import SumsWithArchive
from emissions.domain.entries import Entry, WorkEntry
from emissions.domain.totals import Counters, Subject, entry_subjects
from emissions.filters import Period
from emissions.repositories.archived_counters import iter_archived
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository
from emissions.repositories.totals import (
    StoredTotals,
    TotalsRepository,
    add_counters,
    without_zeros,
)

#: How often a month is looked at anew because somebody wrote to it meanwhile.
ATTEMPTS = 12
#: An organization's entries come from an index that lags behind its table by less than this, in seconds.
INDEX_LAG_SECONDS = 5.0

Counted = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Difference:
    """A month whose totals are not the sum of its entries: what would have to be added to each counter."""

    subject: Subject
    month: str
    missing: Counters


class TotalsKeptChanging(Exception):
    """A month was written to so often that it could not be compared. Nothing was changed; try again later."""

    def __init__(self, subject: Subject, month: str) -> None:
        super().__init__(
            f"The totals of {subject.key} for {month} kept changing. Try again in a quieter moment."
        )


def verify_subject(subject: Subject, *, met: set[Subject] | None = None) -> Iterator[Difference]:
    """Months of a subject that differ from their entries, oldest first. Raises TotalsKeptChanging.

    Everything is read once; only a month that seems to differ is looked at again, carefully. `met` collects
    the organizations and departments of the entries: they have totals to compare as well.
    """
    for month in _suspects(subject, met):
        difference = _stable_difference(subject, month)
        if difference is not None:
            yield difference


def rebuild_subject(subject: Subject, *, met: set[Subject] | None = None) -> Iterator[Difference]:
    """Mend every month that differs, and yield what was mended. Raises TotalsKeptChanging."""
    for month in _suspects(subject, met):
        difference = rebuild_month(subject, month)
        if difference is not None:
            yield difference


def rebuild_month(subject: Subject, month: str) -> Difference | None:
    """Make one month the sum of its entries, and return what was wrong with it, if anything."""
    totals = TotalsRepository()
    for attempt in range(1, ATTEMPTS + 1):
        seen = _stored_month(subject, month)
        missing = _missing(subject, month, seen)
        if not missing:
            return None
        try:
            with WriteTransaction() as transaction:
                totals.correct(subject, month, missing, seen=seen, transaction=transaction)
            return Difference(subject, month, missing)
        except Conflict:
            pause(attempt)
    raise TotalsKeptChanging(subject, month)


def _suspects(subject: Subject, met: set[Subject] | None) -> list[str]:
    """Months that differ at first sight; also those with totals but no entries, and the other way round."""
    stored: dict[str, list[StoredTotals]] = defaultdict(list)
    for item in TotalsRepository().iter_stored(subject):
        stored[item.month].append(item)
    counted: dict[str, SumsWithArchive] = defaultdict(lambda: SumsWithArchive(subject))
    for archived in iter_archived(subject):
        counted[archived.month].add_archived(archived)
        if met is not None:
            met.update(archived.subjects)
    for entry in _all_entries(subject):
        counted[entry.month].add(entry)
        if met is not None:
            met.update(entry_subjects(entry))
    months = sorted(stored.keys() | counted.keys())
    return [month for month in months if _difference(stored.get(month, ()), counted[month].counters())]


def _stable_difference(subject: Subject, month: str) -> Difference | None:
    """What is wrong with a month while nobody writes to it."""
    for attempt in range(1, ATTEMPTS + 1):
        seen = _stored_month(subject, month)
        missing = _missing(subject, month, seen)
        if not missing:
            return None
        if _stored_month(subject, month) == seen:
            return Difference(subject, month, missing)
        pause(attempt)
    raise TotalsKeptChanging(subject, month)


def _stored_month(subject: Subject, month: str) -> list[StoredTotals]:
    return list(TotalsRepository().iter_stored(subject, first=month, last=month))


def _missing(subject: Subject, month: str, seen: Iterable[StoredTotals]) -> Counted:
    """What a month's totals lack, by entries that nobody archived or restored meanwhile."""
    before = list(iter_archived(subject, month))
    for attempt in range(1, ATTEMPTS + 1):
        counted = SumsWithArchive(subject)
        for entry in _month_entries(subject, month):
            counted.add(entry)
        after = list(iter_archived(subject, month))
        if after == before:
            for archived in after:
                counted.add_archived(archived)
            return _difference(seen, counted.counters())
        before = after
        pause(attempt)
    raise TotalsKeptChanging(subject, month)


def _difference(stored: Iterable[StoredTotals], counted: Counters) -> Counted:
    """Counted minus stored, counter by counter, without those that agree."""
    missing = dict(counted)
    for item in stored:
        if not item.is_erased:
            add_counters(missing, {name: -value for name, value in item.counters.items()})
    return without_zeros(missing)


def _all_entries(subject: Subject) -> Iterator[Entry] | Iterator[WorkEntry]:
    kind, *ids = subject.key.split("#")
    if kind == "user":
        return EntryRepository(ids[0]).iter_stored()
    return _of_department(OrganizationEntryRepository(ids[0]).all(), ids[1:])


def _month_entries(subject: Subject, month: str) -> Iterator[Entry] | Iterator[WorkEntry]:
    kind, *ids = subject.key.split("#")
    if kind == "user":
        return EntryRepository(ids[0]).iter_stored(Period.parse(month))
    time.sleep(INDEX_LAG_SECONDS)  # whatever the totals have counted by now, the index has by then
    return _of_department(OrganizationEntryRepository(ids[0]).month(month), ids[1:])


def _of_department(entries: Iterator[WorkEntry], department: list[str]) -> Iterator[WorkEntry]:
    return (entry for entry in entries if not department or entry.department_id == department[0])
