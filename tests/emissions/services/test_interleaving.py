"""Whatever runs between what, or dies half-way: totals are the sum of entries at hand and in archives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import Conflict, ItemNotFound, WriteTransaction
from emissions.archive import files
from emissions.domain import archives
from emissions.domain.entries import Entry
from emissions.domain.imports import ImportState
from emissions.domain.recalculation import RecalculationState
from emissions.domain.schedules import Frequency, Schedule
from emissions.domain.totals import Subject
from emissions.errors import EntryRefused
from emissions.factors import Catalog
from emissions.factors.reading import read_factors
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.imports import ImportRepository
from emissions.repositories.recalculations import RecalculationRepository
from emissions.services import deletion, releasing, totals
from emissions.services.archiving import moving, storing
from emissions.services.archiving.restoring import begin_restore, restore_month
from emissions.services.archiving.storing import archive_month
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import delete_entry, edit_entry, record_entry, restore_entry
from emissions.services.importing import running, settling
from emissions.services.importing.creating import Target
from emissions.services.importing.errors import ImportRefused
from emissions.services.importing.running import run_import
from emissions.services.importing.undoing import run_undo, start_undo
from emissions.services.recalculation import applying, checking
from emissions.services.recalculation.newer import Whose
from emissions.services.recurring.rules import create_rule
from emissions.services.recurring.run import Report, run_rules
from emissions.services.totals import verify_subject
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.members import leave
from tests.emissions.services.archiving.killing import Killed, die_after
from tests.emissions.services.archiving.months import in_table, remove_by_ttl
from tests.emissions.services.importing.uploads import started
from tests.emissions.services.recurring.repeating import routine
from tests.emissions.services.working import close_month, counted, reopen_month, totals_of
from tests.factories import NOW, entry_id_of
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb, pytest.mark.no_cover]

SEED, STEPS = 7, 150
#: Two old enough for the archive, and one that can be closed only.
MONTHS = ("2024-03", "2024-04", "2026-10")
CHOICES = (("car-petrol-medium", "mile"), ("train", "km"), ("walking-cycling", "km"))
PLACES = (None, "-", SALES, ENGINEERING)
REFUSED = (Conflict, EntryRefused, ImportRefused, ItemNotFound)


@pytest.fixture(autouse=True)
def _small_pieces(faults: Faults, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Jobs of many transactions for few entries, and nobody waits."""
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    monkeypatch.setattr(archives, "HELD", timedelta(minutes=1))
    monkeypatch.setattr(moving, "MAX_WRITES", 8)
    monkeypatch.setattr(settling, "MOST_ROWS", 3)
    monkeypatch.setattr(running, "WATCH_SECONDS", 0)
    for module in (applying, releasing):
        monkeypatch.setattr(module, "CHUNK", 3)
    for module in (storing, totals, releasing):
        monkeypatch.setattr(module, "INDEX_LAG_SECONDS", 0)


