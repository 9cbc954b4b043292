"""Attacks over HTTP: whoever keeps every page and every file can compute nothing about a small group.

Each kg that was logged (of one department, month and kind of work) is a power of three, so that a figure of
an exported file tells which of them it adds up and which it takes away. No combination of all these figures
may be about the work of fewer people than the minimum. The pages are held against the files: each of their
figures must be one of the file with the same filters, rounded perhaps.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from html import unescape
from itertools import combinations
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from emissions.domain.entries import ActivityType, Scope
from emissions.figures import KG_PER_TONNE, exact, significant
from emissions.services.bulk import record_entries
from emissions.services.targets import TargetDraft, set_target
from emissions.work import cells
from emissions.work.withholding import Pattern
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from organizations.services import departments
from organizations.services.members import change_member
from organizations.services.organizations import OrganizationDraft, change_organization, create_organization
from tests.emissions.views.work.logged import FLIGHT, POWER, Kind
from tests.factories import make_entry
from tests.fixtures.organizations import join
from tests.fixtures.people import Person

DASHBOARD = "/organization/dashboard/"
EXPORT = "/organization/dashboard/export/"
OTHER_PAGES = tuple(
    f"/organization/{name}/" for name in ("targets", "months", "departments", "members", "audit")
)
ID = "01JD0000000000000000ATTACK"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINIMUM, LOWERED = 4, 3
MONTHS = ("2026-11", "2026-03", "2025-03")
#: Of the base year of a target: too few people for any figure.
LONELY_MONTH = "2025-06"
KINDS: tuple[Kind, ...] = (POWER, FLIGHT)
PEOPLE = "abcdefghijkl"
NAMES = ("Sales", "Field", "Engineering", "Lab", "Small", "Old")
#: The first power of three that is logged: even in tonnes it has five digits, more than a year has.
OFFSET = 15
#: Columns of files that hold other numbers than kg, or kg that a target allows.
NO_KG = {"Share (%)", "Members today", "Per member", "People who logged", "Target", "Year", "Months shown"}
NARROWED = {
    "everything": "",
    "energy": "&type=energy",
    "scope 3": "&scope=3",
}
#: Years, a quarter, a month, and what is neither.
REPORTS = (
    "period=2026",
    "period=2025",
    "period=2026-Q1",
    "since=2026-03&until=2026-03",
    "since=2025-06&until=2026-03",
)
#: A cell of a report's table that is kg, to the gram: what was logged is whole.
KG_IN_REPORT = re.compile(r">(\d[\d,]{4,})\.000<")
#: A prime: sums modulo it depend on each other where the sums themselves do, and else hardly ever.
PRIME = 2**61 - 1

Cell = tuple[str, str | None]
Vector = tuple[int, ...]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # Ids decide which of two equally large departments is hidden: the same each time.
    monkeypatch.setattr(
        departments, "_new_id", lambda organization: f"DEPART{len(organization.departments):02}"
    )


# -- An organization ----------------------------------------------------------------------------------------


@dataclass
class Company:
    """An organization with what people logged: for each department and month, who, and how much of a kind."""

    founder: Person
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[Cell, str] = field(default_factory=dict)
    unknowns: list[tuple[Cell, Kind]] = field(default_factory=list)

    @property
    def organization(self) -> Organization:
        return OrganizationRepository(ID).get()

    def change(self, step: Any, *arguments: Any, **options: Any) -> None:
        """One of the services' steps, by the founder."""
        step(self.founder.stored_profile(), self.organization, *arguments, **options)

    def set_minimum(self, minimum: int) -> None:
        organization = self.organization
        draft = replace(OrganizationDraft.of(organization), minimum_group=minimum)
        self.change(change_organization, draft, seen_version=organization.version)

    def merge(self, name: str, into: str) -> None:
        self.change(
            departments.merge_department,
            self.ids[name],
            into_id=self.ids[into],
            seen_version=self.organization.version,
        )

    def move(self, member: Person, name: str) -> None:
        profile = member.stored_profile()
        change_member(
            self.founder.stored_profile(),
            member.user_id,
            role=profile.role,
            department_id=self.ids[name],
            managed_departments=profile.managed_departments,
            seen_version=profile.membership_version,
        )


