"""Killed anywhere, several at once, edited at the same moment: each entry is moved once, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from carbontrack.dynamodb import (
    Conflict,
)
from emissions.archive import files
from emissions.archive.errors import MonthArchived
from emissions.domain.archives import HELD, ArchivedMonth, ArchiveState
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.services import writing
from emissions.services.archiving import moving, storing
from emissions.services.archiving.storing import archive_month
from emissions.services.writing import write_entries
from tests.emissions.services.archiving.conftest import Clock
from tests.emissions.services.archiving.killing import Killed, die_after
from tests.emissions.services.archiving.months import (
    ADA,
    MARCH,
    MINE,
    OURS,
    back,
    differences,
    everything,
    files_in,
    found_acme,
    in_table,
    old_entries,
    remove_by_ttl,
    restore,
    state,
    store,
    totals_now,
    work_entries,
)
from tests.fixtures.faults import Faults


def test_killed_after_any_write_nothing_is_lost_and_the_next_run_goes_on(
    time: Clock, monkeypatch: pytest.MonkeyPatch, archive_folder: Path
) -> None:
    monkeypatch.setattr(moving, "MAX_WRITES", 5)  # one to three entries in a transaction
    found_acme()
    entries = store([*old_entries(4), *work_entries()])
    totals, there = totals_now(), everything()
    kills = []
    for owner, run in ((OURS, archive_month), (MINE, archive_month), (OURS, restore), (MINE, restore)):
        for tries in count():
            assert tries < 40
            time.move(storing.TAKEN_OVER)
            try:
                with monkeypatch.context() as patch:
                    # Not always the first: some only repeat what a dead run had done.
                    die_after(1 + tries % 5, patch)
                    run(owner, MARCH)
                break
            except Killed:
                kills.append(state(owner))
            assert (totals_now(), differences(), everything()) == (totals, [], there)

    assert set(kills) == set(ArchiveState)
    assert in_table() == back(entries)
    assert files_in(archive_folder) == []


def test_a_month_that_is_wanted_back_half_way_comes_back_whole(
    monkeypatch: pytest.MonkeyPatch, archive_folder: Path
) -> None:
    monkeypatch.setattr(moving, "MAX_WRITES", 5)
    entries = store(old_entries(7))
    totals = totals_now()
    with monkeypatch.context() as patch:
        die_after(4, patch)  # the lock, the file, two chunks
        with pytest.raises(Killed):
            archive_month(MINE, MARCH)
    (record,) = ArchiveRepository(MINE).all()
    assert (record.state, record.marked) == (ArchiveState.MARKING, 6)
    remove_by_ttl(entries[1])

    restore()

    restored = {entry.entry_id: entry.version for entry in in_table()}
    assert sorted(restored.values()) == [1, 3, 3, 3, 3, 3, 9]
    assert [replace(each, version=1) for each in in_table()] == [replace(each, version=1) for each in entries]
    assert (totals_now(), differences(), files_in(archive_folder)) == (totals, [], [])


def test_several_at_once_move_each_entry_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "MAX_WRITES", 6)
    entries = store(old_entries(20))
    totals, there = totals_now(), everything()
    with monkeypatch.context() as patch:
        die_after(2, patch)  # the file is there, no entry is touched
        with pytest.raises(Killed):
            archive_month(MINE, MARCH)

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda _: archive_month(MINE, MARCH), range(3)))
    assert (totals_now(), differences(), everything()) == (totals, [], there)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: restore(), range(3)))
    assert in_table() == back(entries)
    assert (totals_now(), differences()) == (totals, [])


def test_lost_answers_count_nothing_twice(faults: Faults) -> None:
    entries = store(old_entries(3))
    totals = totals_now()

    faults.lose_reply(times=2)
    assert archive_month(MINE, MARCH)
    faults.lose_reply(times=2)
    restore()

    assert in_table() == back(entries)
    assert (totals_now(), differences()) == (totals, [])


def test_who_writes_while_a_month_is_written_is_told_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = store(old_entries(3))
    totals = totals_now()
    write = files.write

    def write_while_somebody_edits(path: str, stored: Any) -> str:
        late = replace(entries[1], note="late", version=2)
        with pytest.raises(MonthArchived):
            write_entries(ADA, added=[late], removed=[entries[1]])
        return write(path, stored)

    monkeypatch.setattr(files, "write", write_while_somebody_edits)

    assert archive_month(MINE, MARCH)

    restore()
    assert (in_table(), totals_now()) == (back(entries), totals)


def test_an_edit_past_the_lock_defeats_the_archive_and_stays(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of an older release knows nothing of the lock. It meets the entry's version instead."""
    monkeypatch.setattr(moving, "MAX_WRITES", 5)
    entries = store(old_entries(6))
    edited = replace(entries[4], note="edited", version=2)
    demand_whole = files.demand_whole

    def edit_first(record: ArchivedMonth) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(writing, "months_to_ask", lambda _: set())
            with suppress(Conflict):
                write_entries(ADA, added=[edited], removed=[entries[4]])
        demand_whole(record)

    monkeypatch.setattr(files, "demand_whole", edit_first)

    assert not archive_month(MINE, MARCH)

    assert [entry.note for entry in EntryRepository(ADA).iter_stored()][4] == "edited"
    assert (len(list(EntryRepository(ADA).iter_stored())), differences()) == (6, [])
    assert not archive_month(MINE, MARCH)  # left alone for a while
    time.move(HELD)
    assert archive_month(MINE, MARCH)
    assert differences() == []


def test_an_edit_that_read_before_is_defeated_by_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = store(old_entries(1))
    archive_month(MINE, MARCH)
    monkeypatch.setattr(writing, "months_to_ask", lambda _: set())

    with pytest.raises(Conflict):
        write_entries(ADA, added=[replace(entry, version=8)], removed=[entry])
    with pytest.raises(Conflict):
        write_entries(ADA, removed=[entry])

    restore()
    assert in_table() == back([entry])
