"""Deleting an organization: everything of it goes, whatever crashes on the way, and nobody loses an entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import Conflict, Key, WriteTransaction, iter_query, iter_scan
from carbontrack.dynamodb.tables import EMISSION_TOTALS, ORGANIZATIONS
from carbontrack.jobs import JobState, ProgressRepository
from emissions.domain.entries import Entry, Scope
from emissions.domain.scopes import WorkScope
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository
from emissions.services import deletion, releasing, totals
from emissions.services.drafts import Work
from emissions.services.entries import delete_entry, record_entry, restore_entry
from emissions.services.writing import write_entries
from organizations.domain import Organization, Target
from organizations.errors import OrganizationConflict
from organizations.repositories.members import MemberRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.members import leave
from tests.emissions.services.working import close_month, counted, totals_of, work_draft
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person

#: (department, moment, scope) of the work entries of everybody in `busy`: three share a month, one is of no
#: department, and one is business travel, not what its factor says.
WORK = (
    (SALES, "2024-03-15T10:30", "1"),
    (SALES, "2024-03-16T10:30", "3.6"),
    (FIELD, "2024-03-17T10:30", "1"),
    (ENGINEERING, "2024-04-01T10:30", "1"),
    (None, "2026-11-20T10:30", "1"),
)


class Crash(BaseException):
    """What `kill -9` is: nothing catches it."""


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(releasing, "INDEX_LAG_SECONDS", 0)
    monkeypatch.setattr(totals, "INDEX_LAG_SECONDS", 0)


def log_work(person: Person, organization_id: str, first_number: int) -> None:
    for number, (department_id, moment, scope) in enumerate(WORK, start=first_number):
        work = Work(organization_id, department_id, WorkScope.parse(scope))
        draft = make_draft(moment, work=work)
        record_entry(person.stored_profile(), draft, entry_id=entry_id_of(number))


def log_personal(person: Person, number: int) -> None:
    record_entry(person.stored_profile(), make_draft("2024-03-15T12:00"), entry_id=entry_id_of(number))


def entries_of(person: Person) -> list[Entry]:
    return list(EntryRepository(person.user_id).iter_stored())


@pytest.fixture
def busy(acme: Organization, alice: Person, bob: Person, charlie: Person) -> Organization:
    """acme at work: alice and bob log, charlie did and has left; a target, a closed month, an invitation."""
    join(charlie.user_id, acme.id, department_id=SALES, role=Role.ORG_ADMIN, managed_departments=[SALES])
    for number, person in enumerate((alice, bob, charlie), start=1):
        log_work(person, acme.id, number * 100)
        log_personal(person, number * 100 + 50)
    leave(charlie.stored_profile())
    close_month("2024-03", acme.id)
    target = Target("T", 2024, Decimal(1000), Decimal(30), 2030, NOW)
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).add_target(target, transaction=transaction)
        transaction.put(
            ORGANIZATIONS, {"organization_id": acme.id, "record": "invitation#1", "email": "eve@example.com"}
        )
    return OrganizationRepository(acme.id).get()


def start(actor: Person, organization: Organization) -> None:
    deletion.start(actor.stored_profile(), OrganizationRepository(organization.id).overview())


def run(actor: Person, organization: Organization) -> None:
    deletion.empty(organization.id, actor.user_id)
    deletion.end(organization.id, actor.user_id)


def records_of(organization: Organization) -> list[str]:
    key = Key("organization_id").eq(organization.id)
    return [item["record"]["S"] for item in iter_query(ORGANIZATIONS, key, consistent=True)]


def totals_items(organization: Organization) -> list[tuple[str, str]]:
    items = iter_scan(EMISSION_TOTALS)
    return [
        (item["subject"]["S"], item["period"]["S"])
        for item in items
        if organization.id in item["subject"]["S"]
    ]


def actions(organization: Organization) -> list[str]:
    return [each.action for each in AuditRepository(organization_subject(organization.id)).all()]


def as_personal(entry: Entry) -> Entry:
    """As its author makes it by an edit: the scope that was chosen for work goes, a car's own is 1."""
    if entry.organization_id is None:
        return entry
    return replace(
        entry,
        organization_id=None,
        department_id=None,
        scope=Scope.ONE,
        scope3_category=None,
        version=entry.version + 1,
    )


def kg_counters(person: Person) -> dict[str, dict[str, Decimal]]:
    """A person's totals without what is told of work: the numbers of its entries, and the scopes chosen."""
    return {
        month: {name: value for name, value in counters.items() if not name.startswith(("work#", "scope#"))}
        for month, counters in totals_of(Subject.user(person.user_id)).items()
    }