def found(founder: Person, chance: random.Random, sizes: Sequence[int]) -> Company:
    """Sales with Field inside it, Engineering with Lab, Small and Old; some of the people log for each."""
    draft = OrganizationDraft("Acme", "gb", "", 40, Decimal(900), 1, MINIMUM)
    create_organization(founder.stored_profile(), draft, organization_id=ID)
    company = Company(founder)
    for name, inside in zip(NAMES, (None, "Sales", None, "Engineering", None, None), strict=True):
        company.change(departments.create_department, name=name, parent_id=company.ids.get(inside or ""))
        company.ids[name] = next(each.id for each in company.organization.departments if each.name == name)
    for month in MONTHS:
        for department_id in (*company.ids.values(), None):
            people = "".join(chance.sample(PEOPLE, chance.choice(sizes)))
            if people:
                company.people[month, department_id] = people
    company.people[LONELY_MONTH, company.ids["Sales"]] = "ab"
    company.unknowns = [(cell, kind) for cell in company.people for kind in KINDS]
    assert OFFSET + len(company.unknowns) < 58, "more digits than a Decimal adds up exactly"
    _log(company, chance)
    overview = OrganizationRepository(ID).overview()
    target = TargetDraft(2025, Decimal(30), 2030, base_kg=Decimal(1000))
    set_target(founder.stored_profile(), overview, target, target_id="T", today=NOW.date())
    return company


def _log(company: Company, chance: random.Random) -> None:
    by_author: dict[str, list[Any]] = {each: [] for each in PEOPLE}
    for index, ((month, department_id), kind) in enumerate(company.unknowns):
        people, day = company.people[month, department_id], date.fromisoformat(f"{month}-01")
        for author, kg in zip(people, _split(3 ** (OFFSET + index), len(people), chance), strict=True):
            entry = make_entry(
                1000 * index + ord(author),
                user_id=f"00000000-0000-4000-8000-{ord(author):012d}",
                occurred_at=datetime.combine(day, time(12), UTC),
                local_date=day,
                activity_type=ActivityType(kind[0]),
                category=kind[1],
                co2_emissions=Decimal(kg),
                scope=Scope(kind[2]),
                scope3_category=kind[3],
                organization_id=ID,
                department_id=department_id,
            )
            by_author[author].append(entry)
    for entries in by_author.values():
        if entries:
            record_entries(entries[0].user_id, entries, organization=company.organization)


def _split(kg: int, parts: int, chance: random.Random) -> list[int]:
    cuts = sorted(chance.randint(0, kg) for _ in range(parts - 1))
    return [end - start for start, end in zip([0, *cuts], [*cuts, kg], strict=True)]


# -- What is shown ------------------------------------------------------------------------------------------


@dataclass
class Loot:
    """Every figure in kg of every file that was fetched."""

    company: Company
    kg: set[Decimal] = field(default_factory=set)

    def fetch(
        self, person: Person, *, narrowed: Collection[str] = ("everything",), with_pages: bool = False
    ) -> None:
        """The files of all departments and years that somebody may have, and their pages."""
        profile, organization = person.stored_profile(), self.company.organization
        managed = organization.managed_ids(profile.managed_departments)
        listed = [
            each.id for each in organization.listed_departments if managed is None or each.id in managed
        ]
        asked = ["", *listed, *(["none"] if managed is None else [])]
        for department in asked:
            for name in narrowed:
                self._fetch(person, f"?department={department}{NARROWED[name]}", with_page=with_pages)
            self._fetch(person, f"?department={department}&year=2025", with_page=with_pages)
        if managed is None and with_pages:
            known = {each for number in self.kg for each in _spellings(number)}
            for url in OTHER_PAGES:
                self._demand_known(_get(person, url), known, url)

    def fetch_reports(self, person: Person, departments: Iterable[str] = ()) -> None:
        """Reports of all that somebody may see, of different periods, and of departments."""
        asked = [(period, "") for period in REPORTS] + [(REPORTS[0], each) for each in departments]
        for period, department in asked:
            page = _get(person, f"/organization/report/?{period}&department={department}")
            kg = {Decimal(each.replace(",", "")) for each in KG_IN_REPORT.findall(page)}
            assert kg or "withheld" in page, f"nothing was read of {period}"
            self.kg |= kg

    def _fetch(self, person: Person, query: str, *, with_page: bool) -> None:
        response = person.client.get(f"{EXPORT}{query}")
        assert response.status_code == 200, query
        numbers, kg = _read_file(response.content.decode("utf-8-sig"))
        self.kg |= kg
        if with_page:
            known = {each for number in numbers for each in _spellings(number)}
            self._demand_known(_get(person, f"{DASHBOARD}{query}"), known, query)

    def _demand_known(self, page: str, known: Collection[str], what: str) -> None:
        unknown = {each for each in _long_numbers(page) if each not in known}
        assert not unknown, f"{what} shows what its file does not: {sorted(unknown)[:5]}"

    @property
    def vectors(self) -> set[Vector]:
        """Of every figure, how often each unknown is in it."""
        count = len(self.company.unknowns)
        return {vector for each in self.kg if any(vector := _signs(each, count))}


