"""The figures of a dashboard's files are the sums of the stored entries, whatever people did before.

Several people of two organizations do everything that services let them do, in an order that chance decides.
Then each file is compared with what is added up here from their entries, in the plainest way. Nothing is
withheld.
"""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from accounts.domain import Preferences, Profile, Role
from carbontrack import clock
from emissions.dashboard.periods import Month
from emissions.domain.entries import Entry
from emissions.domain.scopes import WorkScope
from emissions.errors import EntryRefused
from emissions.factors.categories import TYPE_LABELS, category_label
from emissions.repositories.entries import EntryRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, Work, entry_of
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry, restore_entry
from emissions.work.years import ReportingYear
from organizations.domain import Department, Organization
from organizations.errors import OrganizationRefused
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.departments import archive_department, merge_department
from organizations.services.members import change_member, leave
from tests.factories import entry_id_of
from tests.fixtures.organizations import join, make_organization
from tests.fixtures.people import Person, make_person

EXPORT = "/organization/dashboard/export/"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STEPS = 120
ACME, GLOBEX = "01HS0000000000000000000ACME", "01HS00000000000000000GLOBEX"
#: The first of each is inside the second.
DEPARTMENTS = tuple(
    Department(f"DEPART{number}", name, parent_id=parent)
    for number, (name, parent) in enumerate(
        [("Field", "DEPART1"), ("Sales", None), ("Lab", None), ("Office", None), ("Depot", "DEPART3")]
    )
)
ZONES = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles")
DAYS = ("2024-02-29", "2024-03-31", "2025-04-01", "2025-12-31", "2026-01-01", "2026-10-31", "2026-11-20")
TIMES = (time(0, 0), time(12, 30), time(23, 59))
CHOICES = (
    ("car-petrol-medium", "km"),
    ("train", "km"),
    ("walking-cycling", "km"),
    ("electricity", "kwh"),
)
SCOPES = (None, None, "1", "3.6", "3.7", "3.3")

Rows = dict[str, tuple[Decimal | None, ...]]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


# -- What people do -----------------------------------------------------------------------------------------


