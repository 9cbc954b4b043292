"""Jobs as the staff console shows them: rows of django_tasks_db in words, without anything personal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q, QuerySet
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.job_queue import CANCEL, CANCELLED, JOB, OWNER
from carbontrack.jobs import SILENCE, Progress, progress_of

#: A row of the queue.
StoredJob = DBTaskResult[Any, Any]
#: What a job that tells nothing of itself may take before it is taken for stuck.
PATIENCE = timedelta(minutes=15)
#: What the queue writes for a job that may run at once.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
#: In the `return_value` of a row that has failed: the id of the row that tries again.
RETRIED_AS = "retried_as"


class State(StrEnum):
    """What the list can be narrowed to; the words are those of the page."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work, by how the paths of its tasks begin."""

    name: str
    label: str
    prefixes: tuple[str, ...]


KINDS = (
    Kind("imports", "Imports", ("emissions.tasks.imports.",)),
    Kind("exports", "Exports of one’s data", ("accounts.privacy.tasks.",)),
    Kind("reports", "Reports", ("emissions.tasks.reports.",)),
    Kind("archive", "Archive", ("emissions.tasks.archive.",)),
    Kind("factors", "Factors", ("emissions.tasks.recalculation.", "emissions.tasks.publishing.")),
    Kind("deletions", "Deletions", ("emissions.tasks.deletion.",)),
    Kind("figures", "Platform figures", ("emissions.tasks.overview.",)),
    Kind("mail", "Mail", ("accounts.tasks.deliver",)),
)
OTHER = Kind("other", "Other", ())
#: What a task does, in words, by the name of its function.
_TITLES = {
    "deliver": "Send a mail",
    "make_export": "Prepare a copy of somebody’s data",
    "check_import": "Check an import",
    "run_import": "Import a file",
    "undo_import": "Undo an import",
    "prepare_report": "Prepare a report",
    "archive_entries": "Archive old months",
    "restore_entries": "Restore archived months",
    "check_entries": "Look for newer factors",
    "apply_changes": "Recalculate with newer factors",
    "count_affected": "Count what an edition changes",
    "delete_organization": "Delete an organization",
    "end_organization": "Finish deleting an organization",
    "count": "Count the platform’s figures",
}

_READY, _RUNNING, _FAILED, _DONE = (
    TaskResultStatus.READY,
    TaskResultStatus.RUNNING,
    TaskResultStatus.FAILED,
    TaskResultStatus.SUCCESSFUL,
)
_STATES: Mapping[State, Q] = {
    State.WAITING: Q(status=_READY),
    State.RUNNING: Q(status=_RUNNING),
    State.FAILED: Q(status=_FAILED) & ~Q(exception_class_path=CANCELLED),
    State.CANCELLED: Q(status=_FAILED, exception_class_path=CANCELLED),
    State.DONE: Q(status=_DONE),
}


def in_state(state: State) -> QuerySet[StoredJob]:
    return DBTaskResult.objects.filter(_STATES[state])


def of_kind(rows: QuerySet[StoredJob], kind: Kind) -> QuerySet[StoredJob]:
    if kind is OTHER:
        return rows.exclude(_begins(prefix for each in KINDS for prefix in each.prefixes))
    return rows.filter(_begins(kind.prefixes))


def _begins(prefixes: Iterable[str]) -> Q:
    query = Q()
    for prefix in prefixes:
        query |= Q(task_path__startswith=prefix)
    return query


