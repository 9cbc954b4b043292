"""What goes wrong between us and DynamoDB leaves entries and totals whole: all or nothing, never twice."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import backoff
from carbontrack.dynamodb.errors import Conflict, Throttled, Unavailable
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft
from emissions.services.entries import delete_entry, edit_entry, record_entry, restore_entry
from emissions.services.totals import verify_subject
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_entry, make_profile
from tests.fixtures.dynamodb import Engine
from tests.fixtures.faults import ALWAYS, Faults

PROFILE = make_profile()
KG = Decimal("14.263616")
ID = entry_id_of(1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def log(number: int = 1, **changes: Any) -> Entry:
    return record_entry(PROFILE, make_draft(**changes), entry_id=entry_id_of(number)).entry


def state() -> tuple[list[Entry], int, Decimal]:
    """The stored entries, and how many entries and kg the totals count."""
    (month,) = TotalsRepository().months(Subject.user(USER_ID), "2024-03", "2024-03")
    assert list(verify_subject(Subject.user(USER_ID))) == []
    return list(EntryRepository(USER_ID).iter_stored()), month.entries, month.co2_emissions


NOTHING: tuple[list[Entry], int, Decimal] = ([], 0, Decimal(0))


# -- Log ----------------------------------------------------------------------------------------------------


def test_a_throttled_transaction_is_sent_again(faults: Faults):
    faults.throttle("TransactWriteItems", times=2)

    entry = log()

    assert state() == ([entry], 1, KG)


def test_a_transaction_whose_reply_got_lost_counts_once(faults: Faults):
    faults.lose_reply("TransactWriteItems")

    entry = log()

    assert state() == ([entry], 1, KG)


def test_a_transaction_that_met_another_is_sent_again_with_the_same_token(faults: Faults):
    faults.conflict(times=3)

    entry = log()

    tokens = [body["ClientRequestToken"] for body in faults.bodies if "TransactItems" in body]
    assert (len(tokens), len(set(tokens))) == (4, 1)
    assert state() == ([entry], 1, KG)


def test_conflicts_without_end_are_a_conflict_and_nothing_is_written(faults: Faults):
    faults.conflict(times=ALWAYS)

    with pytest.raises(Conflict):
        log()

    faults.heal()
    assert state() == NOTHING


def test_throttling_without_end_is_said_so_and_nothing_is_written(faults: Faults):
    faults.throttle(times=ALWAYS)

    with pytest.raises(Throttled):
        log()

    faults.heal()
    assert state() == NOTHING


def test_without_an_engine_nothing_is_half_written(faults: Faults):
    faults.engine_gone()

    with pytest.raises(Unavailable):
        log()

    faults.heal()
    assert state() == NOTHING


def test_a_form_sent_again_after_all_replies_got_lost_counts_once(faults: Faults):
    faults.lose_reply("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        log()
    faults.heal()

    recorded = record_entry(PROFILE, make_draft(), entry_id=ID)

    assert state() == ([recorded.entry], 1, KG)


def test_a_form_sent_again_after_a_failure_is_saved(faults: Faults):
    faults.fail("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        log()
    faults.heal()

    recorded = record_entry(PROFILE, make_draft(), entry_id=ID)

    assert recorded.created
    assert state() == ([recorded.entry], 1, KG)


# -- Edit, delete, undo -------------------------------------------------------------------------------------


def test_edit_delete_and_undo_count_once_when_every_first_reply_gets_lost(faults: Faults):
    entry = log()

    faults.lose_reply("TransactWriteItems")
    entry = edit_entry(
        PROFILE, entry.key, replace(EntryDraft.of(entry), amount=Decimal(100)), version=1
    ).entry
    assert state() == ([entry], 1, 2 * KG)

    faults.lose_reply("TransactWriteItems")
    undo_token = delete_entry(PROFILE, entry.key, entry.version)
    assert state() == NOTHING

    faults.lose_reply("TransactWriteItems")
    entry = restore_entry(PROFILE, undo_token)
    assert state() == ([entry], 1, 2 * KG)


@pytest.mark.parametrize("fault", ["conflict", "throttle", "engine_gone", "fail"])
def test_an_edit_or_delete_that_fails_leaves_the_entry_as_it_was(faults: Faults, fault: str):
    entry = log()
    before = state()

    draft = replace(EntryDraft.of(entry), amount=Decimal(100))
    changes: list[Callable[[], object]] = [
        lambda: edit_entry(PROFILE, entry.key, draft, version=1),
        lambda: delete_entry(PROFILE, entry.key, 1),
    ]
    go_wrong: dict[str, Callable[[], object]] = {
        "conflict": lambda: faults.conflict(times=ALWAYS),
        "throttle": lambda: faults.throttle("TransactWriteItems", times=ALWAYS),
        "engine_gone": faults.engine_gone,
        "fail": lambda: faults.fail("TransactWriteItems", times=ALWAYS),
    }
    for change in changes:
        go_wrong[fault]()
        with pytest.raises((Conflict, Throttled, Unavailable)):
            change()
        faults.heal()

    assert state() == before


def test_an_undo_sent_again_after_all_replies_got_lost_counts_once(faults: Faults):
    entry = log()
    undo_token = delete_entry(PROFILE, entry.key, 1)
    faults.lose_reply("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        restore_entry(PROFILE, undo_token)
    faults.heal()

    restored = restore_entry(PROFILE, undo_token)

    assert state() == ([restored], 1, KG)


# -- Many entries at once -----------------------------------------------------------------------------------


def test_a_batch_that_is_never_processed_is_given_up_and_nothing_is_written(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backoff, "BATCH_ATTEMPTS", 3)
    faults.leave_unprocessed()

    with pytest.raises(Throttled):
        record_entries(USER_ID, [make_entry(number) for number in range(3)])

    faults.heal()
    assert state() == NOTHING


def test_many_entries_cut_short_can_be_sent_again_from_the_start(faults: Faults):
    entries = [make_entry(number) for number in range(150)]
    done = []

    def stop_after_the_first_chunk(count: int) -> None:
        done.append(count)
        faults.engine_gone()

    with pytest.raises(Unavailable):
        record_entries(USER_ID, entries, progress=stop_after_the_first_chunk)
    faults.heal()
    assert state()[1] == done[0] < 150

    result = record_entries(USER_ID, entries)

    assert (result.created, result.existing) == (150 - done[0], done[0])
    assert state()[:2] == (entries, 150)


def test_many_entries_whose_replies_get_lost_count_once(faults: Faults):
    entries = [make_entry(number) for number in range(150)]
    faults.lose_reply("TransactWriteItems", times=1)

    record_entries(USER_ID, entries)

    assert state()[:2] == (entries, 150)


# -- kill -9 ------------------------------------------------------------------------------------------------


def test_every_acknowledged_entry_survives_kill_9_and_totals_equal_them(engine_on_disk: Engine):
    acknowledged = []
    for number in range(1, 31):
        acknowledged.append(log(number, amount=Decimal(number)))
        if number % 10 == 0:
            engine_on_disk.restart()

    entries, counted, kg = state()

    assert entries == acknowledged
    assert (counted, kg) == (30, sum(entry.co2_emissions for entry in acknowledged))


def test_kill_9_in_the_middle_of_writing_loses_no_acknowledged_entry(engine_on_disk: Engine):
    acknowledged: list[Entry] = []
    enough = threading.Event()

    def write_until_nobody_answers() -> None:
        with contextlib.suppress(Unavailable):
            for number in range(1, 10_000):
                acknowledged.append(log(number))
                if number == 20:
                    enough.set()

    writer = threading.Thread(target=write_until_nobody_answers)
    writer.start()
    enough.wait(timeout=20)
    engine_on_disk.kill()
    writer.join()
    engine_on_disk.start()

    entries, counted, _ = state()

    assert len(acknowledged) >= 20
    assert entries[: len(acknowledged)] == acknowledged
    assert counted == len(entries) <= len(acknowledged) + 1  # one may have been written without its answer
