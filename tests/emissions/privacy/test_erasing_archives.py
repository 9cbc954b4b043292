"""Archived entries of an author go, whatever their months are up to, and nobody sees a difference."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.archive.errors import ArchiveDamaged
from emissions.domain.archives import HELD, ArchivedMonth, ArchiveState
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving import moving, storing
from emissions.services.archiving.due import due_months
from emissions.services.archiving.storing import archive_month
from emissions.services.erasing import archives, entries
from emissions.services.erasing.counting import queue_keeping
from emissions.services.erasing.entries import erase_entries
from tests.emissions.privacy.lives import (
    DATA,
    Killed,
    after_each_write,
    differing,
    dying_after,
    files_of,
    live,
    seen,
    traces,
)
from tests.emissions.services.archiving.months import ADA, BEN, MARCH, MINE, OURS, restore
from tests.factories import NOW

SEPTEMBER = "2026-09"


def test_a_month_with_many_departments_leaves_its_file_in_several_steps(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_PLACES", 1)
    live()
    before, looks = seen(), []

    with monkeypatch.context() as patch:
        after_each_write(lambda: looks.append((seen(), differing())), patch)
        erase_entries(ADA)

    assert looks == [(before, [])] * len(looks)
    assert traces(archive_folder, ADA, tables=DATA) == []
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.entries, record.told_entries) == (2, 5)


def archive_all() -> None:
    archive_month(OURS, MARCH)
    archive_month(MINE, MARCH)


def restore_all() -> None:
    restore(OURS)
    restore(MINE)


@pytest.mark.parametrize("moving_on", [archive_all, restore_all])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_month_on_its_way_is_brought_to_rest_first(
    moving_on: Callable[[], None], number: int, archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MAX_WRITES", 6)  # a few entries in a transaction
    live(archived=moving_on is restore_all)
    before = seen()
    with monkeypatch.context() as patch, suppress(Killed):
        dying_after(number, patch)
        moving_on()

    erase_entries(ADA)

    assert (seen(), differing()) == (before, [])
    assert traces(archive_folder, ADA, tables=DATA) == []


@pytest.mark.parametrize("number", [1, 3, 99])
def test_an_archive_that_begins_in_between_does_not_keep_it(
    number: int, archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MAX_WRITES", 6)
    monkeypatch.setattr(entries, "MAX_WRITES", 4)
    live(archived=False)
    before, waiting = seen(), [OURS, MINE]

    def archive_some() -> None:
        while waiting:
            with monkeypatch.context() as patch, suppress(Killed):
                dying_after(number, patch)
                archive_month(waiting.pop(), MARCH)

    with monkeypatch.context() as patch:
        after_each_write(archive_some, patch)
        erase_entries(ADA)

    assert waiting == []
    assert (seen(), differing()) == (before, [])
    assert traces(archive_folder, ADA, tables=DATA) == []


def test_an_archive_that_takes_everything_at_the_last_moment_does_not_keep_it(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(archived=False)
    erase_september(ADA)
    before, waiting, take = seen(), [archive_all], archives.take_from_archives

    def take_first(*args: Any) -> None:
        take(*args)
        if waiting:
            waiting.pop()()

    monkeypatch.setattr(entries, "take_from_archives", take_first)
    erase_entries(ADA)

    assert (seen(), differing()) == (before, [])
    assert traces(archive_folder, ADA, tables=DATA) == []


def erase_september(user_id: str) -> None:
    """As an erasure that was killed after this month."""
    month = [entry for entry in EntryRepository(user_id).iter_stored() if entry.month == SEPTEMBER]
    with WriteTransaction() as transaction:
        for entry in month:
            EntryRepository(user_id).remove(entry, transaction=transaction)
        queue_keeping(user_id, SEPTEMBER, month, transaction=transaction)


def test_a_damaged_file_of_an_organization_stops_it_before_anything_is_lost(archive_folder: Path) -> None:
    live()
    before = seen()
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    whole = (archive_folder / record.path).read_bytes()
    (archive_folder / record.path).write_bytes(whole[:-1])

    with pytest.raises(ArchiveDamaged):
        erase_entries(ADA)
    assert (seen(), differing()) == (before, [])

    (archive_folder / record.path).write_bytes(whole)
    erase_entries(ADA)
    assert (seen(), differing()) == (before, [])


def test_the_only_author_of_an_archived_month_takes_its_file_along(archive_folder: Path) -> None:
    live()
    before = seen()

    erase_entries(BEN)
    erase_entries(ADA)

    assert ArchiveRepository(OURS).find(MARCH) is None
    assert files_of(archive_folder) == []
    assert (seen(), differing()) == (before, [])


def test_what_is_left_of_a_month_can_be_restored_and_archived_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live()
    before = seen()
    erase_entries(ADA)

    restore(OURS)
    assert (seen(), differing()) == (before, [])
    monkeypatch.setattr(clock, "now", lambda: NOW + HELD + timedelta(days=1))
    assert archive_month(OURS, MARCH)

    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.state, record.entries, record.told_entries) == (ArchiveState.ARCHIVED, 2, 5)
    assert (record.told_kg, record.participants) == (before[OURS.key][MARCH]["co2_emissions"], 2)
    assert (seen(), differing()) == (before, [])


def test_a_month_of_erased_people_alone_is_not_due_for_an_archive() -> None:
    live(archived=False)
    assert due_months(OURS, 24, {}) == [MARCH]

    erase_entries(ADA)
    erase_entries(BEN)

    assert due_months(OURS, 24, {}) == []


def test_what_killed_jobs_left_half_written_goes_as_well(archive_folder: Path) -> None:
    live()
    day = timedelta(days=1).total_seconds()
    drafts = [
        archive_folder / "people" / ADA / "a.part",
        *(archive_folder / "people" / BEN / name for name in "b"),
    ]
    old, running = (archive_folder / "organizations" / OURS.owner_id / name for name in ("o.part", "r.part"))
    for draft in (*drafts, old, running):
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * day, time.time() - 2 * day))

    erase_entries(ADA)

    assert [draft.exists() for draft in (*drafts, old, running)] == [False, True, False, True]


def test_two_who_are_erased_at_once_take_turns_at_a_file(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one's erasure replaces and removes the file between writing and comparing: no damage."""
    live()
    before, compare = seen(), archives._demand_same

    def after_the_other(*args: Any) -> None:
        monkeypatch.setattr(archives, "_demand_same", compare)
        erase_entries(BEN)
        compare(*args)

    monkeypatch.setattr(archives, "_demand_same", after_the_other)
    erase_entries(ADA)

    assert (seen(), differing()) == (before, [])
    assert traces(archive_folder, ADA, tables=DATA) == traces(archive_folder, BEN, tables=DATA) == []
    assert files_of(archive_folder) == []


def test_an_archive_that_is_written_during_an_erasure_is_not_called_damaged(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure gives the month up and removes its file before that is compared with the table."""
    live(archived=False)
    compare = storing._compared

    def after_the_erasure(*args: Any) -> ArchivedMonth:
        monkeypatch.setattr(storing, "_compared", compare)
        erase_entries(ADA)
        return compare(*args)

    monkeypatch.setattr(storing, "_compared", after_the_erasure)

    assert archive_month(OURS, MARCH)
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.state, record.entries) == (ArchiveState.ARCHIVED, 2)
