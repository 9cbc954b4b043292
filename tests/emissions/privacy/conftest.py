from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import backoff
from emissions.services import totals
from emissions.services.archiving import storing
from tests.factories import NOW


@pytest.fixture(autouse=True)
def archive_folder(dynamodb: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(backoff, "BASE_SECONDS", 0)
    monkeypatch.setattr(storing, "INDEX_LAG_SECONDS", 0)
    monkeypatch.setattr(totals, "INDEX_LAG_SECONDS", 0)
    return tmp_path / "archive"
