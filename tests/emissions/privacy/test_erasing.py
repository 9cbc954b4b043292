"""An author goes, and no reader of an organization's totals sees a difference, at no moment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from carbontrack.dynamodb import DataLayerError, WriteTransaction
from emissions.archive import files
from emissions.domain.totals import TotalsDelta
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.erasing.entries import erase_entries
from emissions.services.totals import rebuild_subject, verify_subject
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
from tests.emissions.services.archiving.months import ADA, BEN, MARCH, MINE, OURS
from tests.fixtures.faults import Faults

SEPTEMBER = "2026-09"


def test_after_every_write_all_sums_are_as_before_and_equal_their_entries(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live()
    before, looks = seen(), []

    with monkeypatch.context() as patch:
        after_each_write(lambda: looks.append((seen(), differing())), patch)
        erase_entries(ADA)

    assert looks == [(before, [])] * 8
    assert traces(archive_folder, ADA, tables=DATA) == []
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.entries, record.told_entries, record.participants) == (2, 5, 2)
    assert record.told_kg == before[OURS.key][MARCH]["co2_emissions"]


def test_killed_at_any_write_it_goes_on_where_it_was(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live()
    before = seen()

    for number in count(1):
        try:
            with monkeypatch.context() as patch:
                dying_after(number, patch)
                erase_entries(ADA)
            break
        except Killed:
            assert (seen(), differing()) == (before, [])

    assert number > 4
    assert (seen(), differing()) == (before, [])
    assert traces(archive_folder, ADA, tables=DATA) == []
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert files_of(archive_folder) == [record.path]


def test_a_rebuild_mends_what_is_wrong_beside_what_erased_people_left() -> None:
    live(archived=False)
    before = seen()
    erase_entries(ADA)
    assert list(rebuild_subject(OURS)) == []
    spoiled = TotalsDelta(OURS, SEPTEMBER, {"co2_emissions": Decimal("1.5"), "participants": Decimal(1)})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([spoiled], transaction=transaction)

    (mended,) = rebuild_subject(OURS)

    assert mended.missing == {"co2_emissions": Decimal("-1.5"), "participants": Decimal(-1)}
    assert seen() == before
    assert list(verify_subject(OURS)) == []


def test_an_author_counts_once_whichever_region_their_work_was_written_in(settings: object) -> None:
    live(archived=False)
    before = seen()

    settings.DYNAMODB_REGION = "elsewhere"  # type: ignore[attr-defined]
    erase_entries(ADA)

    assert (seen(), differing()) == (before, [])


@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_counts_nothing_twice(times: int, faults: Faults) -> None:
    live()
    before = seen()

    for _ in range(20):
        faults.lose_reply("TransactWriteItems", times=times)
        with suppress(DataLayerError):
            erase_entries(ADA)
            break
    faults.heal()

    erase_entries(ADA)
    assert (seen(), differing()) == (before, [])


def test_nobody_else_loses_an_entry() -> None:
    live(archived=False)
    others = list(EntryRepository(BEN).iter_stored())

    erase_entries(ADA)

    assert [replace(entry) for entry in EntryRepository(BEN).iter_stored()] == others
    assert files.paths_of(MINE) == []
