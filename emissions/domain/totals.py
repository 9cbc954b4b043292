"""Totals: what each entry adds to which counters of whom, and a month's counters. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.domain.entries import Entry, WorkEntry
from emissions.domain.participants import Crossing, WorkCounts, Worked, crossings, work_moves

Counters = Mapping[str, Decimal]

ENTRIES = "entries"
CO2_EMISSIONS = "co2_emissions"
#: In an organization's or department's totals: how many people logged work entries in the month.
PARTICIPANTS = "participants"
#: Stands for the department of work entries that have none.
NO_DEPARTMENT = "-"
#: Counts every change ever made to a totals item, so that a rebuild notices somebody writing beside it.
CHANGES = "changes"


def category_counter(activity_type: str, category: str) -> str:
    """In a person's totals: kg of a category."""
    return f"category#{activity_type}#{category}"


def scoped_category_counter(activity_type: str, category: str, scope_code: str) -> str:
    """In an organization's or department's totals: kg of a category in one scope, `3.6` for example."""
    return f"category#{activity_type}#{category}#{scope_code}"


def day_counter(day: int) -> str:
    return f"day#{day:02d}"


def day_entries_counter(day: int) -> str:
    """How many entries a day has: a day of cycling is a day with entries although its kg are zero.

    The name is short because there are 31 of them: a person's busy month then stays under 1 KB, which halves
    what each write to it costs.
    """
    return f"n#{day:02d}"


def scope_counter(scope: int) -> str:
    """In a person's totals: kg of a scope."""
    return f"scope#{scope}"


def work_counter(organization_id: str, department_id: str | None) -> str:
    """In a person's totals: how many entries they logged for a department of an organization."""
    return f"work#{organization_id}#{department_id or NO_DEPARTMENT}"


def department_counter(department_id: str | None, activity_type: str, scope: int) -> str:
    """In an organization's totals: kg of one department, by activity type and scope."""
    return f"department#{department_id or NO_DEPARTMENT}#{activity_type}#{scope}"


def department_participants_counter(department_id: str | None) -> str:
    """In an organization's totals: how many people logged for one department."""
    return f"{PARTICIPANTS}#{department_id or NO_DEPARTMENT}"


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

    @property
    def owner_id(self) -> str:
        """Of a person or an organization: their id."""
        return self.key.partition("#")[2]

    @property
    def organization_id(self) -> str | None:
        """Of an organization or department: the organization."""
        return None if self.is_user else self.key.split("#")[1]

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
    """What a change to an entry adds to one subject's month.

    `part` is the department, of which an organization's totals are made up: those of one department are
    stored together. Other subjects have no parts.
    """

    subject: Subject
    month: str
    counters: Counters
    part: str = ""


#: Counters by subject, month and part.
_Merged = dict[tuple[Subject, str, str], dict[str, Decimal]]


def scope_code(entry: Entry | WorkEntry) -> str:
    """`1`, `2`, `3`, or with the category of scope 3 where it is known: `3.6`."""
    scope = f"{entry.scope:d}"
    return scope if entry.scope3_category is None else f"{scope}.{entry.scope3_category}"


def entry_counters(entry: Entry | WorkEntry, subject: Subject) -> dict[str, Decimal]:
    """The counters of a subject that one entry moves, with what it adds to each.

    `participants` are not among them: they count people, not entries (see `emissions.domain.participants`).
    """
    counters = {ENTRIES: Decimal(1), CO2_EMISSIONS: entry.co2_emissions}
    kg = entry.co2_emissions
    if subject.is_user:
        day = entry.local_date.day
        counters[category_counter(entry.activity_type, entry.category)] = kg
        counters[day_counter(day)] = kg
        counters[day_entries_counter(day)] = Decimal(1)
        counters[scope_counter(entry.scope)] = kg
        if entry.organization_id is not None:
            counters[work_counter(entry.organization_id, entry.department_id)] = Decimal(1)
        return counters
    counters[scoped_category_counter(entry.activity_type, entry.category, scope_code(entry))] = kg
    if subject.is_organization:
        counters[department_counter(entry.department_id, entry.activity_type, entry.scope)] = kg
    return counters


def entry_subjects(entry: Entry | WorkEntry) -> tuple[Subject, ...]:
    """Everybody whose totals include the entry: its author, and for work the organization and department."""
    subjects = [Subject.user(entry.user_id)]
    if entry.organization_id is not None:
        subjects.append(Subject.organization(entry.organization_id))
        if entry.department_id is not None:
            subjects.append(Subject.department(entry.organization_id, entry.department_id))
    return tuple(subjects)