def _get(person: Person, url: str) -> str:
    response = person.client.get(url)
    assert response.status_code == 200, url
    return str(response.content.decode())


def _read_file(text: str) -> tuple[set[Decimal], set[Decimal]]:
    """All numbers of a file, and those that are kg of what was logged."""
    numbers: set[Decimal] = set()
    kg: set[Decimal] = set()
    for part in text.split("\r\n\r\n"):
        [name], header, *rows = csv.reader(io.StringIO(part))
        for row in rows:
            is_kg = row[2] == "kg CO2e" and "arget" not in row[0] if name == "Summary" else True
            for column, cell in zip(header, row, strict=True):
                number = _number(cell)
                if number is not None and name != "About":
                    numbers.add(number)
                    if is_kg and column not in NO_KG:
                        kg.add(number)
    return numbers, kg


def _number(cell: str) -> Decimal | None:
    try:
        return Decimal(cell)
    except InvalidOperation:
        return None


def _spellings(number: Decimal) -> Iterator[str]:
    """How a page may write a number: with every digit, or rounded in kg or tonnes."""
    size, tonnes = abs(number), abs(number) / KG_PER_TONNE
    yield from (exact(size), significant(size), significant(tonnes))
    yield from (f"{tonnes:.{decimals}f}" for decimals in range(3))


def _long_numbers(page: str) -> set[str]:
    """The numbers of a page that are long enough to be kg or tonnes of something logged; not its geometry.

    Ticks of axes are round.
    """
    text = unescape(re.sub(r'<text class="axis[^>]*>[^<]*</text>|<script.*?</script>', " ", page, flags=re.S))
    text = re.sub(r"<[^>]*>", " ", text)
    found = re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w)", text)
    return {each.rstrip(",") for each in found if len(re.sub(r"\D", "", each.partition(".")[0])) >= 5}


def _signs(kg: Decimal, count: int) -> Vector:
    """How often each unknown is in a figure: 1, -1 or 0, the digits of a number to the base three."""
    assert kg == int(kg), f"{kg} is no sum"
    rest, unit = divmod(int(kg), 3**OFFSET)
    assert unit == 0, f"{kg} is no sum"
    signs = []
    for _ in range(count):
        sign = (rest + 1) % 3 - 1
        signs.append(sign)
        rest = (rest - sign) // 3
    assert rest == 0, f"{kg} is no sum"
    return tuple(signs)


# -- What follows from it -----------------------------------------------------------------------------------


class Span:
    """What can be computed from vectors: all their combinations."""

    def __init__(self, vectors: Iterable[Vector]) -> None:
        self.rows: list[tuple[int, list[int]]] = []
        for vector in vectors:
            self.add(vector)

    def add(self, vector: Sequence[int]) -> bool:
        """False if it can be computed already."""
        rest = [value % PRIME for value in vector]
        for pivot, row in self.rows:
            if factor := rest[pivot]:
                rest = [(value - factor * other) % PRIME for value, other in zip(rest, row, strict=True)]
        first = next((index for index, value in enumerate(rest) if value), None)
        if first is None:
            return False
        inverse = pow(rest[first], -1, PRIME)
        self.rows.append((first, [value * inverse % PRIME for value in rest]))
        return True

    def tells_of(self, group: Collection[int]) -> bool:
        """Whether anything about these unknowns alone can be computed."""
        rows, count = list(self.rows), len(self.rows[0][1]) if self.rows else 0
        independent = [self.add([int(index == each) for each in range(count)]) for index in group]
        self.rows = rows
        return not all(independent)


