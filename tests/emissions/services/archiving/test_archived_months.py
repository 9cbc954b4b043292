"""What is written into an archived month: nothing, and whoever tries is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emissions.archive.errors import MonthArchived
from emissions.services.archiving.storing import archive_month
from emissions.services.bulk import record_entries
from emissions.services.writing import write_entries
from tests.emissions.services.archiving.months import (
    ACME,
    ADA,
    MARCH,
    MINE,
    OURS,
    differences,
    found_acme,
    old_entries,
    remove_by_ttl,
    restore,
    store,
    totals_now,
    work_entries,
)
from tests.factories import make_entry
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import SALES


@pytest.mark.parametrize("is_removed", [False, True])
def test_nothing_is_written_into_an_archived_month(is_removed: bool) -> None:
    entries = store(old_entries(2))
    april = make_entry(50, occurred_at=datetime(2024, 4, 2, tzinfo=UTC))
    store([april])
    archive_month(MINE, MARCH)
    if is_removed:
        for entry in entries:
            remove_by_ttl(entry)
    totals = totals_now()
    moved = replace(april, occurred_at=entries[1].occurred_at, local_date=entries[1].local_date, version=2)

    for write in (
        lambda: write_entries(ADA, added=[make_entry(60)]),  # logged late
        lambda: write_entries(ADA, added=[entries[1]]),  # undone, or the same form again
        lambda: record_entries(ADA, entries),  # the same file again
        lambda: write_entries(ADA, added=[moved], removed=[april]),  # moved there
    ):
        with pytest.raises(MonthArchived) as refused:
            write()
        assert "March 2024 is in your archive" in refused.value.sentence
    assert (totals_now(), differences()) == (totals, [])

    restore()
    write_entries(ADA, added=[make_entry(60)])
    assert differences() == []


def test_work_and_private_life_are_archived_and_locked_apart() -> None:
    found_acme()
    store([*old_entries(1), *work_entries()])
    archive_month(OURS, MARCH)

    write_entries(ADA, added=[make_entry(60)])
    with pytest.raises(MonthArchived, match="Your organization has March 2024 in its archive"):
        write_entries(ADA, added=[make_entry(61, organization_id=ACME)])
    with pytest.raises(MonthArchived):
        write_entries(ADA, added=[make_entry(62, organization_id=ACME, user_id=ADA, department_id=SALES)])
    assert differences() == []


def test_who_logs_today_asks_for_no_archive(faults: Faults) -> None:
    faults.heal()

    write_entries(ADA, added=[make_entry(1, occurred_at=datetime(2025, 11, 1, tzinfo=UTC))])
    write_entries(ADA, added=[make_entry(2, occurred_at=datetime(2025, 10, 31, tzinfo=UTC))])

    assert [len(body["TransactItems"]) for body in faults.bodies] == [2, 3]
