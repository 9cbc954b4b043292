"""Runs an installation on one's own machine: its processes, started and stopped together.

python -m deploy.launch serve            make run
python -m deploy.launch manage demo      a command of manage.py, with the engine running
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Printer
from honcho.process import Process

from carbontrack.engine import ROOT, EngineNotFound, find_binary, serve_command
from deploy.refusal import Refusal, run
from deploy.state import State, port_is_free

ENGINE_PATIENCE_SECONDS = 10
READY_PATIENCE_SECONDS = 60
STOP_PATIENCE_SECONDS = 4
NAMES = {
    "engine": "The embedded DynamoDB engine",
    "web": "The web server",
    "worker": "The background worker",
    "schedule": "The scheduler of the daily jobs",
}


def main() -> int:
    if os.environ.get("CARBONTRACK_ENV") == "production":
        raise Refusal("This is for one's own machine: docs/deployment.md tells how to run in production.")
    match sys.argv[1:]:
        case ["serve"]:
            return serve()
        case ["manage", *arguments]:
            return manage(arguments)
    raise Refusal("Use: python -m deploy.launch serve, or: python -m deploy.launch manage COMMAND")


def serve() -> int:
    """Run everything until it is told to stop. Returns 0 after Ctrl-C or SIGTERM, 1 if something broke."""
    port = chosen_port()
    state = State.open()
    with state.locked() as ours:
        if not ours:
            raise Refusal(
                f"CarbonTrack is running already on {state.folder}: stop it first, or set STATE_DIR."
            )
        if not port_is_free(port):
            raise Refusal(
                f"Port {port} is taken by another program: choose another, such as PORT={port + 1} make run"
            )
        environment = engine_environment(state) | {"PORT": str(port)}
        prepare(state, environment)
        return supervise(environment, port)


def manage(arguments: list[str]) -> int:
    """Run a command of manage.py on the installation, whether it is up or not."""
    state = State.open()
    command = [sys.executable, "manage.py", *arguments]
    with state.locked() as ours:
        if not ours:
            return subprocess.run(command, cwd=ROOT, env=state.environment()).returncode
        environment = engine_environment(state)
        prepare(state, environment)
        with engine(environment):
            return subprocess.run(command, cwd=ROOT, env=environment).returncode


def chosen_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise Refusal(f"PORT must be a number from 1024 to 65535, not {text!r}.")
    return int(text)


def engine_environment(state: State) -> dict[str, str]:
    """What the processes need to know. With an endpoint of one's own there is no engine to run."""
    environment = state.environment()
    if environment.get("DYNAMODB_ENDPOINT_URL"):
        return environment
    try:
        binary = find_binary()
    except EngineNotFound as error:
        raise Refusal(str(error)) from error
    port = state.choose_engine_port()
    return environment | {
        "ENGINE": str(binary),
        "ENGINE_PORT": str(port),
        "ENGINE_DATABASE": str(state.engine_database),
        "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }


@contextmanager
def engine(environment: dict[str, str]) -> Iterator[None]:
    """The engine for as long as the block lasts, if it is ours to run."""
    if "ENGINE" not in environment:
        yield
        return
    port = int(environment["ENGINE_PORT"])
    command = serve_command(environment["ENGINE"], port=port, database=environment["ENGINE_DATABASE"])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    impatience = threading.Timer(ENGINE_PATIENCE_SECONDS, process.kill)
    try:
        impatience.start()
        assert process.stderr is not None
        # Its own word, because something that answers on the port may be another installation's engine.
        said = process.stderr.readline().strip()
        if "listening on" not in said:
            raise Refusal(f"The embedded DynamoDB engine did not start: {said or 'no answer'}")
        impatience.cancel()
        yield
    finally:
        impatience.cancel()
        process.terminate()
        process.communicate(timeout=ENGINE_PATIENCE_SECONDS)


def prepare(state: State, environment: dict[str, str]) -> None:
    """Bring SQL, tables and static files up to date, unless nothing changed since last time."""
    if state.is_prepared():
        return
    print("Preparing the databases and the static files.", flush=True)
    with engine(environment):
        code = subprocess.run([sys.executable, "-m", "deploy.prepare"], cwd=ROOT, env=environment).returncode
    if code:
        raise Refusal("The databases could not be prepared: the lines above tell why.")
    state.mark_prepared()


def supervise(environment: dict[str, str], port: int) -> int:
    """Start the processes of the Procfile. When one of them ends, honcho stops the others."""
    # The processes' watchers inherit the installation's lock: it is free when the last of them is gone.
    multiprocessing.set_start_method("fork")
    announcer = Announcer(f"http://127.0.0.1:{port}")
    manager = Manager(printer=announcer)
    manager._process_ctor = Watched
    for name, command in parse_procfile(
        (ROOT / "deploy" / "Procfile").read_text(encoding="utf-8")
    ).processes.items():
        if name != "engine" or "ENGINE" in environment:
            manager.add_process(name, command, quiet=name == "engine", env=environment, cwd=str(ROOT))
    manager.loop()
    if announcer.asked_to_stop:
        print("Stopped. Everything is kept; start again with: make run", flush=True)
        return 0
    culprit = NAMES.get(announcer.first_to_stop, "A process")
    raise Refusal(
        f"{culprit} stopped, so everything was stopped. Your data is safe; start again with: make run"
    )


class Watched(Process):  # type: ignore[misc]  # honcho has no types
    """A process that ends when its launcher is gone, were it by `kill -9`: nothing is left running unseen."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        threading.Thread(target=self._follow, args=(os.getppid(),), daemon=True).start()
        super().run(events, ignore_signals)

    def _follow(self, launcher: int) -> None:
        while os.getppid() == launcher:
            time.sleep(0.3)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, sign)
            time.sleep(STOP_PATIENCE_SECONDS)
            if self._child.poll() is not None:
                break
        os._exit(1)


class Announcer(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints what the processes say, tells the address once it answers, and notes why it all ended."""

    def __init__(self, url: str) -> None:
        super().__init__(sys.stdout)
        self.url = url
        self.asked_to_stop = False
        self.first_to_stop = ""
        self._watcher = threading.Thread(target=self._announce, daemon=True)

    def write(self, message: Any) -> None:
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)
            return
        name, _, rest = message.data.strip().partition(" ")
        if rest == "received":
            self.asked_to_stop = True
        elif rest.startswith("stopped") and not self.first_to_stop:
            self.first_to_stop = name
        elif rest.startswith("started") and not self._watcher.ident:
            # Only now: the processes are forked already, and a fork must not copy a thread's locks.
            self._watcher.start()

    def _announce(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + READY_PATIENCE_SECONDS
        while time.monotonic() < deadline and not self.first_to_stop:
            try:
                with opener.open(f"{self.url}/readyz", timeout=2):
                    print(f"\nCarbonTrack is ready: {self.url}  (Ctrl-C stops it)\n", flush=True)
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        if not self.first_to_stop:
            print(
                f"\nCarbonTrack is still not ready: {self.url}/readyz and the lines above tell more. "
                "Ctrl-C stops it.\n",
                flush=True,
            )


if __name__ == "__main__":
    run(main)