class World:
    """alice, who administers acme, and bob; every method that `any_step` may choose is one step."""

    def __init__(
        self, seed: int, organization: Organization, people: list[Person], faults: Faults, patch: Any
    ) -> None:
        self.random = random.Random(seed)
        self.acme = organization.id
        self.people, self.faults, self.patch = people, faults, patch
        self.now = NOW
        self.ids = (entry_id_of(number) for number in count(1))
        self.undo_tokens: list[tuple[Person, str, Entry]] = []
        self.by_hand: dict[str, Decimal] = {}
        self.imports: list[tuple[str, str]] = []
        self.closed: set[str] = set()
        self.done: list[str] = []
        self.succeeded: set[str] = set()
        self.editions = [Catalog(list(_factors(value))) for value in ("0.2", "0.3")]
        patch.setattr(clock, "now", lambda: self.now)
        self.another_edition()

    # -- By hand --------------------------------------------------------------------------------------------

    def log(self) -> None:
        person = self.someone()
        variant, unit = self.one_of(CHOICES)
        draft = EntryDraft(variant, self.amount(), unit, self.day(), time(9), "UTC", work=self.work(person))
        entry = record_entry(person.stored_profile(), draft, entry_id=next(self.ids)).entry
        self.by_hand[entry.entry_id] = entry.amount

    def edit(self) -> None:
        person, entry = self.any_entry()
        work = {"work": self.work(person)}
        changes = self.one_of(
            [{"amount": self.amount()}, work, work, {"local_date": self.day()}, {"note": "so"}]
        )
        draft = replace(EntryDraft.of(entry), **changes)
        edited = edit_entry(person.stored_profile(), entry.key, draft, version=entry.version).entry
        if entry.entry_id in self.by_hand:
            self.by_hand[entry.entry_id] = edited.amount

    def delete(self) -> None:
        person, entry = self.any_entry()
        token = delete_entry(person.stored_profile(), entry.key, entry.version)
        self.undo_tokens.append((person, token, entry))
        self.by_hand.pop(entry.entry_id, None)

    def undelete(self) -> None:
        person, token, entry = self.one_of(self.undo_tokens[-1:])
        self.undo_tokens.pop()
        restored = restore_entry(person.stored_profile(), token)
        if entry.import_id is None and entry.rule_id is None:
            self.by_hand[restored.entry_id] = restored.amount

    # -- Files, rules, factors ------------------------------------------------------------------------------

    def bring_in(self) -> None:
        """A file of a few of the same forty rows: they overlap."""
        first, rows = self.random.randrange(30), self.random.randrange(3, 12)
        lines = [_row(number) for number in range(first, first + rows)]
        person = self.someone()
        target = None
        if person is self.people[0] and self.random.random() < 0.4:
            target = Target(self.acme, self.one_of([None, ENGINEERING]))
        found = started(person.stored_profile(), lines, target=target)
        self.imports.append((person.user_id, found.id))
        self.go_on_importing()

    def go_on_importing(self) -> None:
        user_id, import_id = self.one_of(self.imports)
        found = ImportRepository(user_id).get(import_id)
        work = run_undo if found.state is ImportState.UNDOING else run_import
        self.perhaps_killed(lambda: work(user_id, import_id))

    def take_back(self) -> None:
        user_id, import_id = self.one_of(self.imports)
        start_undo(self.person(user_id).stored_profile(), import_id)
        self.perhaps_killed(lambda: run_undo(user_id, import_id))

    def run_daily(self) -> None:
        self.perhaps_killed(lambda: run_rules(Report()))

    def another_edition(self) -> None:
        self.editions.reverse()
        self.patch.setattr(Whose, "factors", lambda whose, organization=None: self.editions[0])

    def recalculate(self) -> None:
        person = self.someone()
        whose = self.one_of([Whose(person.user_id), Whose(self.acme, is_organization=True)])
        actor = self.people[0] if whose.is_organization else person
        found = RecalculationRepository(whose.owner).find()
        if found is None or found.state is not RecalculationState.APPLYING:
            found = checking.request_check(actor.stored_profile(), whose)
            checking.check(whose, found.id)
            applying.start(actor.stored_profile(), whose, found.id)
        begun = found.id
        self.perhaps_killed(lambda: applying.apply(whose, begun))

    # -- Months, people -------------------------------------------------------------------------------------

    def archive(self) -> None:
        owner, month = self.one_of(self.owners()), self.one_of(MONTHS[:2])
        self.perhaps_killed(lambda: archive_month(owner, month))

    def restore(self) -> None:
        owner, month = self.one_of(self.owners()), self.one_of(MONTHS[:2])
        begin_restore(owner, month)
        self.perhaps_killed(lambda: restore_month(owner, month))

    def forget_expired(self) -> None:
        """As DynamoDB does, sooner or later, one by one."""
        for entry in self.stored():
            if entry.has_expired(self.now) and self.random.random() < 0.5:
                remove_by_ttl(entry)

    def close_or_open(self) -> None:
        month = self.one_of(MONTHS)
        (reopen_month if month in self.closed else close_month)(month, self.acme)
        self.closed ^= {month}

    def come_or_go(self) -> None:
        bob = self.people[1]
        if bob.stored_profile().organization_id is None:
            join(bob.user_id, self.acme, department_id=SALES)
        else:
            leave(bob.stored_profile())

    def merge(self) -> None:
        """Sales into Engineering, once; that moves no entry."""
        seen = OrganizationRepository(self.acme).get()
        merged = tuple(
            replace(each, merged_into=ENGINEERING) if each.id in {SALES, FIELD} else each
            for each in seen.departments
        )
        with WriteTransaction() as transaction:
            OrganizationRepository(self.acme).save(
                replace(seen, departments=merged), seen_version=seen.version, transaction=transaction
            )

    def delete_acme(self) -> None:
        """In two phases, as jobs that may die."""
        alice = self.people[0]
        deletion.start(alice.stored_profile(), OrganizationRepository(self.acme).overview())
        for _ in range(3):
            self.perhaps_killed(lambda: deletion.empty(self.acme, alice.user_id))
            self.any_step()
        deletion.empty(self.acme, alice.user_id)
        self.now += deletion.FAREWELL
        deletion.end(self.acme, alice.user_id)

    def time_passes(self) -> None:
        self.now += timedelta(hours=self.random.choice([1, 20]))

    # -- Steps ----------------------------------------------------------------------------------------------

    def steps(self) -> list[tuple[Callable[[], None], int]]:
        """Each with how often it comes, beside the others."""
        return [
            (self.log, 6), (self.edit, 5), (self.delete, 4), (self.undelete, 4), (self.bring_in, 6),
            (self.go_on_importing, 3), (self.take_back, 2), (self.run_daily, 2), (self.another_edition, 1),
            (self.recalculate, 3), (self.archive, 5), (self.restore, 4), (self.forget_expired, 3),
            (self.close_or_open, 2), (self.come_or_go, 1), (self.time_passes, 1),
        ]  # fmt: skip

    def any_step(self) -> None:
        steps = self.steps()
        (step,) = self.random.choices([step for step, _ in steps], [weight for _, weight in steps])
        self.now += timedelta(seconds=self.random.choice([1, 90]))
        fault = self.random.random()
        if fault < 0.1:
            self.faults.lose_reply("TransactWriteItems")
        elif fault < 0.2:
            self.faults.throttle()
        self.done.append(step.__name__)
        with suppress(*REFUSED):
            step()
            self.succeeded.add(step.__name__)
        self.faults.heal()

    def perhaps_killed(self, job: Callable[[], object]) -> None:
        if self.random.random() < 0.5:
            job()
            return
        with self.patch.context() as patch, suppress(Killed):
            die_after(self.random.randrange(1, 8), patch)
            job()

    def finish(self) -> None:
        """Every archive comes back and every import is taken back: nothing is stuck."""
        for owner in self.owners():
            for record in list(ArchiveRepository(owner).all()):
                begin_restore(owner, record.month)
                restore_month(owner, record.month)
        for user_id, import_id in self.imports:
            start_undo(self.person(user_id).stored_profile(), import_id)
            assert run_undo(user_id, import_id).state is ImportState.UNDONE

    # -- What is ---------------------------------------------------------------------------------------------

    def everything(self) -> list[Entry]:
        """Each entry once for each place that has it: the table, or a file and no longer the table."""
        found = [entry for entry in in_table() if not entry.has_expired(self.now)]
        for owner in self.owners():
            for record in ArchiveRepository(owner).all():
                if record.restored < record.marked:
                    rows = files.read(record.path, start=record.restored)
                    found += islice(rows, record.marked - record.restored)
        return found

    def check(self) -> None:
        entries = self.everything()
        departments = (Subject.department(self.acme, each) for each in (SALES, FIELD, ENGINEERING))
        for subject in (*self.owners(), *departments):
            told = (subject.key, self.done[-12:])
            assert totals_of(subject) == counted(entries, subject), told
            assert list(verify_subject(subject)) == [], told
        keys = [(entry.user_id, entry.slug) for entry in entries]
        assert len(keys) == len(set(keys)), self.done
        by_hand = {entry.entry_id: entry.amount for entry in entries if _is_by_hand(entry)}
        assert by_hand == self.by_hand, self.done[-12:]

    def owners(self) -> list[Subject]:
        return [*(Subject.user(each.user_id) for each in self.people), Subject.organization(self.acme)]

    def any_entry(self) -> tuple[Person, Entry]:
        entry = self.one_of([entry for entry in self.stored() if not entry.has_expired(self.now)])
        return self.person(entry.user_id), entry

    def stored(self) -> list[Entry]:
        """Archived ones included, in an order that is the same in each run of the test."""
        order = [each.user_id for each in self.people]
        return sorted(in_table(), key=lambda each: (order.index(each.user_id), each.occurred_at, each.amount))

    def person(self, user_id: str) -> Person:
        return next(each for each in self.people if each.user_id == user_id)

    def someone(self) -> Person:
        return self.random.choice(self.people)

    def work(self, person: Person) -> Work | None:
        place = self.one_of(PLACES)
        employer = person.stored_profile().organization_id
        return Work(employer, None if place == "-" else place) if place and employer else None

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(1, 1000)) / 10

    def day(self) -> date:
        return date.fromisoformat(f"{self.one_of(MONTHS)}-{self.random.choice(['01', '15', '30'])}")

    def one_of(self, choices: Any) -> Any:
        if not choices:
            raise EntryRefused("There is none.")
        return self.random.choice(list(choices))


