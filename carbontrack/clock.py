"""The only place that reads the clock, so that a test can set it; and how a moment is written down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


@overload
def stamp(moment: datetime) -> str: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> str | None:
    """A moment as the schema writes it: in UTC, to the second, `2024-03-15T10:30:00Z`. None stays None."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_stamp(text: str | None) -> datetime | None:
    """The moment of a stamp that may be missing; one that is always there is `datetime.fromisoformat`."""
    return None if text is None else datetime.fromisoformat(text)
