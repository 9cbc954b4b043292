"""Archived months: entries that moved from the table into a file, and what the totals need to know of them.

An archive has an owner: a person for personal entries, an organization for work entries. Each of its months
is archived as a whole or not at all. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from emissions.domain.entries import Entry
from emissions.domain.totals import (
    ENTRIES,
    NO_DEPARTMENT,
    PARTICIPANTS,
    Counters,
    EntrySums,
    Subject,
    department_participants_counter,
    entry_counters,
    entry_subjects,
)

#: For how many months entries may be kept at hand. The running month always stays besides.
KEEP_CHOICES = (12, 24, 36, 60, 84, 120)
#: Younger months are never archived, so whoever writes to them need not ask.
SHORTEST_KEEP = min(KEEP_CHOICES)
#: How long a month that was restored stays at hand before it is archived again.
HELD = timedelta(days=30)


class ArchiveState(StrEnum):
    """How far a month is. In all states but RESTORED nobody writes to its entries."""

    WRITING = "writing"  # its file is written and proved; no entry is touched yet
    MARKING = "marking"  # its file is right; its entries go, chunk by chunk
    ARCHIVED = "archived"
    RESTORING = "restoring"
    RESTORED = "restored"  # at hand again, for a while at least


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """The record of a month (`2024-03`) of an owner's archive.

    `generation` names this one archiving of it, `path` the file and `digest` its SHA-256; both are empty
    until the file is proved. `entries`, `co2_emissions` (kg) and `participants` are what the file holds. Of
    its rows, in the order of the file, the first `marked` are gone from the table, and of these the first
    `restored` are back. `erased_entries` and `erased_kg` are what the month's totals count besides, of people
    who were erased: they are told together with the others, or the difference would tell what one person had
    logged. `participants` counts everybody, those people included.
    """

    owner: Subject
    month: str
    state: ArchiveState
    generation: str
    changed_at: datetime
    path: str = ""
    digest: str = ""
    entries: int = 0
    co2_emissions: Decimal = Decimal(0)
    participants: int = 0
    archived_at: datetime | None = None
    marked: int = 0
    restored: int = 0
    erased_entries: int = 0
    erased_kg: Decimal = Decimal(0)

    @property
    def told_entries(self) -> int:
        return self.entries + self.erased_entries

    @property
    def told_kg(self) -> Decimal:
        return self.co2_emissions + self.erased_kg

    @property
    def is_locked(self) -> bool:
        return self.state is not ArchiveState.RESTORED

    @property
    def is_moving(self) -> bool:
        """Whether a job has something left to do with it."""
        return self.state not in {ArchiveState.ARCHIVED, ArchiveState.RESTORED}

    @property
    def percent(self) -> int:
        """How far the move is that is under way, from 0 to 99; 100 where none is."""
        if not self.is_moving:
            return 100
        done, total = self.marked, self.entries
        if self.state is ArchiveState.RESTORING:
            done, total = self.restored, self.marked
        return min(99, done * 100 // total) if total else 0

    def is_held(self, now: datetime) -> bool:
        """Whether it was restored so lately that it is left alone."""
        return self.state is ArchiveState.RESTORED and now < self.changed_at + HELD


@dataclass(frozen=True, slots=True)
class ArchivedCounters:
    """What a subject's totals of a month still count although the entries are in a file, by their author.

    Of organizations and departments there is one for each author; `participants#<department>` counts the
    author's entries there.
    """

    subject: Subject
    month: str
    author: str
    counters: Counters

    @property
    def entries(self) -> int:
        return int(self.counters.get(ENTRIES, 0))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whose totals count the same entries, as far as a person's counters tell."""
        work = (name.split("#")[1:] for name in self.counters if name.startswith("work#"))
        places = sorted((organization_id, department_id) for organization_id, department_id in work)
        organizations = (Subject.organization(organization_id) for organization_id, _ in places)
        departments = (Subject.department(*place) for place in places if place[1] != NO_DEPARTMENT)
        return (self.subject, *dict.fromkeys(organizations), *departments)


def owner_of(entry: Entry) -> Subject:
    """In whose archive an entry belongs: its organization's, else its author's."""
    if entry.organization_id is not None:
        return Subject.organization(entry.organization_id)
    return Subject.user(entry.user_id)


def first_kept_month(today: date, keep_months: int) -> str:
    """The oldest month that stays at hand: the running one and `keep_months` full ones before it do."""
    months = today.year * 12 + today.month - 1 - keep_months
    year, index = divmod(max(months, 12), 12)
    return f"{year:04d}-{index + 1:02d}"


def may_be_archived(month: str, now: datetime) -> bool:
    """Whether a writer has to ask if a month is archived. With a day to spare, for clocks that differ."""
    return month < first_kept_month((now + timedelta(days=1)).date(), SHORTEST_KEEP)


def archived_counters(entries: Iterable[Entry], *, sign: int = 1) -> Iterator[ArchivedCounters]:
    """What entries of one author and month add to what is archived of each subject that counts them."""
    sums: dict[Subject, dict[str, Decimal]] = {}
    month = author = ""
    for entry in entries:
        month, author = entry.month, entry.user_id
        for subject in entry_subjects(entry):
            counters = sums.setdefault(subject, {})
            for name, value in _counters(entry, subject).items():
                counters[name] = counters.get(name, Decimal(0)) + sign * value
    for subject, counters in sums.items():
        moved = {name: value for name, value in counters.items() if value}
        yield ArchivedCounters(subject, month, author, moved)


def _counters(entry: Entry, subject: Subject) -> dict[str, Decimal]:
    counters = entry_counters(entry, subject)
    if subject.is_organization:
        counters[department_participants_counter(entry.department_id)] = Decimal(1)
    return counters


class SumsWithArchive(EntrySums):
    """What a month's totals must be, where some of its entries are archived."""

    def add_archived(self, archived: ArchivedCounters) -> None:
        """Count what is in a file. Its authors are people who logged, like those of entries at hand."""
        if archived.entries == 0:  # all of it is back at hand
            return
        for name, value in archived.counters.items():
            if not name.startswith(f"{PARTICIPANTS}#"):
                self._sums[name] = self._sums.get(name, Decimal(0)) + value
            elif value:
                self._authors.setdefault(name, set()).add(archived.author)
        if archived.author:
            self._authors.setdefault(PARTICIPANTS, set()).add(archived.author)
