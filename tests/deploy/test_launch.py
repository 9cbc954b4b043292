"""`make run` from start to stop, and what it says when it cannot: one sentence, no traceback."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbontrack.engine import ROOT, find_binary
from deploy.launch import engine
from deploy.refusal import Refusal

pytestmark = pytest.mark.xdist_group("launcher")

SECONDS_TO_START = 60


class Launcher:
    """`python -m deploy.launch` on a folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        unset = {"DYNAMODB_ENDPOINT_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "EMAIL_URL"}
        self.environment = {name: value for name, value in os.environ.items() if name not in unset} | {
            "STATE_DIR": str(folder),
            "PORT": str(self.port),
        }
        self.process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run to the end; its code, and all it said."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.launch", *arguments],
            cwd=ROOT,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_START,
        )
        return done.returncode, (done.stdout + done.stderr).strip()

    def start(self) -> float:
        """Serve, wait until it says that it is ready, and tell how many seconds that took."""
        started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.launch", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("CarbonTrack is ready: "):
                return time.monotonic() - started
            if line.startswith("CarbonTrack is still not ready"):
                break
        raise AssertionError("It did not get ready")

    def stop(self, sign: int) -> tuple[int, str]:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        assert self.process is not None
        said, _ = self.process.communicate(timeout=SECONDS_TO_START)
        return self.process.returncode, said

    def get(self, path: str) -> int:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return int(response.status)

    def pid_of(self, words: str) -> int:
        """The one process of this installation whose command has these words."""
        listed = subprocess.run(
            ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
        ).stdout
        found = [
            line.split(None, 1) for line in listed.splitlines() if words in line and str(self.folder) in line
        ]
        assert len(found) == 1
        return int(found[0][0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One installation for all tests here, so that its databases are made once."""
    return tmp_path_factory.mktemp("installation") / "state"


@pytest.fixture
def launcher(folder: Path) -> Iterator[Launcher]:
    launcher = Launcher(folder)
    yield launcher
    if launcher.process is not None:
        if launcher.process.poll() is None:
            launcher.process.terminate()
            launcher.process.wait(timeout=30)
        assert launcher.process.stdout is not None
        launcher.process.stdout.close()


def test_it_starts_stops_and_keeps_everything(launcher: Launcher) -> None:
    launcher.start()
    ready = launcher.get("/readyz")
    second = launcher.run("serve")
    code, said = launcher.stop(signal.SIGTERM)

    again = launcher.start()
    code_of_interrupt, _ = launcher.stop(signal.SIGINT)

    assert ready == 200
    assert second == (
        1,
        f"CarbonTrack is running already on {launcher.folder}: stop it first, or set STATE_DIR.",
    )
    assert (code, code_of_interrupt) == (0, 0)
    assert "Stopped. Everything is kept; start again with: make run" in said
    assert "Traceback" not in said
    assert again < SECONDS_TO_START
    assert stat.S_IMODE((launcher.folder / "secret_key").stat().st_mode) == 0o600


def test_after_kill_9_of_the_launcher_the_next_start_takes_over(launcher: Launcher) -> None:
    launcher.start()

    code, _ = launcher.stop(signal.SIGKILL)
    launcher.start()

    assert code == -signal.SIGKILL
    assert launcher.get("/readyz") == 200


def test_without_its_engine_everything_stops_with_a_sentence(launcher: Launcher) -> None:
    launcher.start()

    os.kill(launcher.pid_of("dynoxide serve"), signal.SIGKILL)
    code, said = launcher.ended()

    assert code == 1
    assert said.strip().splitlines()[-1] == (
        "The embedded DynamoDB engine stopped, so everything was stopped. "
        "Your data is safe; start again with: make run"
    )


def test_a_command_runs_with_the_engine_while_the_installation_is_down(launcher: Launcher) -> None:
    code, said = launcher.run("manage", "dynamodb", "verify")

    assert code == 0
    assert said.splitlines()[-1] == "All 8 tables are as they should be."


def test_a_taken_port_is_a_sentence(launcher: Launcher) -> None:
    with socket.create_server(("127.0.0.1", launcher.port)):
        code, said = launcher.run("serve")

    assert code == 1
    assert said == (
        f"Port {launcher.port} is taken by another program: "
        f"choose another, such as PORT={launcher.port + 1} make run"
    )


def test_another_installations_engine_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        environment = {
            "ENGINE": str(find_binary()),
            "ENGINE_PORT": port,
            "ENGINE_DATABASE": str(tmp_path / "dynamodb.sqlite3"),
        }

        with pytest.raises(Refusal, match=f"port {port} is already in use"), engine(environment):
            pytest.fail("It would prepare somebody else's tables")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eight"}, "PORT must be a number from 1024 to 65535, not 'eight'."),
        ({"PORT": "80"}, "PORT must be a number from 1024 to 65535, not '80'."),
        (
            {"CARBONTRACK_ENV": "production"},
            "This is for one's own machine: docs/deployment.md tells how to run in production.",
        ),
        (
            {"LOG_LEVEL": "LOUD"},
            "CarbonTrack did not start. LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR",
        ),
    ],
)
def test_what_cannot_work_is_a_sentence(variables: dict[str, str], sentence: str, launcher: Launcher) -> None:
    code, said = launcher.run("serve", **variables)

    assert code == 1
    assert sentence in said
    assert "Traceback" not in said


def fake_python(folder: Path, body: str) -> None:
    for name in ("python3", "python"):
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A copy of the launcher's first stage, and a folder for programs that is the whole PATH."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "python.sh").write_text((ROOT / "deploy" / "python.sh").read_text())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dirname").symlink_to("/usr/bin/dirname")
    return tmp_path


def first_stage(machine: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", str(machine / "deploy" / "python.sh"), "deploy.bootstrap"],
        env={"PATH": str(machine / "bin")},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr.strip()


def test_an_old_python_is_a_sentence(bare_machine: Path) -> None:
    fake_python(
        bare_machine / "bin",
        'case "$2" in *version_info*) exit 1;; *) echo " (this machine has 3.9.2)";; esac',
    )

    assert first_stage(bare_machine) == (
        1,
        "CarbonTrack needs Python 3.11 or newer (this machine has 3.9.2): install it, or name it, "
        "for example: PYTHON=/usr/bin/python3.12 make run",
    )


def test_no_python_is_a_sentence(bare_machine: Path) -> None:
    assert first_stage(bare_machine) == (
        1,
        "CarbonTrack needs Python 3.11 or newer: install it, or name it, "
        "for example: PYTHON=/usr/bin/python3.12 make run",
    )


def test_a_python_without_venv_is_a_sentence(bare_machine: Path) -> None:
    fake_python(bare_machine / "bin", 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')

    assert first_stage(bare_machine) == (
        1,
        "CarbonTrack needs Python's venv module, which python lacks: install it "
        "(on Debian: apt install python3-venv) and try again.",
    )
