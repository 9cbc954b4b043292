"""An import from its upload to its undo: every row exactly once, in the totals as well, and out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.dynamodb import count_requests
from carbontrack.dynamodb.errors import ItemNotFound
from carbontrack.files import FileRepository
from carbontrack.spreadsheets import csv_bytes
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, ImportState
from emissions.domain.totals import Subject
from emissions.imports.normal_form import Cell
from emissions.repositories.entries import EntryRepository
from emissions.repositories.imports import ImportRepository
from emissions.services.drafts import EntryDraft
from emissions.services.entries import delete_entry, edit_entry, restore_entry
from emissions.services.importing.checking import begin_check, check_import
from emissions.services.importing.creating import (
    create_import,
    discard_import,
    sample_rows,
    set_columns,
)
from emissions.services.importing.errors import AlreadyImported, ImportChanged, ImportRefused
from emissions.services.importing.refused import refused_sheet
from emissions.services.importing.running import run_import, start_import
from emissions.services.importing.undoing import run_undo, start_undo
from emissions.services.totals import verify_subject
from tests.emissions.services.importing.uploads import (
    COLUMNS,
    checked,
    imported,
    some_rows,
    started,
    upload_of,
    uploaded,
)
from tests.emissions.services.working import counted, totals_of
from tests.factories import NOW, USER_ID, make_profile

pytestmark = pytest.mark.dynamodb

PROFILE = make_profile(email="alice@example.com", time_zone="Europe/London")
ME = Subject.user(USER_ID)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, dynamodb: None) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ProfileRepository().add(PROFILE)


def stored() -> list[Entry]:
    """The stored entries; the totals are their sums."""
    entries = list(EntryRepository(USER_ID).iter_stored())
    assert totals_of(ME) == counted(entries, ME)
    return entries


def undone(found: Import) -> Import:
    start_undo(PROFILE, found.id)
    return run_undo(USER_ID, found.id)


# -- Before anything is written ----------------------------------------------------------------------------


def test_a_check_tells_what_would_come_of_every_row_and_writes_no_entry():
    rows: list[list[Cell]] = [
        *some_rows(8),
        ["2024-03-01", "unicycling", "1", "km"],
        ["2024-03-02", "train", "x", "km"],
    ]

    check = checked(PROFILE, rows).check

    assert check is not None
    assert (check.accepted, check.refused, check.rows) == (8, 2, 10)
    assert [(kind.variant, kind.unit, kind.rows) for kind in check.kinds] == [
        ("car-petrol-medium", "mile", 2),
        ("train", "km", 2),
        ("electricity", "kwh", 2),
        ("beef", "kg", 2),
    ]
    assert check.co2_emissions == sum(kind.co2_emissions for kind in check.kinds) > 0
    assert [(refusal.line, refusal.field) for refusal in check.refusals] == [(10, "activity"), (11, "amount")]
    assert (str(check.first_on), str(check.last_on)) == ("2024-03-01", "2024-03-08")
    assert stored() == []


def test_what_the_check_said_is_what_the_import_does():
    found = checked(PROFILE, [*some_rows(250), ["2024-03-01", "unicycling", "1", "km"]])

    result = run_import(USER_ID, start_import(PROFILE, found.id).id)

    assert found.check is not None
    assert (result.created, result.refused) == (found.check.accepted, found.check.refused) == (250, 1)
    assert result.co2_emissions == found.check.co2_emissions
    assert sum(entry.co2_emissions for entry in stored()) == result.co2_emissions


def test_other_columns_make_a_check_begin_anew_and_are_remembered():
    found = checked(PROFILE, some_rows(3))

    changed = set_columns(PROFILE, found.id, COLUMNS)

    assert (changed.state, changed.check) == (ImportState.UPLOADED, None)
    with pytest.raises(ImportChanged):
        start_import(PROFILE, found.id)
    later = create_import(PROFILE, upload_of(some_rows(4)))
    assert later.columns == changed.columns
    assert [row.cells[2] for row in sample_rows(later, 2)] == ["1.5", "2.5"]


def test_a_check_of_columns_that_were_changed_meanwhile_says_nothing(monkeypatch: pytest.MonkeyPatch):
    found = begin_check(PROFILE, uploaded(PROFILE, some_rows(2)).id)
    monkeypatch.setattr(
        "emissions.services.importing.checking.work_out",
        lambda *_: set_columns(PROFILE, found.id, COLUMNS) and None,
    )

    with pytest.raises(ImportChanged):
        check_import(USER_ID, found.id)

    assert ImportRepository(USER_ID).get(found.id).state is ImportState.UPLOADED


def test_a_thrown_away_import_is_gone_with_its_file():
    found = checked(PROFILE, some_rows(3))

    discard_import(PROFILE, found.id)
    discard_import(PROFILE, found.id)

    assert ImportRepository(USER_ID).find(found.id) is None
    assert FileRepository(USER_ID).find(found.id) is None
    assert ImportRepository(USER_ID).page().items == ()


def test_the_same_form_twice_is_one_import_and_another_file_another():
    first = create_import(PROFILE, upload_of(some_rows(2)), import_id="01HS0000000000000000000001")
    again = create_import(PROFILE, upload_of(some_rows(2)), import_id="01HS0000000000000000000001")
    other = create_import(PROFILE, upload_of(some_rows(3)), import_id="01HS0000000000000000000001")

    assert again == first
    assert other.id != first.id
    assert len(sample_rows(first)) == 2


def test_imports_of_somebody_else_are_not_found():
    found = checked(PROFILE, some_rows(2))

    with pytest.raises(ItemNotFound):
        ImportRepository("somebody-else").get(found.id)
    with pytest.raises(ItemNotFound):
        ImportRepository(USER_ID).get("no-id-at-all#")


def test_an_import_is_invisible_as_soon_as_its_time_is_over(monkeypatch: pytest.MonkeyPatch):
    found = checked(PROFILE, some_rows(2))

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=31))

    assert ImportRepository(USER_ID).find(found.id) is None
    assert ImportRepository(USER_ID).page().items == ()


# -- Exactly once -------------------------------------------------------------------------------------------


def test_rows_go_in_as_full_transactions_without_a_read_between_them():
    found = started(PROFILE, some_rows(280))

    with count_requests() as meter:
        result = run_import(USER_ID, found.id)

    operations = [request.operation for request in meter.requests]
    assert operations.count("transact_write_items") == 3
    assert operations[-3:] == ["transact_write_items", "transact_write_items", "batch_get_item"]
    assert (result.state, result.created, result.chunks) == (ImportState.FINISHED, 280, 3)
    assert {entry.import_id for entry in stored()} == {found.id}


def test_a_second_run_or_start_of_an_import_that_ran_changes_nothing():
    found = imported(PROFILE, some_rows(10))
    before = stored()

    assert start_import(PROFILE, found.id) == found
    assert run_import(USER_ID, found.id) == found

    assert stored() == before


def test_the_same_file_is_refused_while_its_import_stands_and_taken_after_its_undo():
    rows = some_rows(10)
    waiting = checked(PROFILE, rows)
    found = imported(PROFILE, rows)

    with pytest.raises(AlreadyImported) as refused:
        create_import(PROFILE, upload_of(rows, name="renamed.csv"))
    assert refused.value.import_id == found.id
    with pytest.raises(AlreadyImported):
        start_import(PROFILE, waiting.id)
    undone(found)
    again = imported(PROFILE, rows)

    assert (again.created, again.existing) == (10, 0)
    assert len(stored()) == 10


def test_a_file_that_overlaps_adds_only_what_is_new():
    rows = some_rows(150)
    twice = ["2024-03-09", "train", "12", "km"]
    imported(PROFILE, [*rows[:100], twice])

    result = imported(PROFILE, [twice, *rows, twice])

    assert (result.created, result.existing, result.refused) == (51, 101, 0)
    assert len(stored()) == 152


def test_a_file_whose_rows_are_in_the_log_already_writes_none_of_them_again():
    rows = some_rows(300)
    imported(PROFILE, rows)
    before = stored()

    result = imported(PROFILE, list(reversed(rows)))

    assert (result.created, result.existing, result.co2_emissions) == (0, 300, Decimal(0))
    assert stored() == before


def test_rows_in_error_come_back_as_a_file_that_can_be_corrected():
    rows = some_rows(3)
    rows.insert(1, ["2024-03-01", "=unicycling", "1", "km"])
    rows.append(["2024-03-02", "train", "x;y", "km", "", "a note"])
    found = imported(PROFILE, rows)

    text = csv_bytes(refused_sheet(found)).decode("utf-8-sig")

    header, *lines = text.splitlines()
    assert header == "Date,Activity,Amount,Unit,People,Note,Scope,Line,What to correct"
    assert [line.split(",")[7] for line in lines] == ["3", "6"]
    assert lines[0].startswith("2024-03-01,'=unicycling,1,km,,,,3,")
    assert "a note" in lines[1]


def test_a_file_that_is_no_longer_kept_ends_the_import_with_a_sentence():
    found = started(PROFILE, some_rows(5))
    FileRepository(USER_ID).remove(found.id)

    result = run_import(USER_ID, found.id)

    assert (result.state, result.created) == (ImportState.FINISHED, 0)
    assert "Upload it again" in result.problem
    with pytest.raises(ImportRefused):
        sample_rows(result)


# -- Undo ---------------------------------------------------------------------------------------------------


def test_an_undo_takes_out_every_entry_and_every_kg():
    kept = imported(PROFILE, some_rows(5, month="2024-05"))
    before, totals = stored(), totals_of(ME)
    found = imported(PROFILE, [*some_rows(230), ["2024-03-01", "unicycling", "1", "km"]])

    result = undone(found)

    assert (result.state, result.undone.removed, result.undone.kept) == (ImportState.UNDONE, 230, 0)
    assert result.undone.co2_emissions == found.co2_emissions
    assert (stored(), totals_of(ME)) == (before, totals)
    assert list(ImportRepository(USER_ID).iter_chunks(found.id)) == []
    assert undone(result) == result
    assert ImportRepository(USER_ID).get(kept.id).state is ImportState.FINISHED


def test_what_was_changed_since_stays_and_what_is_gone_is_not_missed():
    found = imported(PROFILE, some_rows(6))
    edited, moved, deleted, restored, recalculated, untouched = stored()
    draft = EntryDraft.of
    edit_entry(PROFILE, edited.key, replace(draft(edited), amount=Decimal(99)), version=1)
    edit_entry(PROFILE, moved.key, replace(draft(moved), local_date=NOW.date()), version=1)
    delete_entry(PROFILE, deleted.key, 1)
    restore_entry(PROFILE, delete_entry(PROFILE, restored.key, 1))
    once = edit_entry(PROFILE, recalculated.key, replace(draft(recalculated), people=2), version=1).entry
    edit_entry(PROFILE, once.key, draft(recalculated), version=2)

    result = undone(found)

    assert (result.undone.removed, result.undone.kept, result.undone.gone) == (3, 1, 2)
    assert [entry.amount for entry in stored()] == [Decimal(99), moved.amount]
    assert untouched.key not in {entry.key for entry in stored()}


def test_an_undo_half_way_stops_the_import_and_restores_every_total(monkeypatch: pytest.MonkeyPatch):
    found = started(PROFILE, some_rows(400))
    seen: list[int] = []

    class Report:
        def advance(self, count: int) -> None:
            seen.append(count)
            if len(seen) == 3:
                start_undo(PROFILE, found.id)

    half = run_import(USER_ID, found.id, report=Report())  # type: ignore[arg-type]  # does what one does

    assert half.state is ImportState.UNDOING
    assert 0 < half.created < 400
    result = run_undo(USER_ID, found.id)
    assert result.undone.removed == half.created
    assert (stored(), totals_of(ME)) == ([], {})


def test_an_import_that_has_not_been_started_cannot_be_undone():
    found = checked(PROFILE, some_rows(2))

    with pytest.raises(ImportChanged):
        start_undo(PROFILE, found.id)


def test_the_trail_tells_of_an_import_and_of_its_undo():
    found = imported(PROFILE, some_rows(3))
    undone(found)

    records = list(AuditRepository(person_subject(USER_ID)).all())

    assert sorted(record.action for record in records) == ["import.finished", "import.undone"]
    assert {record.about_id for record in records} == {found.id}


def test_verification_agrees_after_all_of_it():
    found = imported(PROFILE, some_rows(120))
    imported(PROFILE, some_rows(200)[50:])
    undone(found)

    assert list(verify_subject(ME)) == []
