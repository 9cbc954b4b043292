"""What a check found and what an import came to, in the words of its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from emissions.domain.entries import ActivityType
from emissions.domain.imports import Check, Import, Kind, Refusal
from emissions.factors import choices
from emissions.imports.columns import Field

#: So many lines are named for one reason.
_LINES = 6


@dataclass(frozen=True, slots=True)
class KindRow:
    """Rows of one activity in one unit; `activity_type` is for its color and drawing."""

    kind: Kind
    label: str
    activity_type: ActivityType


@dataclass(frozen=True, slots=True)
class Mistake:
    """Rows that make no entry for the same reason: their first `lines`, and how many `more` there are.

    `about` names what the reason is about, "" for the row as a whole.
    """

    lines: list[int]
    more: int
    about: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the page of an import lists. `entries_url` leads to the days that the file tells of."""

    kinds: list[KindRow]
    mistakes: list[Mistake]
    entries_url: str


def draw_result(found: Import) -> Result:
    """For an import that was checked, and for any other one with nothing to list."""
    check = found.check
    if check is None:
        return Result([], [], reverse("emissions:entry-list"))
    return Result(
        kinds=list(_kind_rows(check.kinds)),
        mistakes=_mistakes(check.refusals),
        entries_url=_entries_url(check),
    )


def _kind_rows(kinds: Iterable[Kind]) -> Iterable[KindRow]:
    for kind in kinds:
        yield KindRow(kind, choices.label(kind.variant), choices.activity_type(kind.variant))


def _mistakes(refusals: Iterable[Refusal]) -> list[Mistake]:
    """One for each reason, in the order of their first lines: a slip is often made a hundred times."""
    lines: dict[tuple[str, str], list[int]] = {}
    for refusal in refusals:
        lines.setdefault((refusal.field, refusal.sentence), []).append(refusal.line)
    return [
        Mistake(where[:_LINES], len(where[_LINES:]), Field(field).label if field else "", sentence)
        for (field, sentence), where in lines.items()
    ]


def _entries_url(check: Check) -> str:
    url = reverse("emissions:entry-list")
    if check.first_on is None or check.last_on is None:
        return url
    days = {"since": check.first_on.isoformat(), "until": check.last_on.isoformat()}
    return f"{url}?{urlencode(days)}"
