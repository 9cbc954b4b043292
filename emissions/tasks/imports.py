"""Checking, running and undoing imports as tasks. Each may be run again, and twice at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_tasks import task

from carbontrack.dynamodb import ItemNotFound
from carbontrack.jobs import Reporter
from emissions.domain.imports import Import, job_id_of
from emissions.services.importing import checking, running, undoing
from emissions.services.importing.errors import ImportChanged, ImportRefused
from emissions.tasks.retries import carry_out


def queue_check(found: Import) -> None:
    """Queue the check of an import that is being checked, for the first time or again."""
    _queue(check_import, found, found.row_count)


def queue_run(found: Import) -> None:
    """Queue an import that runs, for the first time or again after its job has stopped."""
    _queue(run_import, found, found.row_count)


def queue_undo(found: Import) -> None:
    """Queue the undo of an import that is being undone, for the first time or again."""
    _queue(undo_import, found, found.created)


@task()
def check_import(user_id: str, import_id: str, total: int, attempt: int = 0) -> None:
    """Work out what an import would do."""
    _carry_out(check_import, checking.check_begun, user_id, import_id, total, attempt)


@task()
def run_import(user_id: str, import_id: str, total: int, attempt: int = 0) -> None:
    """Bring in the rows of an import that are left."""
    _carry_out(run_import, running.run_import, user_id, import_id, total, attempt)


@task()
def undo_import(user_id: str, import_id: str, total: int, attempt: int = 0) -> None:
    """Take an import back."""
    _carry_out(undo_import, undoing.run_undo, user_id, import_id, total, attempt)


def _queue(task: Any, found: Import, total: int) -> None:
    Reporter(found.user_id, found.job_id, total=total).wait()
    task.enqueue(found.user_id, found.id, total)


def _carry_out(
    itself: Any, service: Callable[..., Import], user_id: str, import_id: str, total: int, attempt: int
) -> None:
    """Run a service; the page that waits learns how it ends."""
    report = Reporter(user_id, job_id_of(import_id), total=total)

    def run() -> None:
        try:
            service(user_id, import_id, report=report)
        except ItemNotFound:  # thrown away meanwhile
            return
        except (ImportChanged, ImportRefused):  # other columns, or no file: the page asks again
            report.fail()
            return
        report.finish()

    carry_out(
        itself,
        (user_id, import_id, total),
        attempt,
        run=run,
        give_up=report.fail,
        about=f"import {import_id}",
    )
