"""The steps of an erasure, and what a person takes away before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from accounts.repository import ProfileRepository
from carbontrack.dynamodb import Conflict, ItemNotFound
from carbontrack.dynamodb.tables import IMPORTS, RECURRING
from carbontrack.files import FileRepository
from carbontrack.jobs import Reporter
from carbontrack.personal_data import ErasureStep
from emissions.archive import files
from emissions.domain.entries import Entry
from emissions.domain.recalculation import Recalculation, RecalculationState
from emissions.privacy import sections
from emissions.privacy.keeper import KEEPER
from emissions.repositories.entries import EntryRepository
from emissions.repositories.recalculations import RecalculationRepository
from emissions.services.erasing.entries import erase_entries
from emissions.services.importing.running import run_import
from emissions.services.importing.settling import Run
from tests.emissions.privacy.lives import DATA, Killed, differing, dying_after, live, seen, traces
from tests.emissions.services.archiving.months import ADA, BEN, old_entries
from tests.emissions.services.importing.uploads import some_rows, started
from tests.emissions.services.recurring.repeating import make_rule
from tests.factories import NOW, make_profile

PERSON = make_profile()
STEPS = KEEPER.steps


@pytest.fixture(autouse=True)
def _accounts(db: None, archive_folder: Path) -> None:
    """Addresses are in SQL, the rest of an account is a profile."""
    ProfileRepository().add(PERSON)


def step_of(name: str) -> ErasureStep:
    return next(step for step in STEPS if step.name == f"emissions.{name}")


def everything() -> None:
    """Beside entries: a rule, an import that is under way, a file, a job, a recalculation."""
    live()
    make_rule(PERSON, start_on=NOW.date())
    started(PERSON, some_rows(5, month="2026-10"))
    FileRepository(ADA).save("1", [b"secret"], name="a.txt", content_type="text/plain", keep=NOW - NOW)
    Reporter(ADA, "anything").finish()
    RecalculationRepository(ADA).begin(
        Recalculation(ADA, "1", RecalculationState.CHECKING, "f", NOW, ADA, "Ada")
    )


def test_killed_at_any_write_the_steps_leave_nothing(
    archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything()
    before = seen()

    for number in count(2):
        try:
            with monkeypatch.context() as patch:
                dying_after(number, patch)
                for step in STEPS:
                    step.erase(ADA, lambda: None)
            break
        except Killed:
            assert seen() == before

    assert number > 4
    assert [text for step in STEPS for text in step.left(ADA)] == []
    assert traces(archive_folder, ADA, tables=DATA) == []
    assert (seen(), differing()) == (before, [])


def test_what_is_still_there_is_named() -> None:
    everything()

    for name, places in (
        ("stop", {RECURRING.name, IMPORTS.name}),
        ("files", {IMPORTS.name}),
        ("entries", {"CarbonDataTable", "EmissionTotalsTable", "people"}),
    ):
        left = [text.replace("/", " ").split(" ")[0] for text in step_of(name).left(ADA)]
        assert set(left) == places


def test_an_import_under_way_writes_nothing_once_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    found = started(PERSON, some_rows(5, month="2026-10"))
    go = Run.go

    def stopped_first(run: Run) -> None:
        step_of("stop").erase(ADA, lambda: None)
        go(run)

    monkeypatch.setattr(Run, "go", stopped_first)
    with pytest.raises(ItemNotFound):
        run_import(ADA, found.id)

    assert list(EntryRepository(ADA).iter_stored()) == []


def test_an_export_has_entries_at_hand_and_archived_ones_with_all_their_arithmetic() -> None:
    everything()

    rows = {section.name: list(section.rows) for section in KEEPER.sections(ADA)}

    assert {name: len(found) for name, found in rows.items()} == {
        "entries": 4,
        "archived_entries": 6,
        "totals_by_month": 2,
        "recurring_rules": 1,
        "imports": 1,
        "import_refusals": 0,
        "import_columns": 1,
        "archive": 1,
        "recalculation": 1,
    }
    entry = rows["archived_entries"][0]
    assert (entry["entry_id"], entry["factor"]["source_id"]) == (old_entries()[0].entry_id, "uk-desnz-2025")
    assert {"co2_emissions", "people", "note", "former", "local_date", "scope"} <= entry.keys()
    assert ADA not in str(rows["entries"])
    assert sum(each["entries"] for each in rows["totals_by_month"]) == 10


def test_somebody_without_anything_takes_away_and_leaves_nothing() -> None:
    assert [row for section in KEEPER.sections(ADA) for row in section.rows] == []

    erase_entries(ADA)

    assert [text for step in STEPS for text in step.left(ADA)] == []


def test_an_export_whose_file_is_replaced_by_an_erasure_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A colleague is erased while somebody's rows are read: the store's error, after which a job repeats."""
    live()

    def replaced_first(path: str, *, start: int = 0) -> Iterator[Entry]:
        erase_entries(ADA)
        return files.read(path, start=start)

    with monkeypatch.context() as patch:
        patch.setattr(sections, "files", SimpleNamespace(read=replaced_first))
        with pytest.raises(Conflict):
            archived_of(BEN)

    assert len(archived_of(BEN)) == 2


def archived_of(user_id: str) -> list[object]:
    return [row for each in KEEPER.sections(user_id) if each.name == "archived_entries" for row in each.rows]
