"""What staff do to jobs: try again, cancel. Each leaves a record on the platform's trail."""

from __future__ import annotations

import inspect
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.staff.rights import demand_staff
from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord, AuditRepository
from carbontrack.dynamodb import WriteTransaction
from carbontrack.job_queue import CANCEL, CANCELLED
from carbontrack.staff.job_rows import RETRIED_AS, JobRow, State, StoredJob, job_rows

if TYPE_CHECKING:
    from accounts.domain import Profile

#: What counts the tries of a task: a new start begins at its default.
_TRIES = "attempt"
#: In place of the exception of a job whose worker is gone.
_LOST = f"{__name__}.WorkerLost"


class CannotBeRetried(Exception):
    """It has not failed, was tried again already, or is a kind of work that this release does not know."""


class Cancelled(StrEnum):
    """What became of a wish to cancel."""

    REMOVED = "removed"
    ASKED = "asked"
    ENDED = "ended"
    TOO_LATE = "too-late"


def retry(actor: Profile, result: StoredJob) -> str:
    """Queue a job again with the same arguments, once, however often it is asked. Returns the new id.

    Raises CannotBeRetried, and StaffConflict for who runs the platform no longer. The record and the new row
    are stored together, or neither is.
    """
    row = job_rows([result])[0]
    if row.retried_as:
        return row.retried_as
    if not row.can_be_retried:
        raise CannotBeRetried
    try:
        task = result.task
    except (ImportError, AttributeError) as error:
        raise CannotBeRetried from error
    arguments, named = _arguments(result, task.func)
    rows = DBTaskResult.objects.filter(pk=result.pk, status=result.status, started_at=result.started_at)
    with transaction.atomic():
        if row.state is State.RUNNING:
            taken = rows.update(**_ended(_LOST) | {"return_value": {RETRIED_AS: ""}})
        else:
            taken = rows.filter(return_value__isnull=True).update(return_value={RETRIED_AS: ""})
        if not taken:  # somebody else was quicker, or its worker has just ended it
            raise CannotBeRetried
        new_id = str(task.enqueue(*arguments, **named).id)
        DBTaskResult.objects.filter(pk=result.pk).update(return_value={RETRIED_AS: new_id})
        _note(actor, "job.retried", row, {"job": new_id})
    return new_id


def cancel(actor: Profile, result: StoredJob) -> Cancelled:
    """Take a waiting job out of the queue; ask one that runs to stop; end one whose worker is gone."""
    row = job_rows([result])[0]
    rows = DBTaskResult.objects.filter(pk=result.pk)
    with transaction.atomic():
        outcome = _cancel(rows, result, row)
        if outcome is not Cancelled.TOO_LATE:
            _note(actor, "job.cancelled", row, {"outcome": outcome.value})
    return outcome


def _cancel(rows: Any, result: StoredJob, row: JobRow) -> Cancelled:
    # Each of these holds only while the row is as it was seen: a worker may take or end it at this moment.
    if rows.filter(status=TaskResultStatus.READY).update(**_ended(CANCELLED)):
        return Cancelled.REMOVED
    running = rows.filter(status=TaskResultStatus.RUNNING)
    if row.is_stuck and running.filter(started_at=result.started_at).update(**_ended(CANCELLED)):
        return Cancelled.ENDED
    noted = running.values_list("return_value", flat=True).first()
    if running.update(return_value={**(noted or {}), CANCEL: True}):
        return Cancelled.ASKED
    return Cancelled.TOO_LATE


def _ended(exception: str) -> dict[str, Any]:
    return {
        "status": TaskResultStatus.FAILED,
        "exception_class_path": exception,
        "traceback": "",
        "finished_at": clock.now(),
        "return_value": None,
    }


def _arguments(result: StoredJob, function: Any) -> tuple[list[Any], dict[str, Any]]:
    """What the task was called with, without the count of its tries."""
    arguments = list(result.args_kwargs["args"])
    named = {name: value for name, value in result.args_kwargs["kwargs"].items() if name != _TRIES}
    names = list(inspect.signature(function).parameters)
    return (arguments[: names.index(_TRIES)] if _TRIES in names else arguments), named


def argument_names(result: StoredJob) -> list[str]:
    """What the arguments of a task are called, as far as this release knows it."""
    try:
        return list(inspect.signature(result.task.func).parameters)
    except (ImportError, AttributeError):
        return []


def _note(actor: Profile, action: str, row: JobRow, after: dict[str, Any]) -> None:
    record = AuditRecord(
        action=action,
        actor_id=actor.user_id,
        actor_name=actor.name or actor.email,
        about=row.path,
        about_id=row.id,
        before={"state": row.state.value},
        after=after,
    )
    with WriteTransaction() as written:
        demand_staff(actor, written)
        AuditRepository(PLATFORM_SUBJECT).add(record, transaction=written)
