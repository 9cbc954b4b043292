"""Totals can be proved and mended, also while people go on writing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, delete_item
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.entries import Entry, Scope, WorkEntry
from emissions.domain.totals import Subject, TotalsDelta
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services import totals as maintenance
from emissions.services.bulk import record_entries
from emissions.services.entries import record_entry
from emissions.services.totals import (
    Difference,
    TotalsKeptChanging,
    rebuild_month,
    rebuild_subject,
    verify_subject,
)
from tests.emissions.services.working import counted, totals_of
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_entry, make_profile
from tests.fixtures.organizations import make_organization

pytestmark = pytest.mark.usefixtures("dynamodb")

USER = Subject.user(USER_ID)
ORGANIZATION = Subject.organization("o1")
DEPARTMENT = Subject.department("o1", "d1")
KG = Decimal("14.263416")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(maintenance, "INDEX_LAG_SECONDS", 0)
    monkeypatch.setattr(maintenance, "pause", lambda attempt: None)


def spoil(subject: Subject, month: str, **counters: str) -> None:
    delta = TotalsDelta(subject, month, {name: Decimal(value) for name, value in counters.items()})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)


def forget_an_entry(entry: Entry) -> None:
    """As if its item had been removed behind the product's back."""
    with WriteTransaction() as transaction:
        EntryRepository(entry.user_id).remove(entry, transaction=transaction)


def slip_in(entry: Entry) -> None:
    """As if its item had been written behind the product's back."""
    with WriteTransaction() as transaction:
        EntryRepository(entry.user_id).add(entry, transaction=transaction)


def test_totals_that_equal_their_entries_have_no_difference():
    record_entries(USER_ID, [make_entry(1), make_entry(2)])

    assert list(verify_subject(USER)) == []
    assert list(rebuild_subject(USER)) == []
    assert [item.changes for item in TotalsRepository().iter_stored(USER)] == [1]


def test_a_counter_that_is_off_is_found_and_mended():
    record_entries(USER_ID, [make_entry()])
    spoil(USER, "2024-03", co2_emissions="1.5", strange="2")
    difference = Difference(USER, "2024-03", {"co2_emissions": Decimal("-1.5"), "strange": Decimal(-2)})

    assert list(verify_subject(USER)) == [difference]
    assert list(rebuild_subject(USER)) == [difference]

    assert list(verify_subject(USER)) == []
    (month,) = TotalsRepository().months(USER, "2024-03", "2024-03")
    assert (month.co2_emissions, month.entries) == (KG, 1)


def test_totals_without_entries_and_entries_without_totals_are_found_and_mended():
    record_entries(USER_ID, [make_entry(1)])
    forget_an_entry(make_entry(1))
    april = make_entry(2, occurred_at=datetime(2024, 4, 1, tzinfo=UTC))
    slip_in(april)

    found = {(difference.month, int(difference.missing["entries"])) for difference in verify_subject(USER)}
    mended = len(list(rebuild_subject(USER)))

    assert found == {("2024-03", -1), ("2024-04", 1)}
    assert mended == 2
    assert list(verify_subject(USER)) == []


def test_an_entry_past_its_time_counts_only_in_an_archive():
    record_entries(USER_ID, [make_entry(expires_at=datetime(2026, 1, 1, tzinfo=UTC))])

    assert [int(each.missing["entries"]) for each in verify_subject(USER)] == [-1]


@pytest.mark.parametrize("subject", [ORGANIZATION, DEPARTMENT])
def test_totals_of_organizations_and_departments_are_compared_and_mended(subject: Subject):
    record_entries(
        USER_ID,
        [
            make_entry(1, organization_id="o1", department_id="d1"),
            make_entry(2, organization_id="o1", department_id="d2"),
            make_entry(3),
        ],
    )
    assert list(verify_subject(subject)) == []
    spoil(subject, "2024-03", entries="1")

    (mended,) = rebuild_subject(subject)

    assert mended == Difference(subject, "2024-03", {"entries": Decimal(-1)})
    assert list(verify_subject(subject)) == []


def work_of_two_people() -> list[Entry]:
    """The first logs for two departments, the second for one of them, in another scope."""
    other = "5f0f1b1e-0000-4000-8000-000000000b0b"
    entries = [
        make_entry(1, organization_id="o1", department_id="d1"),
        make_entry(2, organization_id="o1", department_id="d1"),
        make_entry(3, organization_id="o1", department_id="d2"),
        make_entry(4, organization_id="o1"),
        make_entry(5, organization_id="o1", department_id="d1", user_id=other),
        make_entry(
            6,
            organization_id="o1",
            department_id="d1",
            user_id=other,
            scope=Scope.THREE,
            scope3_category=6,
        ),
    ]
    for user_id in (USER_ID, other):
        record_entries(user_id, [entry for entry in entries if entry.user_id == user_id])
    return entries


@pytest.mark.parametrize("subject", [USER, ORGANIZATION, DEPARTMENT])
def test_totals_of_work_are_found_and_made_again_from_nothing(subject: Subject):
    entries = work_of_two_people()
    stored = totals_of(subject)
    assert stored == counted(entries, subject)
    assert list(verify_subject(subject)) == []
    for item in TotalsRepository().iter_stored(subject):
        delete_item(EMISSION_TOTALS, {"subject": subject.key, "period": item.period})

    (mended,) = rebuild_subject(subject)

    assert mended == Difference(subject, "2024-03", stored["2024-03"])
    assert totals_of(subject) == stored


