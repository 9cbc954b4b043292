"""docs/security.md keeps to what is there, and the code to what it says."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_probe_has_a_test_and_a_row_that_names_its_files() -> None:
    """docs/security.md is what a reviewer reads: what it names is there."""
    tests = Path(__file__).parents[1]
    rows = re.findall(
        r"^\| (\d\d) \|.*\| ([^|]+) \|$", (tests.parent / "docs" / "security.md").read_text(), re.MULTILINE
    )
    named = {name for _, files in rows for name in re.findall(r"`([^`]+)`", files)}
    numbers = {
        number
        for file in tests.rglob("test_*.py")
        for number in re.findall(r"probe[_ ](\d\d)", file.read_text())
    }

    every = {f"{number:02}" for number in range(1, 28)}
    assert every - numbers == set()
    assert every - {number for number, _ in rows} == set()
    assert [name for name in sorted(named) if not (tests / name).exists()] == []


def test_only_two_places_open_an_address() -> None:
    """No URL of a user's is fetched: who is signed in with (`test_provider_requests.py`), and boto3."""
    root = Path(__file__).parents[2]
    clients = re.compile(
        r"^\s*(?:import|from) (?:requests|httpx|aiohttp|urllib3|urllib\.request|http\.client)\b"
    )
    opening = {
        str(file.relative_to(root))
        for app in ("accounts", "carbontrack", "emissions", "organizations")
        for file in (root / app).rglob("*.py")
        if any(clients.match(line) for line in file.read_text().splitlines())
    }

    assert opening == {"accounts/provider_requests.py", "accounts/social_urls.py"}
