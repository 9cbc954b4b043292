"""The four steps of an import, and the words that its pages share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from carbontrack import jobs
from emissions.domain.imports import Import, ImportState
from organizations.domain import Organization

#: What the steps are called, in their order.
LABELS = ("Upload", "Columns", "Check", "Result")
_PLACE_OF_STATE = {
    ImportState.UPLOADED: 1,
    ImportState.CHECKING: 2,
    ImportState.CHECKED: 2,
}
_STATE_WORDS = {
    ImportState.UPLOADED: ("Columns to choose", "accent"),
    ImportState.CHECKING: ("Being checked", "accent"),
    ImportState.CHECKED: ("To confirm", "accent"),
    ImportState.RUNNING: ("Coming in", "accent"),
    ImportState.FINISHED: ("In your log", "success"),
    ImportState.UNDOING: ("Being taken back", "warning"),
    ImportState.UNDONE: ("Taken back", ""),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four. `url` leads back to one that is done and can still be changed, else it is ""."""

    label: str
    is_done: bool = False
    is_current: bool = False
    url: str = ""


def steps_of(found: Import | None = None, *, at_columns: bool = False) -> list[Step]:
    """The steps as they stand for an import; without one, at the upload."""
    if found is None:
        place = 0
    elif at_columns:
        place = 1
    else:
        place = _PLACE_OF_STATE.get(found.state, 3)
    is_over = found is not None and found.state in {ImportState.FINISHED, ImportState.UNDONE}
    back = reverse("emissions:import-columns", args=[found.id]) if found and found.is_open else ""
    return [
        Step(
            label,
            is_done=each < place or is_over,
            is_current=each == place,
            url=back if each == 1 and place == 2 else "",
        )
        for each, label in enumerate(LABELS)
    ]


@dataclass(frozen=True, slots=True)
class StateWords:
    """What a list says of an import: a few words, and the look of the badge around them."""

    label: str
    tone: str


def state_words(found: Import) -> StateWords:
    """`In your log`; an import that ended early says so."""
    if found.state is ImportState.FINISHED:
        if found.problem:
            return StateWords("Stopped early", "warning")
        if not found.created:
            return StateWords("Nothing new", "")
    return StateWords(*_STATE_WORDS[found.state])


def whose(found: Import, organization: Organization | None) -> str:
    """Whom the entries of an import count for: `Sales at Acme`; "" for personal ones."""
    if not found.is_work:
        return ""
    if organization is None or organization.id != found.organization_id:
        return "A former organization"
    department = organization.effective_department(found.department_id)
    return organization.name if department is None else f"{department.name} at {organization.name}"


def has_stopped(found: Import, progress: jobs.Progress | None, now: datetime) -> bool:
    """Whether an import is busy and will not go on by itself."""
    asked_at = found.started_at or found.created_at
    return found.is_busy and jobs.has_stopped(progress, now, asked_at=asked_at)
