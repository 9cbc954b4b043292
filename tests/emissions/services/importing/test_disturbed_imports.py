"""Imports that are disturbed: by lost answers, by a second worker, by people, by their organization."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import DataLayerError, WriteTransaction, count_requests
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, ImportState
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.repositories.imports import ImportRepository
from emissions.services.entries import record_entry
from emissions.services.importing import running, settling
from emissions.services.importing.creating import Target, create_import
from emissions.services.importing.errors import ImportRefused
from emissions.services.importing.running import run_import, start_import
from emissions.services.importing.undoing import run_undo, start_undo
from organizations.domain import Department, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.importing.uploads import checked, imported, some_rows, started, upload_of
from tests.emissions.services.working import ACME, GLOBEX, close_month, counted, reopen_month, totals_of
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_profile
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, make_organization

pytestmark = pytest.mark.dynamodb

PROFILE = make_profile(
    email="alice@example.com", organization_id=ACME, role=Role.ORG_ADMIN, membership_version=1
)
FOR_SALES = Target(ACME, SALES)
SUBJECTS = (Subject.user(USER_ID), Subject.organization(ACME), Subject.department(ACME, SALES))


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, dynamodb: None) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(running, "WATCH_SECONDS", 0.05)
    ProfileRepository().add(PROFILE)
    make_organization(ACME)


def stored() -> list[Entry]:
    """The stored entries; the totals of everybody are their sums."""
    entries = list(EntryRepository(USER_ID).iter_stored())
    for subject in SUBJECTS:
        assert totals_of(subject) == counted(entries, subject)
    return entries


class Interrupting:
    """A report that calls something when so many chunks are settled."""

    def __init__(self, call: Any, *, after: int = 1) -> None:
        self._call = call
        self._left = after + 1  # the first report is of where the import stands

    def advance(self, count: int) -> None:
        self._left -= 1
        if self._left == 0:
            self._call()


def run(found: Import, report: Any = None) -> Import:
    return run_import(USER_ID, found.id, report=report)


def become(**changes: Any) -> None:
    """Make the administrator something else."""
    profile = ProfileRepository().get(USER_ID)
    with WriteTransaction() as transaction:
        ProfileRepository().set_membership(
            profile,
            organization_id=changes.get("organization_id", profile.organization_id),
            role=changes.get("role", profile.role),
            department_id=changes.get("department_id", profile.department_id),
            managed_departments=changes.get("managed_departments", profile.managed_departments),
            error=AssertionError("changed meanwhile"),
            transaction=transaction,
        )


# -- Lost answers and other workers --------------------------------------------------------------------------


def test_answers_that_get_lost_lose_and_double_nothing(faults: Faults):
    found = started(PROFILE, some_rows(150), target=FOR_SALES)
    for _ in range(30):
        faults.lose_reply("TransactWriteItems", times=3)  # as often as it is tried
        try:
            result = run(found)
            break
        except DataLayerError:
            faults.heal()
    faults.heal()
    assert (result.created, result.existing) == (150, 0)
    assert len(stored()) == 150

    start_undo(PROFILE, found.id)
    for _ in range(30):
        faults.lose_reply("TransactWriteItems", times=3)
        try:
            result = run_undo(USER_ID, found.id)
            break
        except DataLayerError:
            faults.heal()
    faults.heal()
    assert (result.undone.removed, result.undone.gone) == (150, 0)
    assert stored() == []


def test_workers_at_the_same_import_write_each_row_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settling, "MOST_ROWS", 7)
    found = started(PROFILE, some_rows(120))
    ready = threading.Barrier(3)

    def work() -> Import:
        ready.wait()
        return run(found)

    with ThreadPoolExecutor(3) as pool:
        results = [each.result() for each in [pool.submit(work) for _ in range(3)]]

    assert {(result.state, result.created, result.existing) for result in results} == {
        (ImportState.FINISHED, 120, 0)
    }
    assert len(stored()) == 120


def test_workers_at_the_same_undo_take_out_each_entry_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settling, "MOST_ROWS", 7)
    found = imported(PROFILE, some_rows(120))
    start_undo(PROFILE, found.id)
    with ThreadPoolExecutor(3) as pool:
        undoing = [pool.submit(run_undo, USER_ID, found.id) for _ in range(3)]
        results = [each.result() for each in undoing]

    assert {(result.undone.removed, result.undone.gone) for result in results} == {(120, 0)}
    assert stored() == []


def test_what_the_author_logs_beside_the_import_is_counted_as_well():
    found = started(PROFILE, some_rows(200), target=FOR_SALES)
    log = Interrupting(lambda: record_entry(PROFILE, make_draft(), entry_id=entry_id_of(1)))

    run(found, log)

    assert len(stored()) == 201


# -- Work ---------------------------------------------------------------------------------------------------


def test_an_administrator_imports_for_a_department_and_is_its_author():
    result = imported(PROFILE, some_rows(5), target=FOR_SALES)

    assert result.created == 5
    assert {(entry.user_id, entry.organization_id, entry.department_id) for entry in stored()} == {
        (USER_ID, ACME, SALES)
    }
    (record,) = AuditRepository(organization_subject(ACME)).all()
    assert (record.action, record.after["created"]) == ("import.finished", 5)
    assert "co2_emissions" not in record.after, "those of one person"


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"role": Role.USER}, FOR_SALES),
        ({"organization_id": None}, FOR_SALES),
        ({}, Target(GLOBEX, SALES)),
        ({}, Target(ACME, "NOWHERE1")),
        ({"managed_departments": (ENGINEERING,)}, FOR_SALES),
        ({"managed_departments": (SALES,)}, Target(ACME, None)),
    ],
)
def test_nobody_imports_for_what_they_do_not_administer(changes: dict[str, Any], target: Target):
    with pytest.raises(ImportRefused):
        create_import(replace(PROFILE, **changes), upload_of(some_rows(2)), target=target)


def test_who_manages_a_department_imports_for_those_inside_it():
    limited = replace(PROFILE, managed_departments=(SALES,))

    assert create_import(limited, upload_of(some_rows(2)), target=Target(ACME, FIELD)).department_id == FIELD


def test_rows_of_closed_months_are_refused_one_by_one():
    close_month("2024-02")
    rows = [*some_rows(3, month="2024-02"), *some_rows(4)]

    found = checked(PROFILE, rows, target=FOR_SALES)
    result = run(start_import(PROFILE, found.id))

    assert found.check is not None
    assert (found.check.accepted, found.check.refused) == (result.created, result.refused) == (4, 3)
    assert "closed February 2024" in found.check.refusals[0].sentence
    assert len(stored()) == 4


def test_a_month_that_closes_while_the_import_runs_takes_nothing_more():
    found = started(PROFILE, some_rows(300), target=FOR_SALES)

    result = run(found, Interrupting(lambda: close_month("2024-03")))

    assert result.created + result.refused == 300
    assert 0 < result.created < 100
    assert len(stored()) == result.created


def test_a_month_that_is_archived_while_the_import_runs_takes_nothing_more():
    found = started(PROFILE, some_rows(200))

    result = run(found, Interrupting(lambda: ArchiveRepository(SUBJECTS[0]).begin("2024-03", "one")))

    assert result.created + result.refused == 200
    assert 0 < result.created < 100
    assert len(stored()) == result.created
    start_undo(PROFILE, found.id)
    assert run_undo(USER_ID, found.id).undone.kept == result.created


def test_an_undo_leaves_what_has_been_closed_since():
    found = imported(PROFILE, [*some_rows(3, month="2024-02"), *some_rows(4)], target=FOR_SALES)
    close_month("2024-02")
    start_undo(PROFILE, found.id)

    result = run_undo(USER_ID, found.id)

    assert (result.undone.removed, result.undone.kept) == (4, 3)
    assert {entry.month for entry in stored()} == {"2024-02"}
    reopen_month("2024-02")


@pytest.mark.parametrize("changes", [{"role": Role.USER}, {"managed_departments": (ENGINEERING,)}])
def test_an_import_stops_where_its_author_loses_the_right_to_it(changes: dict[str, Any]):
    found = started(PROFILE, some_rows(300), target=FOR_SALES)

    result = run(found, Interrupting(lambda: become(**changes)))

    assert result.state is ImportState.FINISHED
    assert 0 < result.created < 100
    assert "do not administer" in result.problem
    assert len(stored()) == result.created
    start_undo(PROFILE, found.id)
    assert run_undo(USER_ID, found.id).undone.removed == result.created


def test_an_import_goes_on_when_its_author_only_moves_to_another_department():
    found = started(PROFILE, some_rows(300), target=FOR_SALES)

    result = run(found, Interrupting(lambda: become(department_id=ENGINEERING)))

    assert (result.created, result.problem) == (300, "")


@pytest.mark.parametrize("left", ["deleting", "archived"])
def test_an_import_for_what_ends_meanwhile_stops(left: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settling, "CHUNKS_PER_LOOK", 1)
    found = started(PROFILE, some_rows(300), target=FOR_SALES)

    result = run(found, Interrupting(lambda: end(left)))

    assert result.state is ImportState.FINISHED
    assert 0 < result.created < 200
    assert result.problem
    assert len(stored()) == result.created


def end(what: str) -> None:
    organization = OrganizationRepository(ACME).get()
    changed = replace(organization, deleting_at=NOW) if what == "deleting" else _without_sales(organization)
    with WriteTransaction() as transaction:
        OrganizationRepository(ACME).save(changed, seen_version=organization.version, transaction=transaction)


def _without_sales(organization: Organization) -> Organization:
    kept = [each for each in organization.departments if each.id != SALES]
    return replace(organization, departments=(*kept, Department(SALES, "Sales", archived_at=NOW)))


# -- What it costs ------------------------------------------------------------------------------------------


def test_a_list_of_imports_and_the_page_of_one_are_one_request_each():
    for count in (2, 3, 4):
        found = imported(PROFILE, some_rows(count))
    repository = ImportRepository(USER_ID)

    with count_requests() as meter:
        page = repository.page()
        repository.get(found.id)

    assert meter.count == 2
    assert [each.row_count for each in page.items] == [4, 3, 2]