def demand_gone(organization: Organization, *people: Person) -> None:
    assert records_of(organization) == []
    assert totals_items(organization) == []
    assert [person.stored_profile().organization_id for person in people] == [None] * len(people)
    for person in people:
        subject = Subject.user(person.user_id)
        entries = entries_of(person)
        assert [entry.organization_id for entry in entries] == [None] * len(entries)
        assert totals_of(subject) == counted(entries, subject)
        assert list(totals.verify_subject(subject)) == []


def crash_after(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the job die as soon as one of its steps is done."""

    def crashing(step: Callable[[Any], None]) -> Callable[[Any], None]:
        def crash(job: Any) -> None:
            step(job)
            raise Crash

        return crash

    steps = list(deletion.STEPS)
    words, step = steps[number]
    steps[number] = (words, crashing(step))
    monkeypatch.setattr(deletion, "STEPS", tuple(steps))


def test_nothing_is_left_and_entries_are_personal_with_all_their_figures(
    busy: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    people = (alice, bob, charlie)
    before = {person.user_id: entries_of(person) for person in people}
    figures = [kg_counters(person) for person in people]

    start(alice, busy)
    run(alice, busy)

    demand_gone(busy, *people)
    assert [kg_counters(person) for person in people] == figures
    for person in people:
        assert entries_of(person) == [as_personal(entry) for entry in before[person.user_id]]
        assert {entry.scope3_category for entry in entries_of(person)} == {None}
    call_command("totals", "verify", "--all")


@pytest.mark.parametrize("number", range(len(deletion.STEPS)))
def test_job_that_died_after_a_step_is_taken_up_again(
    busy: Organization,
    alice: Person,
    bob: Person,
    charlie: Person,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = [kg_counters(person) for person in (alice, bob, charlie)]
    start(alice, busy)
    with monkeypatch.context() as patch:
        crash_after(patch, number)
        with pytest.raises(Crash):
            run(alice, busy)

    run(alice, busy)

    demand_gone(busy, alice, bob, charlie)
    assert [kg_counters(person) for person in (alice, bob, charlie)] == figures


@pytest.mark.parametrize("written", [1, 2, 5])
def test_job_that_died_between_two_transactions_is_taken_up_again(
    busy: Organization,
    alice: Person,
    bob: Person,
    charlie: Person,
    written: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start(alice, busy)
    write, calls = write_entries, []

    def dying(*args: Any, **options: Any) -> None:
        calls.append(args)
        if len(calls) > written:
            raise Crash
        write(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(releasing, "write_entries", dying)
        with pytest.raises(Crash):
            run(alice, busy)

    run(alice, busy)

    demand_gone(busy, alice, bob, charlie)


def test_job_that_ran_to_its_end_before_does_nothing_more(
    busy: Organization, alice: Person, bob: Person
) -> None:
    start(alice, busy)
    run(alice, busy)
    told = actions(busy)

    assert deletion.empty(busy.id, alice.user_id) is False
    deletion.end(busy.id, alice.user_id)

    demand_gone(busy, alice, bob)
    assert actions(busy) == told


def test_organization_that_nobody_asked_to_delete_is_left_alone(busy: Organization, alice: Person) -> None:
    with pytest.raises(ValueError, match="nobody has asked"):
        deletion.empty(busy.id, alice.user_id)

    assert "target#T" in records_of(busy)


def test_another_organization_is_not_touched(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    record_entry(
        charlie.stored_profile(),
        work_draft(organization_id=globex.id, department_id=None),
        entry_id=entry_id_of(1),
    )
    before = totals_of(Subject.organization(globex.id))
    start(alice, acme)
    run(alice, acme)

    assert OrganizationRepository(globex.id).get() == globex
    assert charlie.stored_profile().organization_id == globex.id
    assert totals_of(Subject.organization(globex.id)) == before


def test_who_asked_stays_a_member_until_the_end(busy: Organization, alice: Person, bob: Person) -> None:
    start(alice, busy)
    deletion.empty(busy.id, alice.user_id)

    assert records_of(busy) == ["organization"]
    assert alice.stored_profile().is_full_organization_admin
    assert bob.stored_profile().organization_id is None


def test_everybody_is_told_once(busy: Organization, alice: Person, bob: Person) -> None:
    start(alice, busy)
    run(alice, busy)
    run(alice, busy)

    told = [(each.to, each.subject) for each in mail.outbox]
    assert sorted(told) == [
        (["alice@example.com"], "Acme is deleted"),
        (["bob@example.com"], "Acme is deleted"),
    ]


def test_trail_tells_who_asked_and_what_went(busy: Organization, alice: Person) -> None:
    start(alice, busy)
    run(alice, busy)

    trail = list(AuditRepository(organization_subject(busy.id)).all())
    started = next(each for each in trail if each.action == "organization.deletion_started")
    assert started.actor_name == "Alice"
    assert dict(started.before) == {
        "members": 2,
        "departments": ["Engineering", "Sales", "Sales › Field"],
        "targets": 1,
        "closed_months": ["2024-03"],
    }
    assert [(each.action, each.about) for each in trail if each.action != "member.left"] == [
        ("organization.deletion_started", "Acme"),
        ("member.removed", "Bob"),
        ("organization.deleted", "Acme"),
    ]


def test_deletion_by_somebody_who_was_demoted_meanwhile_begins_nothing(
    acme: Organization, alice: Person
) -> None:
    seen = alice.stored_profile()
    join(alice.user_id, acme.id)  # membership_version stays 1, the role is gone

    with pytest.raises(OrganizationConflict):
        deletion.start(seen, OrganizationRepository(acme.id).overview())

    assert OrganizationRepository(acme.id).get().deleting_at is None


def test_entry_whose_deletion_is_undone_during_the_job_is_released_at_the_end(
    busy: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    entry = next(each for each in entries_of(bob) if each.month == "2026-11")
    token = delete_entry(bob.stored_profile(), entry.key, entry.version)
    start(alice, busy)
    deletion.empty(busy.id, alice.user_id)
    restore_entry(bob.stored_profile(), token)

    deletion.end(busy.id, alice.user_id)

    demand_gone(busy, alice, bob, charlie)


def test_entries_and_members_that_the_indexes_show_late_are_released(
    busy: Organization, alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both indexes show nothing at first, as if everybody had logged and joined a moment ago."""
    start(alice, busy)
    for repository in (OrganizationEntryRepository, MemberRepository):
        monkeypatch.setattr(repository, "all", _late(repository.all))

    deletion.empty(busy.id, alice.user_id)

    assert [person.stored_profile().organization_id for person in (alice, bob, charlie)] == [
        busy.id,
        None,
        None,
    ]
    assert {entry.organization_id for person in (alice, bob, charlie) for entry in entries_of(person)} == {
        None
    }


def _late(search: Callable[[Any], Any]) -> Callable[[Any], Any]:
    asked: list[Any] = []

    def late(repository: Any) -> Any:
        asked.append(repository)
        return search(repository) if len(asked) > 1 else iter(())

    return late


def test_end_comes_after_the_last_undo() -> None:
    assert timedelta(minutes=10) < deletion.FAREWELL


def test_author_who_changes_an_entry_meanwhile_does_not_stop_the_job(
    busy: Organization, alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(alice, busy)
    met: list[str] = []

    def colliding(user_id: str, **options: Any) -> None:
        if not met:
            met.append(user_id)
            raise Conflict("somebody was faster")
        write_entries(user_id, **options)

    monkeypatch.setattr(releasing, "write_entries", colliding)
    run(alice, busy)

    demand_gone(busy, alice, bob, charlie)


def test_month_closed_at_the_last_moment_does_not_stop_the_job(
    busy: Organization, alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(alice, busy)
    release, seen = releasing._release_author, set[str]()

    def after_somebody_closed(*args: Any) -> int:
        if not seen:
            seen.add("once")
            close_month("2024-03", busy.id)
        return release(*args)

    monkeypatch.setattr(releasing, "_release_author", after_somebody_closed)
    run(alice, busy)

    demand_gone(busy, alice, bob, charlie)


def test_totals_that_are_not_the_sum_of_entries_stop_the_end(busy: Organization, alice: Person) -> None:
    start(alice, busy)
    deletion.empty(busy.id, alice.user_id)
    with WriteTransaction() as transaction:
        transaction.update(
            EMISSION_TOTALS,
            {"subject": f"organization#{busy.id}", "period": "2024-03#local.0"},
            add={"co2_emissions": Decimal(1), "changes": Decimal(1)},
        )

    with pytest.raises(releasing.NotEmptyYet):
        deletion.end(busy.id, alice.user_id)

    assert records_of(busy) == ["organization"]


def test_totals_spread_over_items_that_only_together_are_zero_are_removed(
    busy: Organization, alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was small when its people logged, and is large now: what goes is written to other items."""
    start(alice, busy)
    monkeypatch.setattr(
        deletion,
        "OrganizationRepository",
        lambda organization_id: _Grown(organization_id),
    )

    run(alice, busy)

    demand_gone(busy, alice, bob, charlie)


class _Grown(OrganizationRepository):
    def find(self, *, consistent: bool = True) -> Organization | None:
        stored = super().find(consistent=consistent)
        return None if stored is None else replace(stored, members=1000)


def test_progress_counts_entries_and_members_and_ends_with_done(busy: Organization, alice: Person) -> None:
    start(alice, busy)
    deletion.empty(busy.id, alice.user_id)

    progress = ProgressRepository(busy.id).find(deletion.JOB_ID)
    assert progress is not None
    assert (progress.state, progress.done, progress.total) == (JobState.DONE, 15 + 1, 15 + 2)

    deletion.end(busy.id, alice.user_id)
    assert ProgressRepository(busy.id).find(deletion.JOB_ID) is None
