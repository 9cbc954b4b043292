"""The clock of the daily jobs: when it runs them, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import get_commands

from deploy import schedule
from deploy.schedule import EVERY_SECONDS, FIRST_AFTER_SECONDS, JOBS, Clock

PYTHON = sys.executable


class Wall:
    """A clock on the wall that goes on while somebody waits, and the rounds that were made by it."""

    def __init__(self, clock: Clock, rounds: int) -> None:
        self.now, self.clock, self.rounds = 1000.0, clock, rounds
        self.at: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return len(self.at) == self.rounds

    def run_all(self) -> None:
        self.at.append(self.now)
        self.now += 5


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Clock([])
    wall = Wall(clock, rounds=3)
    monkeypatch.setattr("deploy.schedule.time.time", lambda: wall.now)
    monkeypatch.setattr(clock._stopped, "wait", wall.wait)
    monkeypatch.setattr(clock, "run_all", wall.run_all)
    return wall


def test_the_first_round_is_soon_and_the_others_every_hour(wall: Wall) -> None:
    wall.clock.go_round()

    first = 1000 + FIRST_AFTER_SECONDS
    assert wall.at == [first, first + EVERY_SECONDS, first + 2 * EVERY_SECONDS]


def test_a_clock_that_is_put_back_does_not_stop_the_rounds(wall: Wall) -> None:
    wall.now = 1_000_000.0
    run_all = wall.run_all

    def run_and_put_back() -> None:
        run_all()
        wall.now -= 500_000 if len(wall.at) == 1 else 0

    wall.clock.run_all = run_and_put_back  # type: ignore[method-assign]
    wall.clock.go_round()

    assert wall.at[1] - (wall.at[0] - 500_000) < EVERY_SECONDS


def test_every_job_is_a_command_of_ours() -> None:
    assert [job for job in JOBS if job[0] not in get_commands()] == []


def test_a_job_that_fails_says_so_and_the_next_one_runs(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    fails = (PYTHON, "-c", "raise SystemExit(3)")
    writes = (PYTHON, "-c", f"open({str(done)!r}, 'w').close()")

    Clock([fails, writes]).run_all()

    assert "ended with 3; it is tried again in an hour." in capfd.readouterr().err
    assert done.exists()


def test_sigterm_ends_it_at_once_with_the_job_that_runs(tmp_path: Path) -> None:
    """As a process, since signals are a process's."""
    started = tmp_path / "started"
    job = (
        f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); os.rename("
        f"{str(started)!r}, {str(started) + '.pid'!r}); time.sleep(60)"
    )
    program = (
        "import signal; from deploy.schedule import Clock\n"
        f"clock = Clock([({PYTHON!r}, '-c', {job!r})])\n"
        "signal.signal(signal.SIGTERM, lambda *_: clock.stop())\n"
        "clock.go_round(first_after=0)"
    )
    process = subprocess.Popen([PYTHON, "-c", program], cwd=schedule.ROOT)
    pid_file = Path(f"{started}.pid")
    deadline = time.monotonic() + 30
    while not pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.01)

    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=10)

    assert code == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
