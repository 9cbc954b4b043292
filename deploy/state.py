"""The folder of one installation: where everything that must survive is, and who is using it.

`run.lock` is locked by the launcher and by those who watch its processes. The lock goes with the last of
them, however it ends, so the file itself means nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from carbontrack.engine import DEFAULT_PORT, ROOT
from deploy.refusal import Refusal

#: What the stores are prepared from: when none of it changed, nor where they are, preparing is skipped.
SOURCES = ("*/migrations/*.py", "carbontrack/dynamodb/tables.py", "carbontrack/settings.py", "static/**/*")
PLACES = ("DATABASE_URL", "DYNAMODB_ENDPOINT_URL", "DYNAMODB_TABLE_PREFIX")
ORPHANS_PATIENCE_SECONDS = 12


@dataclass(frozen=True, slots=True)
class State:
    """An installation's folder, readable by its owner only."""

    folder: Path

    @classmethod
    def open(cls) -> State:
        folder = Path(os.environ.get("STATE_DIR") or ROOT / "var").absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / "run.lock").touch(mode=0o600)
        except OSError as error:
            raise Refusal(
                f"Cannot write to {folder} ({error.strerror}): choose another folder with STATE_DIR."
            ) from error
        return cls(folder)

    @property
    def engine_database(self) -> Path:
        return self.folder / "dynamodb.sqlite3"

    def environment(self) -> dict[str, str]:
        return os.environ | {"STATE_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}

    # -- One launcher at a time -----------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Yields whether this process is the one that runs the installation."""
        with (self.folder / "run.lock").open("r+") as lock:
            yield self._lock(lock.fileno())

    def _lock(self, lock: int) -> bool:
        launcher = self.folder / "launcher.pid"
        deadline = time.monotonic() + ORPHANS_PATIENCE_SECONDS
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                launcher.write_text(str(os.getpid()), encoding="ascii")
                return True
            # A launcher that was killed: what it had started notices and stops within moments.
            if _alive(int(launcher.read_text(encoding="ascii"))) or time.monotonic() > deadline:
                return False
            time.sleep(0.05)

    # -- Ports ----------------------------------------------------------------------------------------------

    def choose_engine_port(self) -> int:
        """The engine's port of last time, as long as nobody else has taken it; the settings read it here."""
        file = self.folder / "engine.port"
        candidates = [int(file.read_text(encoding="ascii"))] if file.exists() else [DEFAULT_PORT]
        port = next((candidate for candidate in candidates if port_is_free(candidate)), 0) or _any_free_port()
        file.write_text(str(port), encoding="ascii")
        return port

    # -- What is up to date ---------------------------------------------------------------------------------

    def is_prepared(self) -> bool:
        needed = [self.folder / "prepared", self.folder / "static" / "staticfiles.json", self.engine_database]
        if not os.environ.get("DATABASE_URL"):
            needed.append(self.folder / "carbontrack.sqlite3")
        if os.environ.get("DYNAMODB_ENDPOINT_URL"):
            needed.remove(self.engine_database)
        return (
            all(file.exists() for file in needed)
            and needed[0].read_text(encoding="ascii") == self._fingerprint()
        )

    def mark_prepared(self) -> None:
        (self.folder / "prepared").write_text(self._fingerprint(), encoding="ascii")

    def _fingerprint(self) -> str:
        digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
        for place in PLACES:
            digest.update(f"{place}={os.environ.get(place, '')}\n".encode())
        for pattern in SOURCES:
            for file in sorted(ROOT.glob(pattern)):
                about = file.stat()
                digest.update(f"{file}\t{about.st_size}\t{about.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
