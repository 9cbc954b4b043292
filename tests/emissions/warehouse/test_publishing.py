"""Readers find a whole warehouse at any moment, whatever crashes or runs beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import Unavailable
from carbontrack.storage import Folder, Storage, open_storage
from emissions.domain.entries import Entry
from emissions.repositories.entries import EntryRepository
from emissions.warehouse import files
from emissions.warehouse.errors import ExportOvertaken, WarehouseNotReadable
from emissions.warehouse.exporting import export_tables
from emissions.warehouse.manifest import MANIFEST, Warehouse
from emissions.warehouse.pseudonyms import Pseudonyms
from tests.emissions.warehouse.asking import PSEUDONYMS, rows
from tests.emissions.warehouse.company import as_exported, export, exported_entries, log, named_files
from tests.factories import NOW, USER_ID, make_entry

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Crash(Exception):
    """The machine stops."""


class Failing(Folder):
    """A folder on a machine that stops before its `steps`th change."""

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__(folder)
        self.steps = steps

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        self.step()
        with super().writer(path) as file:
            yield file
            self.step()

    def remove(self, path: str) -> None:
        self.step()
        super().remove(path)

    def step(self) -> None:
        if self.steps == 0:
            raise Crash
        self.steps -= 1


def test_a_crash_anywhere_leaves_a_whole_warehouse_and_the_next_run_ends_it(tmp_path: Path):
    first, second = make_entry(1), make_entry(2, occurred_at=NOW)
    log(first)
    export(tmp_path)
    log(second)
    met = set()
    for steps in range(100):
        try:
            export_tables(Failing(tmp_path, steps), PSEUDONYMS, everything=True)
            break
        except Crash:
            met.add(rows_of_whole_warehouse(open_storage(tmp_path)))
    assert steps > 10
    assert met == {1, 2}
    assert exported_entries(tmp_path) == {as_exported(first), as_exported(second)}
    assert {each.path for each in open_storage(tmp_path).list()} == named_files(tmp_path)


def rows_of_whole_warehouse(storage: Storage) -> int:
    """How many entries it has, if every file of the last manifest is there and as it says."""
    last = Warehouse(storage).last
    assert last is not None
    for file in last.files:
        assert hashlib.sha256(storage.read(file.path)).hexdigest() == file.sha256
    return last.rows


def test_a_table_that_stops_answering_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stored, answers = EntryRepository.iter_stored, [True, True, False]
    monkeypatch.setattr(files, "ROW_GROUP", 1)
    log(*(make_entry(1, user_id=f"5f0f1b1e-0000-4000-8000-00000000000{number}") for number in range(3)))

    def until_it_stops(repository: EntryRepository, *arguments: Any) -> Iterator[Entry]:
        if answers.pop(0):
            return stored(repository, *arguments)
        raise Unavailable("DynamoDB could not be reached.")

    monkeypatch.setattr(EntryRepository, "iter_stored", until_it_stops)

    with pytest.raises(Unavailable):
        export(tmp_path)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_of_two_exports_at_once_the_later_leaves_nothing(tmp_path: Path):
    log(make_entry(1))
    slow = Warehouse(open_storage(tmp_path))
    published = export(tmp_path).manifest
    paths = named_files(tmp_path)
    slow.storage.write(slow.new_path("people/people"), b"under way")

    with pytest.raises(ExportOvertaken):
        slow.publish(published)

    assert {each.path for each in slow.storage.list()} == paths


def test_foreign_files_are_left_alone_and_a_foreign_manifest_is_refused(tmp_path: Path):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "holiday.parquet").write_bytes(b"mine")
    log(make_entry(1))

    export(tmp_path)

    assert (tmp_path / "people" / "holiday.parquet").read_bytes() == b"mine"
    (tmp_path / MANIFEST).write_text('{"name": "a web app"}')
    with pytest.raises(WarehouseNotReadable):
        export(tmp_path)


def test_another_key_makes_everything_anew(tmp_path: Path):
    log(make_entry(1))
    export(tmp_path)

    export_tables(open_storage(tmp_path), Pseudonyms(b"another key"))

    assert rows(tmp_path, "SELECT person FROM entries") == [(Pseudonyms(b"another key").person(USER_ID),)]