@dataclass
class Everybody:
    """The people, and an undo of each deletion so far."""

    chance: random.Random
    people: Sequence[Person]
    administrators: Sequence[Person]
    numbers: Iterable[int] = field(default_factory=lambda: iter(range(1, 10**6)))
    undos: list[tuple[Person, str]] = field(default_factory=list)

    def do_something(self) -> None:
        """One step; what a service refuses is no step."""
        most = (self.log,) * 8
        often = (self.edit, self.edit, self.edit_all, self.delete, self.undo, self.again, self.log_many) * 2
        seldom = (self.move, self.go_elsewhere, self.merge, self.archive)
        step: Callable[[], None] = self.chance.choice((*most, *often, *seldom))
        with suppress(EntryRefused, OrganizationRefused):
            step()

    def new_id(self) -> str:
        return entry_id_of(next(iter(self.numbers)))

    def work(self, person: Person) -> Work | None:
        """For the person's organization, or for nobody."""
        organization_id = person.stored_profile().organization_id
        if organization_id is None or self.chance.random() < 0.2:
            return None
        department = self.chance.choice((None, *(each.id for each in DEPARTMENTS)))
        scope = self.chance.choice(SCOPES)
        return Work(organization_id, department, None if scope is None else WorkScope.parse(scope))

    def draft(self, person: Person) -> EntryDraft:
        variant, unit = self.chance.choice(CHOICES)
        amount = Decimal(self.chance.randint(1, 99_999)) / 100
        return EntryDraft(
            variant, amount, unit, self.day(), self.chance.choice(TIMES), self.chance.choice(ZONES),
            people=self.chance.choice((1, 3)) if "car" in variant else 1, work=self.work(person),
        )  # fmt: skip

    def day(self) -> date:
        return date.fromisoformat(self.chance.choice(DAYS))

    def entry(self, person: Person) -> Entry:
        entries = list(EntryRepository(person.user_id).iter_stored())
        if not entries:
            raise EntryRefused("nothing to change")
        return self.chance.choice(entries)

    def log(self) -> None:
        person = self.chance.choice(self.people)
        record_entry(person.stored_profile(), self.draft(person), entry_id=self.new_id())

    def log_many(self) -> None:
        person = self.chance.choice(self.people)
        work = self.work(person)
        if work is not None and work.scope is not None:
            work = replace(work, scope=None)
        entries = [
            entry_of(
                person.stored_profile(),
                EntryDraft("train", Decimal(7), "km", self.day(), time(9), "UTC", work=work),
                entry_id=self.new_id(),
            )
            for _ in range(4)
        ]
        record_entries(person.user_id, entries)

    def edit(self) -> None:
        """One thing of an entry: its day and perhaps month, for whom and in which scope, or its amount."""
        person = self.chance.choice(self.people)
        entry = self.entry(person)
        changes = self.chance.choice(
            ({"local_date": self.day()}, {"work": self.work(person)}, {"work": None}, {"amount": Decimal(3)})
        )
        draft = replace(EntryDraft.of(entry), **changes)
        edit_entry(person.stored_profile(), entry.key, draft, version=entry.version)

    def edit_all(self) -> None:
        person = self.chance.choice(self.people)
        entry = self.entry(person)
        edit_entry(person.stored_profile(), entry.key, self.draft(person), version=entry.version)

    def again(self) -> None:
        person = self.chance.choice(self.people)
        repeat_entry(person.stored_profile(), self.entry(person).key, entry_id=self.new_id())

    def delete(self) -> None:
        person = self.chance.choice(self.people)
        entry = self.entry(person)
        self.undos.append((person, delete_entry(person.stored_profile(), entry.key, entry.version)))

    def undo(self) -> None:
        if self.undos:
            person, token = self.chance.choice(self.undos)
            restore_entry(person.stored_profile(), token)

    def move(self) -> None:
        """Another department for somebody: their entries stay where they were logged."""
        person, actor = self.chance.choice(self.people), self.chance.choice(self.administrators)
        member = person.stored_profile()
        if member.organization_id == actor.stored_profile().organization_id:
            change_member(
                actor.stored_profile(),
                member.user_id,
                role=member.role,
                department_id=self.chance.choice(DEPARTMENTS).id,
                managed_departments=member.managed_departments,
                seen_version=member.membership_version,
            )

    def go_elsewhere(self) -> None:
        person = self.chance.choice([each for each in self.people if each not in self.administrators])
        before = person.stored_profile().organization_id
        if before is not None:
            leave(person.stored_profile())
        join(person.user_id, GLOBEX if before == ACME else ACME)

    def merge(self) -> None:
        actor, organization = self.office()
        one, other = self.chance.sample([each.id for each in organization.listed_departments], 2)
        merge_department(actor, organization, one, into_id=other, seen_version=organization.version)

    def archive(self) -> None:
        actor, organization = self.office()
        archive_department(actor, organization, self.chance.choice(organization.listed_departments).id)

    def office(self) -> tuple[Profile, Organization]:
        """An administrator, and their organization if it has departments to spare."""
        actor = self.chance.choice(self.administrators).stored_profile()
        organization = OrganizationRepository(actor.organization_id or "").get()
        if len(organization.open_departments) < 4:
            raise OrganizationRefused("keep the others")
        return actor, organization