@pytest.mark.parametrize(
    ("subject", "counter", "people"),
    [
        (ORGANIZATION, "participants", 2),
        (ORGANIZATION, "participants#d1", 2),
        (ORGANIZATION, "participants#d2", 1),
        (ORGANIZATION, "participants#-", 1),
        (DEPARTMENT, "participants", 2),
        (USER, "work#o1#d1", 2),
        (USER, "work#o1#-", 1),
    ],
)
def test_a_number_of_people_that_is_off_is_found_and_mended(subject: Subject, counter: str, people: int):
    work_of_two_people()
    spoil(subject, "2024-03", **{counter: "1"})
    difference = Difference(subject, "2024-03", {counter: Decimal(-1)})

    assert list(verify_subject(subject)) == [difference]
    assert list(rebuild_subject(subject)) == [difference]

    assert totals_of(subject)["2024-03"][counter] == people
    assert list(verify_subject(subject)) == []


def test_an_organization_that_grew_while_it_is_rebuilt_is_counted(monkeypatch: pytest.MonkeyPatch):
    work_of_two_people()
    spoil(ORGANIZATION, "2024-03", entries="7")
    big = make_organization("o1", departments=(), members=100_000)
    others = iter([make_entry(number, organization_id="o1", department_id=f"d{number}") for number in (8, 9)])
    read = maintenance._month_entries

    def read_and_let_others_write(subject: Subject, month: str) -> list[WorkEntry]:
        found = [entry for entry in read(subject, month) if isinstance(entry, WorkEntry)]
        record_entries(USER_ID, [entry for entry in [next(others, None)] if entry], organization=big)
        return found

    monkeypatch.setattr(maintenance, "_month_entries", read_and_let_others_write)

    assert rebuild_month(ORGANIZATION, "2024-03") == Difference(
        ORGANIZATION, "2024-03", {"entries": Decimal(-7)}
    )

    monkeypatch.undo()
    assert list(verify_subject(ORGANIZATION)) == []
    assert len(list(TotalsRepository().iter_stored(ORGANIZATION))) > 1


def test_the_organizations_of_a_persons_entries_are_met():
    record_entries(USER_ID, [make_entry(1, organization_id="o1", department_id="d1")])
    met: set[Subject] = set()

    assert list(verify_subject(USER, met=met)) == []

    assert met == {USER, ORGANIZATION, DEPARTMENT}


def test_somebody_who_writes_between_reading_and_mending_is_counted(monkeypatch: pytest.MonkeyPatch):
    record_entries(USER_ID, [make_entry(1)])
    spoil(USER, "2024-03", entries="7")
    others = iter([make_entry(2), make_entry(3)])
    read = maintenance._month_entries

    def read_and_let_others_write(subject: Subject, month: str) -> list[Entry]:
        found = [entry for entry in read(subject, month) if isinstance(entry, Entry)]
        record_entries(USER_ID, [entry for entry in [next(others, None)] if entry])
        return found

    monkeypatch.setattr(maintenance, "_month_entries", read_and_let_others_write)

    assert rebuild_month(USER, "2024-03") == Difference(USER, "2024-03", {"entries": Decimal(-7)})

    monkeypatch.undo()
    assert list(verify_subject(USER)) == []
    assert len(EntryRepository(USER_ID).recent(10)) == 3


@pytest.mark.parametrize("check", [verify_subject, rebuild_subject])
def test_a_month_that_never_rests_is_left_alone(monkeypatch: pytest.MonkeyPatch, check):
    spoil(USER, "2024-03", entries="7")
    read = maintenance._month_entries

    def write_each_time(subject: Subject, month: str) -> list[Entry]:
        spoil(USER, "2024-03", entries="1")
        return [entry for entry in read(subject, month) if isinstance(entry, Entry)]

    monkeypatch.setattr(maintenance, "_month_entries", write_each_time)

    with pytest.raises(TotalsKeptChanging) as error:
        list(check(USER))
    assert str(error.value) == (
        f"The totals of user#{USER_ID} for 2024-03 kept changing. Try again in a quieter moment."
    )


def test_totals_are_exact_after_a_rebuild_while_four_threads_log(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()  # real pauses: this is about real writers
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(maintenance, "ATTEMPTS", 1000)
    profile = make_profile()
    spoil(USER, "2024-03", entries="7", co2_emissions="0.000001")

    def log(thread: int) -> None:
        for number in range(15):
            record_entry(profile, make_draft(), entry_id=entry_id_of(thread * 100 + number))

    with ThreadPoolExecutor(5) as threads:
        writers = [threads.submit(log, thread) for thread in range(4)]
        mended = threads.submit(rebuild_month, USER, "2024-03").result()
        for writer in writers:
            writer.result()

    assert mended == Difference(
        USER, "2024-03", {"entries": Decimal(-7), "co2_emissions": Decimal("-0.000001")}
    )
    assert list(verify_subject(USER)) == []
    (month,) = TotalsRepository().months(USER, "2024-03", "2024-03")
    assert month.entries == 60


def test_the_correction_goes_to_this_region_and_leaves_the_others(settings):
    record_entries(USER_ID, [make_entry(1)])
    settings.DYNAMODB_REGION = "us-east-1"
    record_entries(USER_ID, [replace(make_entry(2))])
    spoil(USER, "2024-03", entries="1")
    settings.DYNAMODB_REGION = "eu-west-1"

    list(rebuild_subject(USER))

    stored = {item.period: item.counters["entries"] for item in TotalsRepository().iter_stored(USER)}
    assert stored == {"2024-03#local.0": 1, "2024-03#us-east-1.0": 2, "2024-03#eu-west-1.0": -1}
    assert list(verify_subject(USER)) == []
