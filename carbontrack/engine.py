"""Where the embedded DynamoDB engine is, and how to start it. Standard library only, for the launcher.

The engine is the npm package `@dynoxide/<platform>`, one executable; `package.json` pins its version.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

#: The engine's port unless it is taken.
DEFAULT_PORT = 8001

ROOT = Path(__file__).resolve().parent.parent

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


class EngineNotFound(Exception):
    """The engine's executable is not on this machine. The message tells what to do."""


def platform_name() -> str:
    """This machine as the engine's packages call it: `linux-x64`, `darwin-arm64`..."""
    machine = platform.machine().lower()
    return f"{_SYSTEMS.get(sys.platform, sys.platform)}-{_MACHINES.get(machine, machine)}"


def find_binary() -> Path:
    """The engine's executable: `DYNOXIDE`, else `node_modules`, else the PATH. Raises EngineNotFound."""
    name = "dynoxide.exe" if sys.platform == "win32" else "dynoxide"
    candidates = [
        os.environ.get("DYNOXIDE"),
        str(ROOT / "node_modules" / "@dynoxide" / platform_name() / name),
        shutil.which("dynoxide"),
    ]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise EngineNotFound(
        "The embedded DynamoDB engine is missing: run `make run` or `make test`, which bring it, "
        "or name a DynamoDB endpoint in DYNAMODB_ENDPOINT_URL."
    )


def serve_command(binary: Path | str, *, port: int, database: Path | str | None = None) -> list[str]:
    """The command that serves DynamoDB's API on loopback; without a database file it keeps all in memory."""
    command = [str(binary), "serve", "--host", "127.0.0.1", "--port", str(port)]
    return command if database is None else [*command, "--db-path", str(database)]


def local_endpoint(state_dir: Path) -> str:
    """Where the engine of an installation answers: the launcher writes the port it chose to `engine.port`."""
    try:
        port = int((state_dir / "engine.port").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        port = DEFAULT_PORT
    return f"http://127.0.0.1:{port}"
