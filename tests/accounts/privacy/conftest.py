from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import backoff
from emissions.services import totals
from emissions.services.archiving import storing
from organizations import reconciling
from tests.factories import NOW


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: Any) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "INDEX_LAG_SECONDS", 0)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def archive_folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    monkeypatch.setattr(backoff, "BASE_SECONDS", 0)
    monkeypatch.setattr(storing, "INDEX_LAG_SECONDS", 0)
    monkeypatch.setattr(totals, "INDEX_LAG_SECONDS", 0)
    return tmp_path / "archive"