def job_counts() -> dict[State, int]:
    """How many jobs wait, run, and have failed. One query; finished ones are cleared away in time."""
    shown = (State.WAITING, State.RUNNING, State.FAILED)
    counts = {state.value: Count("pk", filter=_STATES[state]) for state in shown}
    found = DBTaskResult.objects.aggregate(**counts)
    return {state: found[state.value] for state in shown}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job for a page. `progress` is what it last said, of those that run and say something."""

    id: str
    path: str
    kind: Kind
    state: State
    enqueued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    reason: str
    place: str
    is_stuck: bool
    is_cancelling: bool
    retried_as: str
    worker: str
    progress: Progress | None
    now: datetime

    @property
    def name(self) -> str:
        """What it does, in words: `Import a file` for `emissions.tasks.imports.run_import`."""
        function = self.path.rpartition(".")[2]
        return _TITLES.get(function) or function.replace("_", " ").capitalize()

    @property
    def took(self) -> timedelta | None:
        """For how long it ran, or has been running."""
        return None if self.started_at is None else (self.finished_at or self.now) - self.started_at

    @property
    def time_text(self) -> str:
        """`3 s`, `4 min 10 s`, `2 h 5 min`."""
        return "" if self.took is None else duration_text(self.took)

    @property
    def can_be_retried(self) -> bool:
        if self.retried_as:
            return False
        return self.state in {State.FAILED, State.CANCELLED} or self.is_stuck

    @property
    def can_be_cancelled(self) -> bool:
        return self.state is State.WAITING or (self.state is State.RUNNING and not self.is_cancelling)


def job_rows(results: Iterable[StoredJob]) -> list[JobRow]:
    """Rows for a page, with the progress of those that run: at most one request to DynamoDB."""
    results = list(results)
    places = {result.pk: _place(result) for result in results if result.status == _RUNNING}
    said = progress_of({place for place in places.values() if place is not None})
    return [_row(result, said.get(places.get(result.pk) or ("", ""))) for result in results]


def _place(result: StoredJob) -> tuple[str, str] | None:
    """Whose progress a running job reports, and under which id, if it has said so."""
    noted = _noted(result)
    return (noted[OWNER], noted[JOB]) if OWNER in noted else None


def _noted(result: StoredJob) -> dict[str, Any]:
    return result.return_value if isinstance(result.return_value, dict) else {}


def _row(result: StoredJob, progress: Progress | None) -> JobRow:
    now, state = clock.now(), state_of(result)
    noted = _noted(result)
    return JobRow(
        id=str(result.pk),
        path=result.task_path,
        kind=kind_of(result.task_path),
        state=state,
        enqueued_at=result.enqueued_at,
        run_after=result.run_after if state is State.WAITING and now < result.run_after < _NEVER else None,
        started_at=result.started_at,
        finished_at=result.finished_at,
        attempts=len(result.worker_ids),
        reason=reason_of(result) if state is State.FAILED else "",
        place=place_of(result.traceback) if state is State.FAILED else "",
        is_stuck=state is State.RUNNING and is_stuck(result.started_at, progress, now),
        is_cancelling=state is State.RUNNING and bool(noted.get(CANCEL)),
        retried_as=str(noted.get(RETRIED_AS, "")) if result.status == _FAILED else "",
        worker=result.worker_ids[-1] if result.worker_ids else "",
        progress=progress if state is State.RUNNING else None,
        now=now,
    )


def state_of(result: StoredJob) -> State:
    if result.status == _FAILED and result.exception_class_path == CANCELLED:
        return State.CANCELLED
    states = {_READY: State.WAITING, _RUNNING: State.RUNNING, _FAILED: State.FAILED, _DONE: State.DONE}
    return states[TaskResultStatus(result.status)]


def kind_of(task_path: str) -> Kind:
    return next((kind for kind in KINDS if task_path.startswith(kind.prefixes)), OTHER)


def is_stuck(started_at: datetime | None, progress: Progress | None, now: datetime) -> bool:
    """Whether a running job has been silent for too long: its worker was killed, or it hangs."""
    if started_at is None:
        return False
    if progress is None or progress.updated_at < started_at:
        return now - started_at > PATIENCE
    return now - progress.updated_at > SILENCE


def duration_text(length: timedelta) -> str:
    seconds = max(0, round(length.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


#: Only words of ours are shown: those of another exception may repeat what somebody wrote.
_OUR_ERRORS = "carbontrack.dynamodb.errors."
_ADDRESS = re.compile(r"\S+@\S+")
_FRAME = re.compile(
    r'File "[^"]*?/((?:accounts|carbontrack|emissions|organizations)/[^"]+)", line (\d+), in (\w+)'
)


def reason_of(result: StoredJob) -> str:
    """Why a job failed: the exception, with its message where that is certain to hold nothing personal."""
    name: str = result.exception_class_path.rpartition(".")[2]
    if not result.exception_class_path.startswith(_OUR_ERRORS):
        return name
    _, _, message = result.traceback.strip().rpartition("\n")[2].partition(": ")
    return f"{name}: {_ADDRESS.sub('…', message)[:200]}" if message else name


def place_of(traceback: str) -> str:
    """Where in our code it failed: `emissions/imports/reading.py, line 31, in read`; empty if nowhere."""
    frames = _FRAME.findall(traceback)
    return "{}, line {}, in {}".format(*frames[-1]) if frames else ""


_ID = re.compile(
    r"[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?|[0-9]{1,12}"
)
_SUBJECT = re.compile(r"(?:user|organization|department)#[^#]+(?:#[^#]+)?|platform")


def argument_text(value: Any) -> str:
    """An argument if it is an id, a month, a number or a list of them; else `…`: it may be a name."""
    if value is None or isinstance(value, bool | int):
        return str(value)
    if isinstance(value, list) and value:
        return ", ".join(map(argument_text, value[:20])) + (", …" if len(value) > 20 else "")
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    if isinstance(value, str) and _SUBJECT.fullmatch(value):
        kind, *ids = value.split("#")
        return "#".join([kind, *(each if _ID.fullmatch(each) else "…" for each in ids)])
    return "…"