def _row(number: int) -> list[Any]:
    """Some of them twice in a file, some of weight zero."""
    variant, unit = CHOICES[number % 3]
    return [f"{MONTHS[number // 2 % 3]}-{10 + number // 4}", variant, f"{number // 2 + 1}.5", unit]


def _factors(value: str) -> Iterator[Any]:
    for factor, published in read_factors():
        is_car = factor.id.startswith("transportation.car.")
        yield (replace(factor, kg_co2e_per_unit=Decimal(value)) if is_car else factor), published


def _is_by_hand(entry: Entry) -> bool:
    return entry.import_id is None and entry.rule_id is None


def test_any_order_of_all_that_writes_entries_leaves_totals_that_equal_them(
    acme: Organization,
    alice: Person,
    bob: Person,
    faults: Faults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(SEED, acme, [alice, bob], faults, monkeypatch)
    daily = Schedule(Frequency.WEEKLY, NOW.date(), weekdays=frozenset(range(1, 8)))
    create_rule(alice.stored_profile(), routine(), daily, rule_id=entry_id_of(900))
    work = routine(organization_id=acme.id, department_id=SALES)
    create_rule(bob.stored_profile(), work, daily, rule_id=entry_id_of(901))

    for step in range(1, STEPS + 1):
        world.any_step()
        if step == STEPS // 3:
            world.merge()
        if step % 15 == 0:
            world.check()
    world.delete_acme()
    world.finish()
    world.check()
    assert world.succeeded == {step.__name__ for step, _ in world.steps()}