def small_groups(company: Company, minimum: int) -> set[frozenset[int]]:
    """For every choice of fewer people than the minimum, the unknowns that are about nobody else."""
    owners = [set(company.people[cell]) for cell, _kind in company.unknowns]
    return {
        frozenset(index for index, people in enumerate(owners) if people <= set(few))
        for few in combinations(PEOPLE, minimum - 1)
    } - {frozenset()}


def demand_safe(loot: Loot, minimum: int) -> None:
    span = Span(loot.vectors)
    assert span.rows, "nothing was shown at all"
    for group in small_groups(loot.company, minimum):
        what = [loot.company.unknowns[each] for each in sorted(group)]
        assert not span.tells_of(group), f"can be computed: {what}"


def demand_no_difference(loot: Loot, minimum: int) -> None:
    """The same in plain words: no figure, and no difference of two, is what a small group did of one kind."""
    shown = {abs(int(each)) for each in loot.kg if each}
    alone = {index for group in small_groups(loot.company, minimum) for index in group}
    secrets = {3 ** (OFFSET + index) for index in alone}
    assert not secrets & shown
    assert not secrets & {one - other for one in shown for other in shown}


# -- Attacks ------------------------------------------------------------------------------------------------


SOME_SMALL = (0, 1, 2, MINIMUM - 1, 5, 6)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("seed", "sizes"),
    [
        pytest.param(1, SOME_SMALL, id="some departments small"),
        pytest.param(2, (0, 1, 5, 6, 7, 8), id="most departments large"),
        pytest.param(3, (0, 0, 1, 2, 3, 3), id="no department large"),
    ],
)
def test_nothing_that_anybody_is_ever_shown_tells_of_a_small_group(
    seed: int, sizes: Sequence[int], alice: Person, bob: Person, charlie: Person
) -> None:
    company = found(alice, random.Random(seed), sizes)
    for person, names in ((bob, ("Sales", "Small")), (charlie, ("Lab", "Old"))):
        managed = [company.ids[name] for name in names]
        join(person.user_id, ID, role=Role.ORG_ADMIN, managed_departments=managed)
    loot = Loot(company)

    loot.fetch(alice, narrowed=("everything", "energy", "scope 3"))
    loot.fetch(bob, with_pages=True)
    loot.fetch(charlie, narrowed=("everything", "energy"))
    if seed == 1:
        loot.fetch_reports(alice, [company.ids[name] for name in ("Sales", "Engineering", "Small")])
        loot.fetch_reports(bob)
    company.merge("Small", into="Engineering")
    company.merge("Field", into="Sales")
    company.move(bob, "Engineering")
    company.change(departments.archive_department, company.ids["Old"])
    loot.fetch(alice, with_pages=True)
    loot.fetch(bob)
    demand_safe(loot, MINIMUM)
    demand_no_difference(loot, MINIMUM)

    company.set_minimum(LOWERED)
    loot.fetch(alice, with_pages=True)
    company.set_minimum(MINIMUM)
    loot.fetch(alice)
    demand_safe(loot, LOWERED)
    demand_no_difference(loot, LOWERED)


def test_the_attack_would_find_a_single_department_left_out(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(people: int, each: Mapping[str, int], *, minimum: int) -> Pattern:
        hidden = frozenset(name for name, size in each.items() if size < minimum)
        return Pattern(True, visible=frozenset(each) - hidden, hidden=hidden)

    monkeypatch.setattr(cells, "withhold", careless)
    loot = Loot(found(alice, random.Random(2), (0, 1, 5, 6, 7, 8)))
    loot.fetch(alice)

    with pytest.raises(AssertionError, match="can be computed"):
        demand_safe(loot, MINIMUM)