# -- What the entries say -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """The work entries of an organization, or of some departments of it, in one reporting year so far."""

    organization: Organization
    entries: Sequence[Entry]
    year: ReportingYear
    departments: frozenset[str | None] | None = None
    activity_type: str | None = None
    scope: int | None = None

    def of_part(self, months: Iterable[Month]) -> list[Entry]:
        wanted = set(months)
        return [
            each
            for each in self.entries
            if Month.of(each.local_date) in wanted
            and (self.departments is None or each.department_id in self.departments)
        ]

    def asked(self, months: Iterable[Month]) -> list[Entry]:
        return [
            each
            for each in self.of_part(months)
            if self.activity_type in (None, each.activity_type.value)
            and self.scope in (None, int(each.scope))
        ]

    @property
    def months_so_far(self) -> list[Month]:
        return [month for month in self.year.months if month <= Month.of(NOW.date())]

    @property
    def year_so_far(self) -> list[Entry]:
        return self.asked(self.months_so_far)

    def months(self) -> Rows:
        types = [each for each in TYPE_LABELS if self.activity_type in (None, each.value)]
        rows: Rows = {}
        for month in self.months_so_far:
            cells: list[Decimal | None] = [None] * (len(types) + 1)
            if self.of_part([month]):
                logged = self.asked([month])
                cells = [kg_of(each for each in logged if each.activity_type is kind) for kind in types]
                cells.append(kg_of(logged))
            before = month.shift(-12)
            cells.append(kg_of(self.asked([before])) if self.of_part([before]) else None)
            rows[month.label] = tuple(cells)
        return rows

    def participation(self) -> Rows:
        return {month.label: (Decimal(self.people([month])),) for month in self.months_so_far}

    def people(self, months: Iterable[Month]) -> int:
        """Who logged; of departments, who logged for each of them."""
        logged = self.of_part(months)
        if self.departments is None:
            return len({each.user_id for each in logged})
        return len({(each.user_id, each.department_id) for each in logged})

    def scopes(self) -> Rows:
        sums: dict[str, Decimal] = {
            f"Scope {scope}": Decimal(0) for scope in (1, 2, 3) if self.scope in (None, scope)
        }
        for each in self.year_so_far:
            sums[f"Scope {each.scope:d}"] += each.co2_emissions
            if each.scope == 3:
                name = f"Scope 3, category {each.scope3_category}"
                sums[name] = sums.get(name, Decimal(0)) + each.co2_emissions
        return {name: (kg,) for name, kg in sums.items() if kg or "," not in name}

    def categories(self) -> Rows:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for each in self.year_so_far:
            sums[category_label(each.activity_type, each.category)] += each.co2_emissions
        return {name: (kg,) for name, kg in sums.items() if kg}


def kg_of(entries: Iterable[Entry]) -> Decimal:
    return sum((each.co2_emissions for each in entries), Decimal(0))


def family(organization: Organization, department: Department) -> frozenset[str | None]:
    """A department with those inside it and all that were merged into any of them, found one by one."""
    wanted: set[str | None] = set()
    for each in organization.departments:
        end = each
        while end.merged_into is not None:
            end = next(other for other in organization.departments if other.id == end.merged_into)
        if department.id in (end.id, end.parent_id):
            wanted.add(each.id)
    return frozenset(wanted)


# -- What the files say -------------------------------------------------------------------------------------


def read(person: Person, query: str) -> dict[str, list[list[str]]]:
    response = person.client.get(f"{EXPORT}?format=csv{query}")
    assert response.status_code == 200
    parts = response.content.decode("utf-8-sig").split("\r\n\r\n")
    tables = (list(csv.reader(io.StringIO(part))) for part in parts)
    return {name: rows for [name], *rows in tables}


def rows_of(table: list[list[str]], *columns: str) -> Rows:
    """By the words before a colon in the first cell, the numbers of some columns."""
    header, *rows = table
    places = [header.index(each) for each in columns]
    return {
        row[0].partition(":")[0]: tuple(Decimal(row[each]) if row[each] else None for each in places)
        for row in rows
    }


