"""The queue of jobs as the staff console sees it: which job runs here, and whether it is to stop.

A task's row in SQL (django_tasks_db) has no place of its own for a wish to cancel, nor for whose progress the
task reports. Both are in its `return_value` while it runs, which is overwritten when it ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.dispatch import receiver
from django_tasks.base import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished, task_started

from carbontrack import clock

log = structlog.get_logger(__name__)

OWNER, JOB, CANCEL = "owner", "job", "cancel"

#: The task that this worker runs now, if this is a worker.
_running: ContextVar[str | None] = ContextVar("running_task", default=None)


class JobCancelled(Exception):
    """Somebody has asked the running job to stop. What it did stays; it can be started again."""


#: How `exception_class_path` of a row names it.
CANCELLED = f"{JobCancelled.__module__}.{JobCancelled.__qualname__}"


def new_task_id() -> UUID:
    """An id that sorts by the moment it was made (UUID version 7), so that newest first needs no index."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return first_task_id(milliseconds, noise=secrets.randbits(74))


def first_task_id(milliseconds: int, *, noise: int = 0) -> UUID:
    """The smallest id of a moment, in milliseconds since 1970; `noise` is up to 74 bits."""
    return UUID(int=milliseconds << 80 | 7 << 76 | (noise >> 62) << 64 | 2 << 62 | noise & ((1 << 62) - 1))


@contextmanager
def running(task_id: str) -> Iterator[None]:
    """For as long as the block lasts, this is the task that runs here."""
    token = _running.set(task_id)
    try:
        yield
    finally:
        _running.reset(token)


def heed(owner: str, job_id: str) -> None:
    """To be called now and then by a job that can stop here. Raises JobCancelled if it is to stop.

    Also tells the console whose progress to look at. One row read by its key; without a worker, nothing.
    """
    task_id = _running.get()
    if task_id is None:
        return
    try:
        stop = _is_to_stop(task_id, {OWNER: owner, JOB: job_id})
    except DatabaseError as error:  # SQL is away: no reason to give up what DynamoDB takes
        log.warning("wish_not_read", error=type(error).__name__)
        return
    if stop:
        raise JobCancelled("Stopped on request.")


def _is_to_stop(task_id: str, place: dict[str, Any]) -> bool:
    from django_tasks_db.models import DBTaskResult

    rows = DBTaskResult.objects.filter(pk=task_id)
    found = rows.values_list("status", "return_value").first()
    if found is None or found[0] != TaskResultStatus.RUNNING:
        return True  # taken from us as stuck
    if found[1] is None:
        rows.filter(return_value__isnull=True).update(return_value=place)
        return False
    return bool(found[1].get(CANCEL))


def was_cancelled(task_result: TaskResult[Any]) -> bool:
    return bool(task_result.errors) and task_result.errors[0].exception_class_path == CANCELLED


@receiver(task_started)
def _note_task(task_result: TaskResult[Any], **_: Any) -> None:
    # Only rows of the queue in SQL can be cancelled; a task that runs at once has none.
    _running.set(str(task_result.id) if hasattr(task_result, "db_result") else None)


@receiver(task_finished)
def _forget_task(**_: Any) -> None:
    _running.set(None)
