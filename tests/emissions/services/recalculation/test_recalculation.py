"""Newer factors change nothing by themselves; asked to, they change entries and totals exactly, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import Unavailable, update_item
from carbontrack.dynamodb.tables import CARBON_DATA, USERS
from emissions.domain.entries import Entry
from emissions.domain.recalculation import Recalculation, RecalculationState, Sums
from emissions.domain.totals import Subject
from emissions.factors import Catalog, catalog
from emissions.factors.reading import read_factors
from emissions.repositories.entries import EntryRepository, item_key
from emissions.repositories.recalculations import RecalculationMoved, RecalculationRepository
from emissions.services.drafts import EntryDraft
from emissions.services.entries import edit_entry, record_entry
from emissions.services.recalculation import applying, checking, newer
from emissions.services.recalculation.newer import Whose
from emissions.services.writing import write_entries
from organizations.domain import Organization
from organizations.errors import RightsLost
from tests.emissions.services.working import close_month, counted, reopen_month, totals_of, work_draft
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import ENGINEERING, SALES, join
from tests.fixtures.people import Person, make_person

CARS = "transportation.car."
CAR = "transportation.car.petrol.medium.gb"
NEW_VALUE = Decimal("0.2")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def newer_factors(monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Petrol cars are 0.2 kg per unit from now on, everywhere and in all editions."""
    rows = [
        (replace(factor, kg_co2e_per_unit=NEW_VALUE) if factor.id.startswith(CARS) else factor, published)
        for factor, published in read_factors()
    ]
    corrected = Catalog(rows)
    monkeypatch.setattr(Whose, "factors", lambda self, organization=None: corrected)
    return corrected


def log(person: Person, number: int, draft: EntryDraft | None = None) -> Entry:
    draft = draft or make_draft(f"2026-0{1 + number % 9}-05T08:00")
    return record_entry(person.stored_profile(), draft, entry_id=entry_id_of(number)).entry


def stored(person: Person) -> list[Entry]:
    return list(EntryRepository(person.user_id).iter_stored())


def check(person: Person, whose: Whose) -> Recalculation:
    begun = checking.request_check(person.stored_profile(), whose)
    checking.check(whose, begun.id)
    found = RecalculationRepository(whose.owner).find()
    assert found is not None
    return found


def apply(person: Person, whose: Whose, recalculation_id: str) -> Recalculation:
    applying.start(person.stored_profile(), whose, recalculation_id)
    applying.apply(whose, recalculation_id)
    done = RecalculationRepository(whose.owner).find()
    assert done is not None
    return done


def trail(subject: str) -> list[AuditRecord]:
    return list(AuditRepository(subject).page().items)


def new_kg(entry: Entry) -> Decimal:
    return round(entry.amount * entry.factor.conversion * NEW_VALUE / entry.people, 6)


def test_nothing_differs_while_the_factors_are_the_same(alice: Person) -> None:
    log(alice, 1)

    found = check(alice, Whose(alice.user_id))

    assert (found.state, found.seen, found.found) == (RecalculationState.CHECKED, 1, Sums())
    assert catalog().fingerprint == found.fingerprint


def test_a_look_tells_what_would_change_and_changes_nothing(alice: Person, newer_factors: Catalog) -> None:
    car = log(alice, 1, make_draft("2026-03-05T08:00", people=2))
    log(alice, 2, make_draft("2026-03-06T08:00", variant="beef", unit="kg", amount=Decimal(1)))
    before = stored(alice)

    found = check(alice, Whose(alice.user_id))

    assert (found.seen, found.found) == (2, Sums(1, car.co2_emissions, new_kg(car)))
    assert [(row.factor_id, row.before.value, row.after.value, row.sums) for row in found.rows] == [
        (CAR, car.factor.value, NEW_VALUE, found.found)
    ]
    assert stored(alice) == before


def test_applied_entries_keep_their_old_result_and_all_totals_follow(
    alice: Person, newer_factors: Catalog
) -> None:
    cars = [log(alice, number) for number in range(1, 40)]
    beef = log(alice, 50, make_draft("2026-03-06T08:00", variant="beef", unit="kg", amount=Decimal(1)))
    whose, me = Whose(alice.user_id), Subject.user(alice.user_id)

    done = apply(alice, whose, check(alice, whose).id)

    by_id = {entry.entry_id: entry for entry in stored(alice)}
    for car in cars:
        after = by_id[car.entry_id]
        (former,) = after.former
        assert (after.co2_emissions, after.factor.value, after.version) == (new_kg(car), NEW_VALUE, 2)
        assert (former.co2_emissions, former.factor, former.version) == (car.co2_emissions, car.factor, 1)
    assert by_id[beef.entry_id] == beef
    assert totals_of(me) == counted(stored(alice), me)
    kg_before = sum((car.co2_emissions for car in cars), Decimal(0))
    assert done.applied == Sums(39, kg_before, sum(map(new_kg, cars), Decimal(0)))
    assert [record.action for record in trail(person_subject(alice.user_id))] == [
        "recalculation.applied",
        "recalculation.started",
    ]
    assert check(alice, whose).found == Sums()