def demand_equal(file: dict[str, list[list[str]]], expected: Expected) -> None:
    total = {row[0]: row[1] for row in file["Summary"]}["Total of what is shown"]
    assert Decimal(total) == kg_of(expected.year_so_far)
    header = file["Months"][0]
    assert rows_of(file["Months"], *header[1 : header.index("Note")]) == expected.months()
    assert rows_of(file["Participation"], "People who logged") == expected.participation()
    scopes = expected.scopes()
    knows_categories = "Categories" in file
    if not knows_categories:  # of people without a department
        scopes = {name: row for name, row in scopes.items() if "category" not in name}
    assert rows_of(file["Scopes"], "Total") == scopes
    if knows_categories:
        assert rows_of(file["Categories"], "Total") == expected.categories()


def demand_departments(file: dict[str, list[list[str]]], expected: Expected) -> None:
    organization = expected.organization
    found = rows_of(file["Departments"], "Total")
    wanted: Rows = {}
    for department in organization.listed_departments:
        part = replace(expected, departments=family(organization, department))
        wanted[organization.department_label(department.id)] = (kg_of(part.year_so_far),)
    wanted["No department"] = (kg_of(replace(expected, departments=frozenset({None})).year_so_far),)
    # What nobody logged in and nobody is asked to is left out.
    assert found == {name: kg for name, kg in wanted.items() if name in found or any(kg)}
    top = [each for each in organization.listed_departments if each.parent_id is None]
    sums = [kg for name, (kg,) in found.items() if name in {each.name for each in top} | {"No department"}]
    assert sum(kg or 0 for kg in sums) == kg_of(expected.year_so_far)


# -- Together -----------------------------------------------------------------------------------------------


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [1, 8])
def test_every_figure_is_the_sum_of_the_entries_it_is_about(seed: int, alice: Person, bob: Person) -> None:
    for organization_id, name, begins_in in ((ACME, "Acme", 1), (GLOBEX, "Globex", 4)):
        make_organization(
            organization_id,
            name=name,
            departments=DEPARTMENTS,
            reporting_year_start=begins_in,
            minimum_group=1,
        )
    for person, organization_id in ((alice, ACME), (bob, GLOBEX)):
        join(person.user_id, organization_id, role=Role.ORG_ADMIN)
    names = ("Dora", "Emil", "Fatma", "Gita")
    people = [make_person(name, Preferences(region="gb", time_zone="Europe/London")) for name in names]
    for number, person in enumerate(people):
        join(person.user_id, (ACME, GLOBEX)[number % 2], department_id=DEPARTMENTS[number].id)
    everybody = Everybody(random.Random(seed), (*people, alice, bob), (alice, bob))

    for _ in range(STEPS):
        everybody.do_something()

    stored = [each for person in everybody.people for each in EntryRepository(person.user_id).iter_stored()]
    for administrator, organization_id in ((alice, ACME), (bob, GLOBEX)):
        organization = OrganizationRepository(organization_id).get()
        entries = [each for each in stored if each.organization_id == organization_id]
        assert len({each.department_id for each in entries}) > 2, "hardly anybody worked"
        this_year = ReportingYear.containing(
            Month.of(NOW.date()), begins_in=organization.reporting_year_start
        )
        for year in (this_year, this_year.previous, this_year.previous.previous):
            expected = Expected(organization, entries, year)
            _compare(administrator, expected, f"&year={year.year}")


def _compare(administrator: Person, expected: Expected, query: str) -> None:
    file = read(administrator, query)
    demand_equal(file, expected)
    demand_departments(file, expected)
    for narrowed, filters in (
        ("&type=transportation", {"activity_type": "transportation"}),
        ("&scope=3", {"scope": 3}),
        ("&type=energy&scope=2", {"activity_type": "energy", "scope": 2}),
    ):
        demand_equal(read(administrator, query + narrowed), replace(expected, **filters))
    organization = expected.organization
    for department in organization.listed_departments:
        part = replace(expected, departments=family(organization, department))
        demand_equal(read(administrator, f"{query}&department={department.id}"), part)
    without = replace(expected, departments=frozenset({None}))
    demand_equal(read(administrator, f"{query}&department=none"), without)
