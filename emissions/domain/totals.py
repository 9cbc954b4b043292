"""Totals: what each entry adds to which counters of whom, and a month's counters. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.domain.entries import Entry, WorkEntry

Counters = Mapping[str, Decimal]

ENTRIES = "entries"
CO2_EMISSIONS = "co2_emissions"
#: Counts every change ever made to a totals item, so that a rebuild notices somebody writing beside it.
CHANGES = "changes"


def category_counter(activity_type: str, category: str) -> str:
    return f"category#{activity_type}#{category}"


def day_counter(day: int) -> str:
    return f"day#{day:02d}"


def day_entries_counter(day: int) -> str:
    """How many entries a day has: a day of cycling is a day with entries although its kg are zero.

    The name is short because there are 31 of them: a person's busy month then stays under 1 KB, which halves
    what each write to it costs.
    """
    return f"n#{day:02d}"


def scope_counter(scope: int) -> str:
    return f"scope#{scope}"


def department_counter(department_id: str) -> str:
    """In an organization's totals: what one department contributes."""
    return f"department#{department_id}"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose totals: the partition key of EmissionTotalsTable."""

    key: str

    @property
    def is_user(self) -> bool:
        return self.key.startswith("user#")

    @property
    def is_organization(self) -> bool:
        return self.key.startswith("organization#")

    @classmethod
    def user(cls, user_id: str) -> Subject:
        return cls(f"user#{user_id}")

    @classmethod
    def organization(cls, organization_id: str) -> Subject:
        return cls(f"organization#{organization_id}")

    @classmethod
    def department(cls, organization_id: str, department_id: str) -> Subject:
        return cls(f"department#{organization_id}#{department_id}")


@dataclass(frozen=True, slots=True)
class TotalsDelta:
    """What a change to an entry adds to one subject's month."""

    subject: Subject
    month: str
    counters: Counters


def entry_counters(entry: Entry | WorkEntry, subject: Subject) -> dict[str, Decimal]:
    """The counters of a subject that one entry moves, with what it adds to each."""
    day = entry.local_date.day
    counters = {
        ENTRIES: Decimal(1),
        CO2_EMISSIONS: entry.co2_emissions,
        category_counter(entry.activity_type, entry.category): entry.co2_emissions,
        day_counter(day): entry.co2_emissions,
        day_entries_counter(day): Decimal(1),
        scope_counter(entry.scope): entry.co2_emissions,
    }
    if subject.is_organization and entry.department_id is not None:
        counters[department_counter(entry.department_id)] = entry.co2_emissions
    return counters


def entry_subjects(entry: Entry | WorkEntry) -> tuple[Subject, ...]:
    """Everybody whose totals include the entry: its author, and for work the organization and department."""
    subjects = [Subject.user(entry.user_id)]
    if entry.organization_id is not None:
        subjects.append(Subject.organization(entry.organization_id))
        if entry.department_id is not None:
            subjects.append(Subject.department(entry.organization_id, entry.department_id))
    return tuple(subjects)


def totals_deltas(*, added: Iterable[Entry] = (), removed: Iterable[Entry] = ()) -> tuple[TotalsDelta, ...]:
    """One merged delta per subject and month for entries that come and entries that go.

    DynamoDB allows one operation per item in a transaction, so an edit within a month becomes one delta.
    Counters that cancel out exactly are dropped; a subject and month of which nothing remains is dropped too.
    """
    merged: dict[tuple[Subject, str], dict[str, Decimal]] = {}
    for entries, sign in ((added, Decimal(1)), (removed, Decimal(-1))):
        for entry in entries:
            for subject in entry_subjects(entry):
                counters = merged.setdefault((subject, entry.month), {})
                for name, value in entry_counters(entry, subject).items():
                    counters[name] = counters.get(name, Decimal(0)) + sign * value
    deltas = (
        TotalsDelta(subject, month, {name: value for name, value in counters.items() if value})
        for (subject, month), counters in merged.items()
    )
    return tuple(delta for delta in deltas if delta.counters)


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """One subject's month, summed over its Regions and shards. Counters that are absent are zero."""

    month: str
    counters: Counters

    def counter(self, name: str) -> Decimal:
        return self.counters.get(name, Decimal(0))

    @property
    def entries(self) -> int:
        return int(self.counter(ENTRIES))

    @property
    def co2_emissions(self) -> Decimal:
        return self.counter(CO2_EMISSIONS)

    def by_category(self) -> dict[tuple[str, str], Decimal]:
        """kg CO2e by (activity type, category)."""
        result: dict[tuple[str, str], Decimal] = {}
        for name, value in self.counters.items():
            if name.startswith("category#"):
                _, activity_type, category = name.split("#")
                result[activity_type, category] = value
        return result

    def by_activity_type(self) -> dict[str, Decimal]:
        result: dict[str, Decimal] = {}
        for (activity_type, _category), value in self.by_category().items():
            result[activity_type] = result.get(activity_type, Decimal(0)) + value
        return result

    def day(self, day: int) -> Decimal:
        return self.counter(day_counter(day))

    def day_entries(self, day: int) -> int:
        return int(self.counter(day_entries_counter(day)))
