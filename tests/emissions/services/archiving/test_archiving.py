"""A month goes into a file and comes back: nothing is lost, doubled, or seen twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from carbontrack.audit import AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import (
    Conflict,
    Unavailable,
    WriteTransaction,
)
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged, MonthNotProved
from emissions.domain.archives import ArchiveState
from emissions.domain.entries import Entry
from emissions.domain.totals import TotalsDelta
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.restoring import begin_restore, restore_month
from emissions.services.archiving.storing import archive_month
from emissions.services.bulk import record_entries
from emissions.services.totals import rebuild_subject
from emissions.services.writing import write_entries
from tests.emissions.services.archiving.months import (
    ACME,
    ADA,
    BEN,
    MARCH,
    MINE,
    OURS,
    back,
    differences,
    files_in,
    found_acme,
    in_table,
    old_entries,
    remove_by_ttl,
    restore,
    state,
    store,
    totals_now,
    unavailable,
    work_entries,
)
from tests.emissions.services.working import close_month, reopen_month
from tests.factories import make_entry


def test_archived_entries_are_invisible_everywhere_and_totals_stay_as_they_are() -> None:
    entries = store(old_entries())
    totals = totals_now()

    assert archive_month(MINE, MARCH)

    repository = EntryRepository(ADA)
    assert len(in_table()) == len(entries)  # DynamoDB removes them later
    assert repository.page().items == ()
    assert repository.recent(10) == []
    assert list(repository.iter_month(MARCH)) == []
    assert list(repository.iter_stored()) == []
    assert all(repository.find(entry.key) is None for entry in entries)
    assert repository.existing(entry.key for entry in entries) == set()
    assert totals_now() == totals
    assert differences() == []


@pytest.mark.parametrize("removed", [0, 2, 5])
def test_a_restored_month_is_as_it_was_whatever_dynamodb_has_removed(
    removed: int, archive_folder: Path
) -> None:
    entries = store(old_entries())
    totals = totals_now()
    archive_month(MINE, MARCH)
    for entry in entries[:removed]:
        remove_by_ttl(entry)
    assert differences() == []

    restore()

    assert in_table() == back(entries)
    assert list(EntryRepository(ADA).iter_month(MARCH)) == back(entries)
    assert totals_now() == totals
    assert differences() == []
    assert files_in(archive_folder) == []


def test_work_entries_go_and_come_back_with_everybodys_totals() -> None:
    found_acme()
    close_month(MARCH)  # a closed month may be archived as well
    private = store([*old_entries(2), *old_entries(1, user_id=BEN, day=9)])
    work = work_entries()
    for author in (ADA, BEN):  # as if they had been there before the month was closed
        _record_past_the_lock([entry for entry in work if entry.user_id == author])
    totals = totals_now()

    assert archive_month(OURS, MARCH)

    assert list(OrganizationEntryRepository(ACME).all()) == []
    assert [entry.slug for entry in EntryRepository(ADA).iter_stored()] == [
        entry.slug for entry in private if entry.user_id == ADA
    ]
    assert (totals_now(), differences()) == (totals, [])
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.entries, record.co2_emissions, record.participants) == (5, Decimal("10.5"), 2)
    assert archive_month(MINE, MARCH)  # personal ones of the same month, in an archive of their own
    assert (totals_now(), differences()) == (totals, [])

    restore(OURS)

    assert differences() == []
    assert [entry for entry in in_table() if entry.is_work] == back(
        sorted(work, key=lambda entry: (entry.user_id, entry.occurred_at))
    )
    assert state(MINE) is ArchiveState.ARCHIVED
    restore(MINE)
    assert (totals_now(), differences()) == (totals, [])


def test_what_another_region_restored_leaves_nobody_behind_who_logged(settings: Any) -> None:
    """The Region that archived has counters above zero then, the other below: only together they are none."""
    found_acme()
    store(work_entries())
    archive_month(OURS, MARCH)
    home, settings.DYNAMODB_REGION = settings.DYNAMODB_REGION, "elsewhere"
    restore(OURS)
    settings.DYNAMODB_REGION = home

    for entry in in_table():
        write_entries(entry.user_id, removed=[entry])

    assert differences() == []


def _record_past_the_lock(entries: list[Entry]) -> None:
    reopen_month(MARCH)
    record_entries(entries[0].user_id, entries)
    close_month(MARCH)


def test_both_ways_are_in_the_audit_trail() -> None:
    found_acme()
    store([*old_entries(1), *work_entries()])
    for owner in (MINE, OURS):
        archive_month(owner, MARCH)
        restore(owner)

    for subject in (person_subject(ADA), organization_subject(ACME)):
        told = [(record.action, record.about) for record in AuditRepository(subject).all()]
        assert sorted(told) == [("archive.archived", "March 2024"), ("archive.restored", "March 2024")]


# -- What cannot be moved --------------------------------------------------------------------------------


def test_a_month_whose_totals_are_off_stays_at_hand(archive_folder: Path) -> None:
    entries = store(old_entries(2))
    delta = TotalsDelta(MINE, MARCH, {"co2_emissions": Decimal("0.000001")})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)

    with pytest.raises(MonthNotProved, match="Rebuild"):
        archive_month(MINE, MARCH)

    assert (in_table(), state(), files_in(archive_folder)) == (entries, None, [])
    assert len(list(rebuild_subject(MINE))) == 1
    assert archive_month(MINE, MARCH)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entries: islice(entries, 2),
        lambda entries: (replace(entry, note="another") for entry in entries),
        lambda entries: [*entries, make_entry(70)],
    ],
    ids=["one is missing", "one differs", "one too many"],
)
def test_a_file_that_is_not_what_the_table_has_is_noticed(
    spoil: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = store(old_entries(3))
    write = files.write
    monkeypatch.setattr(files, "write", lambda path, stored: write(path, spoil(stored)))

    with pytest.raises(MonthNotProved, match="changed while"):
        archive_month(MINE, MARCH)

    assert (in_table(), state()) == (entries, None)


def test_totals_of_an_archived_month_are_mended_to_what_they_were() -> None:
    found_acme()
    store([*old_entries(3), *work_entries()])
    totals = totals_now()
    for owner in (MINE, OURS):
        archive_month(owner, MARCH)
    for owner in (MINE, OURS):
        delta = TotalsDelta(owner, MARCH, {"entries": Decimal(1), "co2_emissions": Decimal("-0.5")})
        with WriteTransaction() as transaction:
            TotalsRepository().apply([delta], transaction=transaction)
        (mended,) = rebuild_subject(owner)
        assert mended.missing == {"entries": -1, "co2_emissions": Decimal("0.5")}

    assert differences() == []
    assert {key: each["co2_emissions"] for key, each in totals_now().items()} == {
        key: each["co2_emissions"] for key, each in totals.items()
    }


def test_only_a_month_at_hand_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    repository = ArchiveRepository(MINE)
    store(old_entries(1))
    archive_month(MINE, MARCH)

    with pytest.raises(Conflict):
        repository.begin(MARCH, "another")

    begin_restore(MINE, MARCH)
    with monkeypatch.context() as patch:
        patch.setattr(files, "remove", unavailable)
        with pytest.raises(Unavailable):
            restore_month(MINE, MARCH)
    assert state() is ArchiveState.RESTORED
    with pytest.raises(Conflict):  # its file is still there, and would be forgotten
        repository.begin(MARCH, "another")
    restore_month(MINE, MARCH)
    assert repository.begin(MARCH, "another").state is ArchiveState.WRITING


def test_without_a_place_for_the_file_all_stays_as_it_is(archive_folder: Path) -> None:
    entries = store(old_entries(2))
    archive_folder.write_text("in the way")

    with pytest.raises(Unavailable):
        archive_month(MINE, MARCH)

    assert (in_table(), state()) == (entries, None)


def test_nothing_is_restored_from_a_damaged_file_until_it_is_put_right(archive_folder: Path) -> None:
    entries = store(old_entries(2))
    archive_month(MINE, MARCH)
    (path,) = files_in(archive_folder)
    whole = path.read_bytes()
    for damaged in (whole[:-9] + b"otherwise", None):
        path.unlink() if damaged is None else path.write_bytes(damaged)
        with pytest.raises(ArchiveDamaged):
            restore()
        assert (list(EntryRepository(ADA).iter_stored()), differences()) == ([], [])

    path.write_bytes(whole)
    restore()

    assert in_table() == back(entries)
