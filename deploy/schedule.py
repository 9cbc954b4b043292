"""Starts the daily jobs every hour, where there is no cron: `make run` starts it, or `manage.py schedule`.

Each job is a command of manage.py in a process of its own, so that its memory goes when it ends; this one
imports nothing but the standard library and stays at 12 MB. The clock on the wall decides, so a machine that
slept catches up when it wakes. SIGTERM ends it at once, with the job that runs: every job may be cut off
anywhere and goes on next time.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Commands of manage.py. Each must be safe to run twice, late and cut off.
JOBS: tuple[tuple[str, ...], ...] = (
    ("recurring", "run", "--verbosity", "0"),
    ("archive", "run", "--verbosity", "0"),
    ("erase", "--verbosity", "0"),
    ("prune", "--verbosity", "0"),
    ("overview", "--if-due", "--verbosity", "0"),
)
EVERY_SECONDS = 3600.0
#: Let the engine and the site start first.
FIRST_AFTER_SECONDS = 30.0
#: How often to look at the clock.
TICK_SECONDS = 20.0


class Clock:
    """Runs the jobs one after the other when the hour has come round, until it is stopped."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._commands = commands
        self._stopped = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """For a signal's handler: what waits wakes up, and the running job is told to end."""
        self._stopped.set()
        if self._running is not None:
            self._running.terminate()

    def go_round(self, *, first_after: float = FIRST_AFTER_SECONDS) -> None:
        """Wait and run, for as long as nobody stops it."""
        due = time.time() + first_after
        while not self._stopped.wait(min(TICK_SECONDS, max(0.0, due - time.time()))):
            now = time.time()
            if now >= due or due - now > EVERY_SECONDS:  # or somebody has put the clock back
                due = now + EVERY_SECONDS
                self.run_all()

    def run_all(self) -> None:
        """Every job once. One that fails says so and keeps no other from running."""
        for command in self._commands:
            if self._stopped.is_set():
                return
            self._running = subprocess.Popen(command, cwd=ROOT)
            if self._stopped.is_set():  # the signal came while it was started
                self._running.terminate()
            code = self._running.wait()
            self._running = None
            if code and not self._stopped.is_set():
                words = " ".join(command[1:])
                print(
                    f"{words} ended with {code}; it is tried again in an hour.", file=sys.stderr, flush=True
                )


def main() -> None:
    manage = (sys.executable, "manage.py")
    clock = Clock([(*manage, *job) for job in JOBS])
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: clock.stop())
    clock.go_round()


if __name__ == "__main__":
    main()
