"""Work entries count exactly once, whatever gets lost, comes twice or comes between."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import backoff, count_requests
from carbontrack.dynamodb.calls import send_raw
from carbontrack.dynamodb.errors import Conflict, Unavailable
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.errors import FormAlreadySaved, UndoTooLate
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository, spread_for
from emissions.services import writing
from emissions.services.bulk import BulkRecorded, record_entries
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry, restore_entry
from emissions.services.writing import MonthMoved, write_entries
from organizations.domain import Department, Organization
from tests.emissions.services.working import (
    ACME,
    counted,
    make_member,
    totals_of,
    work_draft,
)
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_entry
from tests.fixtures.dynamodb import Engine
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import ENGINEERING, SALES, make_organization

MEMBER = make_member()
SUBJECTS = (
    Subject.user(USER_ID),
    Subject.organization(ACME),
    Subject.department(ACME, SALES),
    Subject.department(ACME, ENGINEERING),
)

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def acme(dynamodb: None) -> Organization:
    return make_organization()


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that shows another second each time: no two requests have the same content."""
    seconds = itertools.count()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=next(seconds)))


def log(number: int = 1, draft: EntryDraft | None = None) -> Entry:
    return record_entry(MEMBER, draft or work_draft(), entry_id=entry_id_of(number)).entry


def stored() -> list[Entry]:
    return list(EntryRepository(USER_ID).iter_stored())


def check_totals(entries: list[Entry] | None = None) -> None:
    """Whatever is stored, every total is the sum of it; and it is what was expected, if anything was."""
    found = stored()
    for subject in SUBJECTS:
        assert totals_of(subject) == counted(found, subject), subject.key
    if entries is not None:
        assert found == entries


def between(monkeypatch: pytest.MonkeyPatch, *others: Callable[[], Any]) -> None:
    """Let others write each time after the author's month was read."""
    waiting, read = iter(others), TotalsRepository.own_months

    def read_and_let_others_write(self: TotalsRepository, *arguments: Any) -> Any:
        found = read(self, *arguments)
        if (other := next(waiting, None)) is not None:
            other()
        return found

    monkeypatch.setattr(writing, "pause", lambda attempt: None)
    monkeypatch.setattr(TotalsRepository, "own_months", read_and_let_others_write)


# -- Something gets lost ------------------------------------------------------------------------------------


def test_every_change_counts_once_when_every_first_reply_gets_lost(faults: Faults):
    faults.lose_reply("TransactWriteItems")
    entry = log()
    check_totals([entry])

    changes: tuple[dict[str, Any], ...] = (
        {"amount": Decimal(100)},
        {"work": Work(ACME, ENGINEERING)},
        {"work": None},
        {"work": Work(ACME, None)},
        {"local_date": date(2024, 4, 1)},
    )
    for change in changes:
        faults.lose_reply("TransactWriteItems")
        draft = replace(EntryDraft.of(entry), **change)
        entry = edit_entry(MEMBER, entry.key, draft, version=entry.version).entry
        check_totals([entry])

    faults.lose_reply("TransactWriteItems")
    undo_token = delete_entry(MEMBER, entry.key, entry.version)
    check_totals([])

    faults.lose_reply("TransactWriteItems")
    check_totals([restore_entry(MEMBER, undo_token)])


def test_a_lost_reply_is_recognized_by_an_engine_that_forgot_its_tokens(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
):
    """As after a restart: then only what was written tells that it was."""
    numbers = itertools.count()

    def send_with_a_token_of_its_own(operation: str, params: dict[str, Any]) -> Any:
        return send_raw(operation, {**params, "ClientRequestToken": f"try-{next(numbers)}"})

    monkeypatch.setattr("carbontrack.dynamodb.transactions.send_raw", send_with_a_token_of_its_own)

    faults.lose_reply("TransactWriteItems")
    entry = log()
    check_totals([entry])
    faults.lose_reply("TransactWriteItems")
    undo_token = delete_entry(MEMBER, entry.key, 1)
    check_totals([])
    faults.lose_reply("TransactWriteItems")
    check_totals([restore_entry(MEMBER, undo_token)])


