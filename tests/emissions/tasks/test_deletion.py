"""The deletion as a task: tried again when a store is away, given up with a word to whoever waits."""

from __future__ import annotations

from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.dynamodb import Throttled, Unavailable
from carbontrack.jobs import JobState, ProgressRepository
from emissions.services import deletion
from emissions.tasks import deletion as tasks
from emissions.tasks.retries import RETRY_AFTER
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

TASKS = (
    (tasks.delete_organization, "empty", "emissions.tasks.deletion.delete_organization"),
    (tasks.end_organization, "end", "emissions.tasks.deletion.end_organization"),
)


@pytest.fixture(autouse=True)
def _queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(clock, "now", lambda: NOW)


def failing(error: Exception) -> Any:
    def fail(*_: Any) -> None:
        raise error

    return fail


def state() -> JobState | None:
    progress = ProgressRepository("acme").find(deletion.JOB_ID)
    return None if progress is None else progress.state


@pytest.mark.parametrize(("task", "service", "path"), TASKS)
@pytest.mark.parametrize("error", [Unavailable("gone"), Throttled("slow")])
def test_job_that_meets_a_store_away_is_tried_again_later(
    task: Any, service: str, path: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, service, failing(error))

    for attempt, wait in enumerate(RETRY_AFTER):
        task.call("acme", "alice", attempt)
        queued = DBTaskResult.objects.get(run_after=NOW + wait)
        assert (queued.task_path, queued.args_kwargs["args"]) == (path, ["acme", "alice", attempt + 1])
    assert state() is None

    with pytest.raises(type(error)):
        task.call("acme", "alice", len(RETRY_AFTER))
    assert state() is JobState.FAILED


@pytest.mark.parametrize(("task", "service", "path"), TASKS)
def test_mistake_of_ours_is_shown_and_not_repeated(
    task: Any, service: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, service, failing(KeyError("ours")))

    with pytest.raises(KeyError):
        task.call("acme", "alice")

    assert state() is JobState.FAILED
    assert DBTaskResult.objects.count() == 0


def test_end_follows_only_where_something_is_left_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_left, count in ((False, 0), (True, 1)):
        monkeypatch.setattr(deletion, "empty", lambda *_, is_left=is_left: is_left)
        tasks.delete_organization.call("acme", "alice")
        assert DBTaskResult.objects.count() == count
