"""A clock that a test sets."""

from __future__ import annotations

import pytest

from tests.emissions.services.recurring.repeating import At, at


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the clock, in UTC; it begins on a Monday morning in March."""
    at(monkeypatch, "2026-03-02T08:00")
    return lambda text: at(monkeypatch, text)