def test_a_form_sent_again_after_all_replies_got_lost_counts_once(faults: Faults, ticking: None):
    faults.lose_reply("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        log()
    faults.heal()

    recorded = record_entry(MEMBER, work_draft(), entry_id=entry_id_of(1))

    assert not recorded.created
    check_totals([recorded.entry])


def test_a_form_sent_again_after_a_failure_is_saved(faults: Faults):
    faults.fail("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        log()
    faults.heal()

    check_totals([log()])


def test_an_undo_sent_again_after_all_replies_got_lost_counts_once(faults: Faults):
    undo_token = delete_entry(MEMBER, log().key, 1)
    faults.lose_reply("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        restore_entry(MEMBER, undo_token)
    faults.heal()

    check_totals([restore_entry(MEMBER, undo_token)])


def test_work_that_meets_others_is_sent_again_with_the_same_token(faults: Faults):
    faults.heal()  # of what made the organization
    faults.conflict(times=3)

    entry = log()

    tokens = [body["ClientRequestToken"] for body in faults.bodies if "TransactItems" in body]
    assert (len(tokens), len(set(tokens))) == (4, 1)
    check_totals([entry])


def test_every_acknowledged_work_entry_survives_kill_9(engine_on_disk: Engine):
    make_organization()
    acknowledged = []
    for number in range(1, 16):
        acknowledged.append(log(number))
        if number % 5 == 0:
            engine_on_disk.restart()

    check_totals(acknowledged)


# -- Something comes twice ----------------------------------------------------------------------------------


def test_a_form_sent_twice_at_once_counts_once(ticking: None):
    for number in range(1, 6):
        with ThreadPoolExecutor(8) as threads:
            recorded = list(threads.map(lambda _, n=number: log(n), range(8)))
        assert len(set(recorded)) == 1

    assert len(stored()) == 5
    check_totals()


def test_log_again_clicked_twice_at_once_logs_once(ticking: None):
    entry = log()

    with ThreadPoolExecutor(8) as threads:
        repeated = list(
            threads.map(lambda _: repeat_entry(MEMBER, entry.key, entry_id=entry_id_of(2)).entry, range(8))
        )

    assert len(set(repeated)) == 1
    assert len(stored()) == 2
    check_totals()


def test_a_form_sent_again_with_other_content_is_asked_about():
    entry = log()

    for other in (work_draft(amount=Decimal(7)), work_draft("2024-04-01T08:00"), make_draft()):
        with pytest.raises(FormAlreadySaved):
            log(1, other)

    check_totals([entry])


def test_a_form_whose_first_try_met_another_write_still_saves_once(monkeypatch: pytest.MonkeyPatch):
    between(monkeypatch, lambda: log(2, make_draft()))
    entry = log(1)
    again = replace(work_draft(), local_date=date(2024, 3, 20))

    with pytest.raises(FormAlreadySaved):  # another day is another key: only the mark tells
        log(1, again)

    assert entry in stored()
    assert len(stored()) == 2
    check_totals()


def test_an_undo_twice_counts_once():
    undo_token = delete_entry(MEMBER, log().key, 1)

    assert restore_entry(MEMBER, undo_token) == restore_entry(MEMBER, undo_token)
    check_totals()


def test_an_undo_twice_at_once_counts_once():
    undo_token = delete_entry(MEMBER, log().key, 1)

    with ThreadPoolExecutor(8) as threads:
        restored = set(threads.map(lambda _: restore_entry(MEMBER, undo_token), range(8)))

    check_totals(list(restored))


def test_an_undo_of_an_entry_deleted_again_asks_for_the_newer_undo():
    entry = log()
    older = delete_entry(MEMBER, entry.key, 1)
    restored = restore_entry(MEMBER, older)
    newer = delete_entry(MEMBER, entry.key, restored.version)

    with pytest.raises(UndoTooLate):
        restore_entry(MEMBER, older)
    check_totals([])

    check_totals([restore_entry(MEMBER, newer)])


def test_one_edit_sent_twice_at_once_is_one_edit():
    entry = log()
    draft = replace(EntryDraft.of(entry), work=Work(ACME, ENGINEERING))

    with ThreadPoolExecutor(8) as threads:
        edited = set(threads.map(lambda _: edit_entry(MEMBER, entry.key, draft, version=1).entry, range(8)))

    check_totals(list(edited))


def test_a_deletion_sent_twice_at_once_happens_once():
    entry = log()

    def delete(_: int) -> bool:
        try:
            delete_entry(MEMBER, entry.key, 1)
        except Exception:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(delete, range(4))) == 1
    check_totals([])


# -- Something comes between --------------------------------------------------------------------------------


def test_who_logs_in_two_tabs_becomes_a_participant_once(monkeypatch: pytest.MonkeyPatch):
    between(monkeypatch, lambda: log(2))

    log(1)

    assert totals_of(Subject.organization(ACME))["2024-03"]["participants"] == 1
    check_totals()


def test_another_try_has_another_token_since_dynamodb_refuses_one_with_other_content(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
):
    faults.heal()
    between(monkeypatch, lambda: log(2, make_draft()), lambda: log(3, make_draft()))

    log(1)

    tokens = [body["ClientRequestToken"] for body in faults.bodies if "TransactItems" in body]
    assert len(tokens) == len(set(tokens)) == 5


def test_who_deletes_the_last_two_entries_in_two_tabs_stops_being_one(monkeypatch: pytest.MonkeyPatch):
    one, two = log(1), log(2)
    between(monkeypatch, lambda: delete_entry(MEMBER, two.key, 1))

    delete_entry(MEMBER, one.key, 1)

    check_totals([])


def test_who_never_finds_a_quiet_moment_is_told_and_nothing_is_written(monkeypatch: pytest.MonkeyPatch):
    numbers = itertools.count(2)
    between(monkeypatch, *(lambda: log(next(numbers), make_draft()),) * writing.ATTEMPTS)

    with pytest.raises(MonthMoved):
        log(1)

    assert len(stored()) == writing.ATTEMPTS
    assert not any(entry.is_work for entry in stored())
    check_totals()


def test_months_are_read_together_and_both_must_be_as_they_were(monkeypatch: pytest.MonkeyPatch):
    entry = log()
    between(monkeypatch, lambda: log(2, work_draft("2024-04-15T10:30")))

    draft = replace(EntryDraft.of(entry), local_date=date(2024, 4, 1))
    with count_requests() as meter:
        edit_entry(MEMBER, entry.key, draft, version=1)

    assert [request.operation for request in meter.requests].count("batch_get_item") == 2
    check_totals()


# -- Many people --------------------------------------------------------------------------------------------


def people(count: int) -> Iterator[str]:
    return (f"5f0f1b1e-0000-4000-8000-{number:012x}" for number in range(count))


@pytest.mark.parametrize("members", [10, 100, 1_000, 100_000])
def test_twenty_people_logging_at_once_into_one_organization_lose_nothing(members: int):
    departments = [Department(f"D{number}", f"D{number}") for number in range(6)]
    organization = make_organization("BIG", departments=departments, members=members)

    def work_a_day(user_id: str) -> list[Entry]:
        profile = make_member(user_id, "BIG")
        entries = []
        for number in range(4):
            department = departments[(int(user_id[-4:], 16) + number // 2) % 6].id
            draft = work_draft("2026-11-20T10:30", organization_id="BIG", department_id=department)
            entries.append(
                record_entry(profile, draft, entry_id=entry_id_of(number), organization=organization).entry
            )
        return entries

    with ThreadPoolExecutor(20) as threads:
        entries = list(itertools.chain.from_iterable(threads.map(work_a_day, people(20))))

    for subject in (
        Subject.organization("BIG"),
        *(Subject.department("BIG", each.id) for each in departments),
    ):
        assert totals_of(subject) == counted(entries, subject)
    shards = {each.period for each in TotalsRepository().iter_stored(Subject.organization("BIG"))}
    assert len(shards) <= spread_for(members).shards


def test_one_person_logging_twenty_times_at_once_loses_nothing():
    with ThreadPoolExecutor(20) as threads:
        entries = list(threads.map(log, range(20)))

    assert sorted(stored(), key=lambda entry: entry.entry_id) == entries
    check_totals()


# -- Many entries -------------------------------------------------------------------------------------------


def work_entries(count: int) -> list[Entry]:
    """Spread over months and departments, some of them personal."""
    return [
        make_entry(
            number,
            occurred_at=datetime(2024 + number % 3, number % 12 + 1, 1, tzinfo=UTC),
            organization_id=None if number % 5 == 0 else ACME,
            department_id=None if number % 5 == 0 else (SALES, ENGINEERING)[number % 2],
        )
        for number in range(count)
    ]


def test_many_work_entries_fill_transactions_and_count_exactly(acme: Organization):
    entries = work_entries(300)
    done: list[int] = []

    result = record_entries(USER_ID, entries, organization=acme, progress=done.append)

    assert result == BulkRecorded(created=300, existing=0)
    assert sum(done) == 300
    assert len(stored()) == 300
    check_totals()


def test_many_work_entries_of_a_running_month_share_few_writes(acme: Organization, faults: Faults):
    entries = [
        make_entry(
            number,
            occurred_at=datetime(2026, 11, 1, tzinfo=UTC),
            organization_id=ACME,
            department_id=SALES,
        )
        for number in range(97)
    ]
    faults.heal()

    record_entries(USER_ID, entries, organization=acme)

    assert faults.sent == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert len(faults.bodies[-1]["TransactItems"]) == 100
    check_totals()


def test_many_work_entries_cut_short_can_be_sent_again_from_the_start(faults: Faults):
    entries = work_entries(200)

    def stop(done: int) -> None:
        faults.engine_gone()

    with pytest.raises(Unavailable):
        record_entries(USER_ID, entries, progress=stop)
    faults.heal()
    faults.lose_reply("TransactWriteItems")

    result = record_entries(USER_ID, entries)

    assert (result.created + result.existing, result.existing > 0) == (200, True)
    check_totals()


def test_the_same_many_work_entries_from_two_sides_at_once_count_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backoff, "BASE_SECONDS", 0.001)
    entries = work_entries(120)

    with ThreadPoolExecutor(3) as threads:
        results = list(
            threads.map(
                lambda order: record_entries(USER_ID, entries[::order]),
                (1, -1, 1),
            )
        )

    assert all(result.created + result.existing == 120 for result in results)
    assert len(stored()) == 120
    check_totals()


def test_somebody_who_logs_beside_many_entries_is_counted_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emissions.services.bulk.pause", lambda attempt: None)
    between(monkeypatch, lambda: log(900))

    record_entries(USER_ID, work_entries(40))

    assert len(stored()) == 41
    check_totals()


def test_somebody_who_saves_some_of_many_entries_meanwhile_hides_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
):
    entries = work_entries(20)
    look, others = EntryRepository.existing, iter([lambda: record_entries(USER_ID, entries[:7])])

    def look_and_let_others_save(self: EntryRepository, keys: Any) -> Any:
        found = look(self, keys)
        if (other := next(others, None)) is not None:
            other()
        return found

    monkeypatch.setattr(EntryRepository, "existing", look_and_let_others_save)

    assert record_entries(USER_ID, entries) == BulkRecorded(created=13, existing=7)
    assert len(stored()) == 20
    check_totals()


def test_several_changes_of_one_person_are_one_transaction():
    one, two = log(1), log(2)
    personal = replace(one, organization_id=None, department_id=None, version=2)

    with count_requests() as meter:
        write_entries(USER_ID, added=[personal, make_entry(3)], removed=[one, two])

    assert [request.operation for request in meter.requests] == ["get_item", "transact_write_items"]
    check_totals()
    assert [entry.entry_id for entry in stored()] == [entry_id_of(1), entry_id_of(3)]


def test_several_changes_of_which_one_is_out_of_date_change_nothing():
    one, two = log(1), log(2)

    with pytest.raises(Conflict):
        write_entries(USER_ID, removed=[one, replace(two, version=7)])

    check_totals([one, two])