@pytest.mark.parametrize("fault", ["dead", "lost"])
def test_a_crash_in_the_middle_loses_and_doubles_nothing(
    fault: str, alice: Person, newer_factors: Catalog, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    cars = [log(alice, number) for number in range(1, 10)]
    whose, me = Whose(alice.user_id), Subject.user(alice.user_id)
    found = check(alice, whose)
    applying.start(alice.stored_profile(), whose, found.id)
    write, calls = write_entries, [0]

    def break_at_the_fourth(*arguments: Any, **more: Any) -> None:
        calls[0] += 1
        if calls[0] == 4 and fault == "dead":
            faults.fail("TransactWriteItems", times=ALWAYS)
        elif fault == "lost":
            faults.lose_reply("TransactWriteItems")
        write(*arguments, **more)

    monkeypatch.setattr(applying, "write_entries", break_at_the_fourth)
    if fault == "dead":
        with pytest.raises(Unavailable):
            applying.apply(whose, found.id)
        faults.heal()
        assert 0 < sum(1 for entry in stored(alice) if entry.former) < len(cars)
    applying.apply(whose, found.id)
    applying.apply(whose, found.id)

    done = RecalculationRepository(alice.user_id).find()
    assert done is not None
    assert done.applied == found.found
    assert [len(entry.former) for entry in stored(alice)] == [1] * len(cars)
    assert totals_of(me) == counted(stored(alice), me)
    assert len(trail(person_subject(alice.user_id))) == 2


def test_an_edit_at_the_same_moment_is_not_lost(
    alice: Person, newer_factors: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    car = log(alice, 1)
    whose, me = Whose(alice.user_id), Subject.user(alice.user_id)
    found = check(alice, whose)
    write = write_entries

    def be_late(*arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(applying, "write_entries", write)
        draft = replace(EntryDraft.of(car), amount=Decimal(60))
        edit_entry(alice.stored_profile(), car.key, draft, version=1)
        write(*arguments, **more)

    monkeypatch.setattr(applying, "write_entries", be_late)
    apply(alice, whose, found.id)

    (entry,) = stored(alice)
    assert (entry.amount, entry.version, entry.co2_emissions) == (Decimal(60), 3, new_kg(entry))
    assert totals_of(me) == counted([entry], me)


def test_a_worker_that_is_overtaken_by_another_end_changes_nothing_more(
    alice: Person, newer_factors: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update: the new worker ends what the old one is still at, slowly; then somebody looks again."""
    car = log(alice, 1)
    whose = Whose(alice.user_id)
    found = check(alice, whose)
    write = write_entries

    def be_late(*arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(applying, "write_entries", write)
        with monkeypatch.context() as updated:
            updated.setattr(Whose, "factors", lambda whose, organization=None: catalog())
            applying.apply(whose, found.id)
        checking.request_check(alice.stored_profile(), whose)
        write(*arguments, **more)

    monkeypatch.setattr(applying, "write_entries", be_late)
    now = apply(alice, whose, found.id)

    assert stored(alice) == [car]
    assert (now.state, now.applied) == (RecalculationState.CHECKING, Sums())


def test_factors_updated_after_the_look_are_looked_at_again(
    alice: Person, newer_factors: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(alice, 1)
    found = check(alice, Whose(alice.user_id))
    before = stored(alice)
    monkeypatch.setattr(Whose, "factors", lambda whose, organization=None: catalog())

    with pytest.raises(RecalculationMoved):
        applying.start(alice.stored_profile(), Whose(alice.user_id), found.id)

    assert stored(alice) == before


@pytest.fixture
def work(acme: Organization, alice: Person, bob: Person) -> list[Entry]:
    """Alice and bob each drove for acme in March and April 2026, and privately."""
    join(alice.user_id, acme.id, role=Role.ORG_ADMIN, department_id=ENGINEERING)
    log(alice, 1), log(bob, 1)
    return [
        log(person, number, work_draft(f"2026-0{number}-05T08:00", department_id=department))
        for person, department in ((alice, ENGINEERING), (bob, SALES))
        for number in (3, 4)
    ]


def test_an_organization_recalculates_its_work_entries_but_no_closed_month(
    acme: Organization, alice: Person, bob: Person, work: list[Entry], newer_factors: Catalog
) -> None:
    close_month("2026-03")
    whose = Whose(acme.id, is_organization=True)

    found = check(alice, whose)
    done = apply(alice, whose, found.id)

    everything = stored(alice) + stored(bob)
    assert (found.seen, found.found.entries, found.locked, done.applied) == (4, 2, 2, found.found)
    assert {(e.is_work, e.month) for e in everything if e.former} == {(True, "2026-04")}
    for subject in (
        Subject.organization(acme.id),
        Subject.department(acme.id, SALES),
        Subject.user(alice.user_id),
        Subject.user(bob.user_id),
    ):
        assert totals_of(subject) == counted(everything, subject)


def test_figures_of_too_few_people_are_withheld_from_page_and_trail(
    acme: Organization, alice: Person, work: list[Entry], newer_factors: Catalog
) -> None:
    whose = Whose(acme.id, is_organization=True)

    found = check(alice, whose)
    apply(alice, whose, found.id)

    assert (found.is_withheld, found.rows) == (True, ())
    assert [(r.action, dict(r.before), dict(r.after)) for r in trail(organization_subject(acme.id))][:1] == [
        ("recalculation.applied", {}, {})
    ]


@pytest.fixture
def crowd(acme: Organization, alice: Person, work: list[Entry]) -> list[Person]:
    """Three more drove for acme in May: enough people, as in March and April are not, nor alice in June."""
    log(alice, 6, work_draft("2026-06-05T08:00", department_id=ENGINEERING))
    people = [make_person(name, alice.profile.preferences) for name in ("Cleo", "Dora", "Emil")]
    for person in people:
        join(person.user_id, acme.id, department_id=SALES)
        log(person, 5, work_draft("2026-05-05T08:00"))
    return people


def test_no_two_looks_tell_of_a_month_of_few_people(
    acme: Organization, alice: Person, crowd: list[Person], newer_factors: Catalog
) -> None:
    whose = Whose(acme.id, is_organization=True)

    everything = check(alice, whose)
    for month in ("2026-03", "2026-04", "2026-06"):
        close_month(month)
    may = check(alice, whose)

    assert (everything.is_withheld, may.is_withheld) == (True, False)
    assert everything.rows == may.rows
    assert [row.sums for row in may.rows] == [may.found]
    assert (may.found.entries, everything.others) == (3, Sums())


def test_a_month_that_is_opened_before_the_decision_is_in_no_figure(
    acme: Organization, alice: Person, crowd: list[Person], newer_factors: Catalog
) -> None:
    whose = Whose(acme.id, is_organization=True)
    for month in ("2026-03", "2026-04", "2026-06"):
        close_month(month)
    found = check(alice, whose)
    reopen_month("2026-04")

    done = apply(alice, whose, found.id)

    assert (found.is_withheld, done.applied.entries, done.is_withheld) == (False, 5, True)
    assert dict(trail(organization_subject(acme.id))[0].after) == {}


def test_one_whose_entries_change_among_many_of_the_factor_is_not_told(
    acme: Organization,
    alice: Person,
    crowd: list[Person],
    newer_factors: Catalog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An edition that begins within a month changes only part of what the report tells."""
    edition = newer.newer_edition
    one = crowd[0].user_id
    monkeypatch.setattr(newer, "newer_edition", lambda f, e: edition(f, e) if e.user_id == one else None)

    found = check(alice, Whose(acme.id, is_organization=True))

    assert (found.found.entries, found.rows, found.is_withheld) == (1, (), True)


@pytest.mark.parametrize("limits", [None, [SALES]], ids=["a member", "of one department"])
def test_probe_04_who_may_no_longer_decide_changes_nothing_in_the_job_either(
    limits: list[str] | None, acme: Organization, alice: Person, work: list[Entry], newer_factors: Catalog
) -> None:
    whose = Whose(acme.id, is_organization=True)
    found, profile = check(alice, whose), alice.stored_profile()
    applying.start(profile, whose, found.id)
    lost: dict[str, Any] = {"role": Role.USER.value} if limits is None else {"managed_departments": limits}
    update_item(USERS, {"user_id": alice.user_id}, set=lost | {"membership_version": 2})
    applying.apply(whose, found.id)
    again = check(alice, whose)

    with pytest.raises(RightsLost):
        applying.start(profile, whose, again.id)

    assert again.found == found.found
    assert not any(entry.former for entry in stored(alice))


def test_a_check_that_crashed_can_begin_again_and_an_old_one_stores_nothing(alice: Person) -> None:
    whose = Whose(alice.user_id)
    first = checking.request_check(alice.stored_profile(), whose)
    second = checking.request_check(alice.stored_profile(), whose)

    checking.check(whose, first.id)
    waiting = RecalculationRepository(alice.user_id).find()
    checking.check(whose, second.id)
    checked = RecalculationRepository(alice.user_id).find()

    assert waiting is not None
    assert checked is not None
    assert (waiting.id, waiting.state) == (second.id, RecalculationState.CHECKING)
    assert (checked.id, checked.state) == (second.id, RecalculationState.CHECKED)


def test_an_archived_entry_is_left_alone(alice: Person, newer_factors: Catalog) -> None:
    entry = log(alice, 1)
    past = int((NOW - timedelta(days=1)).timestamp())
    update_item(CARBON_DATA, item_key(alice.user_id, entry.key), set={"expires_at": past})

    assert check(alice, Whose(alice.user_id)).seen == 0


def test_a_person_does_not_decide_for_their_organization(
    alice: Person, work: list[Entry], newer_factors: Catalog
) -> None:
    whose = Whose(alice.user_id)

    found = check(alice, whose)
    apply(alice, whose, found.id)

    assert found.seen == 1
    assert {entry.is_work for entry in stored(alice) if entry.former} == {False}
