"""Archiving as tasks: tried again when a store is away, given up with a word on the owner's page."""

from __future__ import annotations

from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.dynamodb import DataLayerError, Throttled
from carbontrack.jobs import JobState, ProgressRepository
from emissions.archive.errors import ArchiveUnavailable
from emissions.domain.totals import Subject
from emissions.services.archiving import due, restoring
from emissions.tasks import archive as tasks
from emissions.tasks.retries import RETRY_AFTER
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(clock, "now", lambda: NOW)


def state() -> JobState | None:
    progress = ProgressRepository("alice").find(due.JOB_ID)
    return None if progress is None else progress.state


@pytest.mark.parametrize("error", [Throttled("slow"), ArchiveUnavailable("gone")])
def test_a_store_that_is_away_is_tried_again(error: DataLayerError, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(due, "archive_owner", fail)
    monkeypatch.setattr(restoring, "restore_month", fail)

    tasks.archive_entries.call("user#alice")
    tasks.restore_entries.call("user#alice", ["2024-03"])

    queued = {each.task_path: each.args_kwargs["args"] for each in DBTaskResult.objects.all()}
    assert queued == {
        "emissions.tasks.archive.archive_entries": ["user#alice", 1],
        "emissions.tasks.archive.restore_entries": ["user#alice", ["2024-03"], 1],
    }
    with pytest.raises(type(error)):
        tasks.archive_entries.call("user#alice", len(RETRY_AFTER))
    assert state() is JobState.FAILED


def test_what_is_queued_is_shown_as_waiting() -> None:
    tasks.queue_archiving(Subject.user("alice"))
    tasks.queue_restore(Subject.user("alice"), ["2024-03"])

    assert state() is JobState.WAITING
    assert DBTaskResult.objects.count() == 2