def totals_deltas(
    *, added: Iterable[Entry] = (), removed: Iterable[Entry] = (), worked: Worked | None = None
) -> tuple[TotalsDelta, ...]:
    """One merged delta per subject, month and part for entries that come and entries that go.

    `worked` is how much their author had logged for work in these months before, which decides whether they
    become one of the participants, or stop being one: all work entries are of one author.
    Counters that cancel out exactly are dropped; a delta of which nothing remains is dropped too.
    """
    added, removed, worked = list(added), list(removed), worked or {}
    merged: _Merged = {}
    for entries, sign in ((added, Decimal(1)), (removed, Decimal(-1))):
        for entry in entries:
            for subject in entry_subjects(entry):
                part = _part(entry.department_id) if subject.is_organization else ""
                for name, value in entry_counters(entry, subject).items():
                    _move(merged, (subject, entry.month, part), name, sign * value)
    for month, moves in work_moves(added=added, removed=removed).items():
        for crossing in crossings(worked.get(month, {}), moves):
            _move_participants(merged, month, crossing)
    deltas = (
        TotalsDelta(subject, month, {name: value for name, value in counters.items() if value}, part)
        for (subject, month, part), counters in merged.items()
    )
    return tuple(delta for delta in deltas if delta.counters)


def _move_participants(merged: _Merged, month: str, crossing: Crossing) -> None:
    organization = Subject.organization(crossing.organization_id)
    department_id, people = crossing.department_id, Decimal(crossing.people)
    place = (organization, month, _part(department_id))
    if crossing.of_all:
        _move(merged, place, PARTICIPANTS, people)
        return
    _move(merged, place, department_participants_counter(department_id), people)
    if department_id is not None:
        department = Subject.department(crossing.organization_id, department_id)
        _move(merged, (department, month, ""), PARTICIPANTS, people)


def _move(merged: _Merged, place: tuple[Subject, str, str], name: str, value: Decimal) -> None:
    counters = merged.setdefault(place, {})
    counters[name] = counters.get(name, Decimal(0)) + value


def _part(department_id: str | None) -> str:
    return department_id or NO_DEPARTMENT


def work_counts(counters: Counters) -> WorkCounts:
    """How many work entries a person has for each department, from the counters of their month."""
    counts: dict[tuple[str, str | None], int] = {}
    for name, value in counters.items():
        if name.startswith("work#"):
            _, organization_id, department = name.split("#")
            counts[organization_id, None if department == NO_DEPARTMENT else department] = int(value)
    return counts


class EntrySums:
    """What a month's totals of a subject must be: added up entry by entry, without keeping them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._sums: dict[str, Decimal] = {}
        self._authors: dict[str, set[str]] = {}

    def add(self, entry: Entry | WorkEntry) -> None:
        for name, value in entry_counters(entry, self._subject).items():
            self._sums[name] = self._sums.get(name, Decimal(0)) + value
        if not self._subject.is_user:
            self._authors.setdefault(PARTICIPANTS, set()).add(entry.user_id)
        if self._subject.is_organization:
            name = department_participants_counter(entry.department_id)
            self._authors.setdefault(name, set()).add(entry.user_id)

    def counters(self) -> Counters:
        """The sums so far; some may be zero."""
        return self._sums | {name: Decimal(len(people)) for name, people in self._authors.items()}


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

    @property
    def participants(self) -> int:
        """Of an organization or department: how many people logged."""
        return int(self.counter(PARTICIPANTS))

    def by_category(self) -> dict[tuple[str, str], Decimal]:
        """kg CO2e by (activity type, category), all scopes together."""
        result: dict[tuple[str, str], Decimal] = {}
        for name, value in self.counters.items():
            if name.startswith("category#"):
                _, activity_type, category, *_scope = name.split("#")
                key = (activity_type, category)
                result[key] = result.get(key, Decimal(0)) + value
        return result

    def by_scoped_category(self) -> dict[tuple[str, str, str], Decimal]:
        """Of an organization or department: kg CO2e by (activity type, category, scope code)."""
        result: dict[tuple[str, str, str], Decimal] = {}
        for name, value in self.counters.items():
            if name.startswith("category#"):
                _, activity_type, category, code = name.split("#")
                result[activity_type, category, code] = value
        return result

    def by_department(self) -> dict[tuple[str, str, str], Decimal]:
        """Of an organization: kg CO2e by (department id, activity type, scope); "-" is no department."""
        result: dict[tuple[str, str, str], Decimal] = {}
        for name, value in self.counters.items():
            if name.startswith("department#"):
                _, department_id, activity_type, scope = name.split("#")
                result[department_id, activity_type, scope] = value
        return result

    def department_participants(self) -> dict[str, int]:
        """Of an organization: how many people logged for each department; "-" is no department."""
        prefix = f"{PARTICIPANTS}#"
        return {
            name.removeprefix(prefix): int(value)
            for name, value in self.counters.items()
            if name.startswith(prefix)
        }

    def by_activity_type(self) -> dict[str, Decimal]:
        result: dict[str, Decimal] = {}
        for (activity_type, _category), value in self.by_category().items():
            result[activity_type] = result.get(activity_type, Decimal(0)) + value
        return result

    def day(self, day: int) -> Decimal:
        return self.counter(day_counter(day))

    def day_entries(self, day: int) -> int:
        return int(self.counter(day_entries_counter(day)))
