"""An import whose worker and engine are killed at random comes out as if nothing had happened.

Both are processes of their own, killed as `kill -9` does; the engine keeps its file. The seed is fixed, the
moments are not: what a kill meets depends on the machine, what comes out must not.
"""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings

from accounts.repository import ProfileRepository
from carbontrack.dynamodb import client
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, ImportState
from emissions.domain.totals import Subject
from emissions.imports.normal_form import Cell
from emissions.repositories.entries import EntryRepository
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.checking import reader_of
from emissions.services.importing.files import iter_rows
from emissions.services.importing.undoing import start_undo
from tests.emissions.services.importing.uploads import started
from tests.emissions.services.working import counted, totals_of
from tests.factories import USER_ID, make_profile
from tests.fixtures.dynamodb import Engine

ROWS = 20_000
KILLS = 10
SEED = 20_261_122
PROFILE = make_profile(email="alice@example.com")
ME = Subject.user(USER_ID)
#: Long enough for any run of a worker, in seconds.
PATIENCE = 120


class Worker:
    """The worker of one import as a process."""

    def __init__(self, work: str, found: Import, state_dir: Path) -> None:
        self._command = [sys.executable, "-m", "tests.emissions.import_worker", work, found.user_id, found.id]
        self._environment = {
            **os.environ,
            "DYNAMODB_ENDPOINT_URL": settings.DYNAMODB_ENDPOINT_URL,
            "DYNAMODB_TABLE_PREFIX": "",
            "STATE_DIR": str(state_dir),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "LOG_LEVEL": "ERROR",
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, text=True
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def finish(self) -> None:
        """Let it come to its end."""
        for _rows in self.steps():
            pass

    def steps(self) -> Iterator[int]:
        """How many rows each step settled, until the work is at its end."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "end\n":
                self._process.communicate(timeout=PATIENCE)
                return
            yield int(line)
        raise AssertionError("the worker ended before its work")


def rows(chance: random.Random, count: int) -> list[list[Cell]]:
    """Rows of two years, in some disorder, every tenth one as the one before it, some of them in error."""
    kinds = (("car-petrol-medium", "mile"), ("Train", "km"), ("electricity", "kWh"), ("beef", "kg"))
    made: list[list[Cell]] = []
    for number in range(count):
        if number % 10 == 9:
            made.append(made[-1])
            continue
        month = min(23, max(0, number * 24 // count + chance.choice((0, 0, 0, 1, -1))))
        day = f"{2023 + month // 12}-{month % 12 + 1:02d}-{chance.randint(1, 28):02d}"
        activity, unit = chance.choice(kinds)
        amount = "none" if number % 97 == 0 else f"{chance.randint(1, 10**6) / 1000:.3f}"
        made.append([day, activity, amount, unit])
    return made


def disturb(worker: Worker, engine: Engine, chance: random.Random, *, kills: int, within: int) -> int:
    """Kill the worker, the engine or both, `kills` times within about so many steps; returns how often."""
    for killed in range(kills):
        enough = chance.randint(1, max(1, within // kills))
        for number, _rows in enumerate(worker.steps(), start=1):
            if number > enough:
                break
        else:
            return killed
        time.sleep(chance.random() * 0.03)
        victim = chance.choice(("worker", "engine", "both"))
        if victim != "engine":
            worker.kill()
        if victim != "worker":
            engine.restart()
        if victim != "engine":
            worker.start()
    client.reset_client()
    return kills


def undisturbed(found: Import) -> list[Entry]:
    """What the rows of an import come to, one after the other."""
    reader = reader_of(found, PROFILE)
    results = [reader.read(row) for row in iter_rows(found)]
    return [result.entry for result in results if result.entry is not None]


def essence(entries: list[Entry]) -> list[tuple[str, Decimal, int]]:
    return sorted((entry.slug, entry.co2_emissions, entry.version) for entry in entries)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In memory where the system has such a place: processes are killed here, not disks."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path_factory.mktemp("chaos")
        return
    with tempfile.TemporaryDirectory(prefix="carbontrack-chaos-", dir=memory) as folder:
        yield Path(folder)


@pytest.mark.no_cover  # what is measured here runs in another process
def test_an_import_that_is_killed_ten_times_equals_an_undisturbed_one(engine_on_disk: Engine, tmp_path: Path):
    chance = random.Random(SEED)
    ProfileRepository().add(PROFILE)
    found = started(PROFILE, rows(chance, ROWS))
    expected = undisturbed(found)
    worker = Worker("run", found, tmp_path)

    assert disturb(worker, engine_on_disk, chance, kills=KILLS, within=ROWS // 100) == KILLS
    worker.finish()

    after = ImportRepository(USER_ID).get(found.id)
    assert essence(list(EntryRepository(USER_ID).iter_stored())) == essence(expected)
    assert totals_of(ME) == counted(expected, ME)
    assert (after.state, after.problem) == (ImportState.FINISHED, "")
    assert (after.created, after.existing, after.refused) == (len(expected), 0, ROWS - len(expected))
    assert after.co2_emissions == sum(entry.co2_emissions for entry in expected)


@pytest.mark.no_cover
def test_an_undo_half_way_that_is_killed_restores_every_total(engine_on_disk: Engine, tmp_path: Path):
    chance = random.Random(SEED)
    ProfileRepository().add(PROFILE)
    found = started(PROFILE, rows(chance, 3_000))
    worker = Worker("run", found, tmp_path)
    disturb(worker, engine_on_disk, chance, kills=2, within=10)
    for _rows in islice(worker.steps(), 3):
        pass
    start_undo(PROFILE, found.id)
    worker.finish()
    half = ImportRepository(USER_ID).get(found.id)
    assert 0 < half.created < 2_800

    undoer = Worker("undo", found, tmp_path)
    assert disturb(undoer, engine_on_disk, chance, kills=3, within=6) == 3
    undoer.finish()

    after = ImportRepository(USER_ID).get(found.id)
    assert (after.state, after.undone.removed, after.undone.gone) == (ImportState.UNDONE, half.created, 0)
    assert after.undone.co2_emissions == half.co2_emissions
    assert list(EntryRepository(USER_ID).iter_stored()) == []
    assert totals_of(ME) == {}
