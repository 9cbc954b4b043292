"""One installation's folder: one launcher at a time, steady ports, preparing only when something changed."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbontrack.engine import local_endpoint
from deploy import state as state_module
from deploy.refusal import Refusal
from deploy.state import State, port_is_free


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    for name in state_module.PLACES:
        monkeypatch.delenv(name, raising=False)
    return State.open()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def make_prepared(state: State) -> None:
    for name in ("carbontrack.sqlite3", "dynamodb.sqlite3"):
        (state.folder / name).touch()
    (state.folder / "static").mkdir()
    (state.folder / "static" / "staticfiles.json").touch()
    state.mark_prepared()


def test_the_folder_is_private(state: State) -> None:
    assert stat.S_IMODE(state.folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "file" / "state"))

    with pytest.raises(Refusal, match="choose another folder with STATE_DIR"):
        State.open()


def test_a_second_launcher_is_refused_while_the_first_lives(state: State) -> None:
    with state.locked() as first, state.locked() as second:
        assert (first, second) == (True, False)
    with state.locked() as again:
        assert again


def test_after_a_killed_launcher_the_next_one_waits_for_what_it_had_started(state: State) -> None:
    lock = state.folder / "run.lock"
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    (state.folder / "launcher.pid").write_text(ended.stdout.strip())
    holds_lock = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    )
    orphan = subprocess.Popen(
        [sys.executable, "-c", holds_lock, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with orphan:
        assert orphan.stdout is not None
        assert orphan.stdin is not None
        orphan.stdout.readline()
        threading.Timer(0.2, orphan.stdin.close).start()

        with state.locked() as ours:
            assert ours
            assert orphan.wait(timeout=5) is not None

    assert (state.folder / "launcher.pid").read_text() == str(os.getpid())


def test_the_engine_keeps_its_port(state: State) -> None:
    first = state.choose_engine_port()
    second = state.choose_engine_port()

    assert first == second
    assert local_endpoint(state.folder) == f"http://127.0.0.1:{first}"


def test_the_engine_moves_when_its_port_is_taken(state: State, taken_port: int) -> None:
    (state.folder / "engine.port").write_text(str(taken_port))

    port = state.choose_engine_port()

    assert port != taken_port
    assert port_is_free(port)
    assert (state.folder / "engine.port").read_text() == str(port)


def test_nothing_is_prepared_twice(state: State) -> None:
    before = state.is_prepared()
    make_prepared(state)

    assert (before, state.is_prepared()) == (False, True)


@pytest.mark.parametrize("lost", ["carbontrack.sqlite3", "dynamodb.sqlite3", "static/staticfiles.json"])
def test_what_was_lost_is_prepared_again(lost: str, state: State) -> None:
    make_prepared(state)

    (state.folder / lost).unlink()

    assert not state.is_prepared()


def test_another_database_is_prepared(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    make_prepared(state)

    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/carbontrack")

    assert not state.is_prepared()


def test_changed_sources_are_prepared(state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "static" / "css").mkdir(parents=True)
    (root / "requirements.lock").touch()
    (root / "static" / "css" / "base.css").write_text("a {}")
    monkeypatch.setattr(state_module, "ROOT", root)
    make_prepared(state)

    (root / "static" / "css" / "base.css").write_text("a { color: red }")

    assert not state.is_prepared()
