"""Imports as tasks: whoever waits learns how it went, whatever becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import Unavailable
from carbontrack.files import FileRepository
from carbontrack.jobs import JobState, ProgressRepository
from emissions.domain.imports import Import, ImportState
from emissions.repositories.imports import ImportRepository
from emissions.services.importing import running
from emissions.services.importing.checking import begin_check
from emissions.services.importing.creating import discard_import
from emissions.services.importing.running import start_import
from emissions.services.importing.undoing import start_undo
from emissions.tasks import imports as tasks
from emissions.tasks.retries import RETRY_AFTER
from tests.emissions.services.importing.uploads import some_rows, started, uploaded
from tests.factories import NOW, USER_ID, make_profile

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

PROFILE = make_profile(email="alice@example.com")


@pytest.fixture(autouse=True)
def _queue(settings: Any, monkeypatch: pytest.MonkeyPatch, dynamodb: None) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ProfileRepository().add(PROFILE)


def work(path: str) -> None:
    """Do the queued task of that name, as a worker does."""
    queued = DBTaskResult.objects.filter(task_path=f"emissions.tasks.imports.{path}").latest("enqueued_at")
    getattr(tasks, path).call(*queued.args_kwargs["args"])


def job(found: Import) -> JobState | None:
    progress = ProgressRepository(USER_ID).find(found.job_id)
    return None if progress is None else progress.state


def test_a_file_goes_in_and_out_again_by_the_queue() -> None:
    found = begin_check(PROFILE, uploaded(PROFILE, some_rows(3)).id)
    states = []
    for queue, path, then in (
        (tasks.queue_check, "check_import", start_import),
        (tasks.queue_run, "run_import", start_undo),
        (tasks.queue_undo, "undo_import", None),
    ):
        queue(found)
        assert job(found) is JobState.WAITING
        work(path)
        assert job(found) is JobState.DONE
        states.append(ImportRepository(USER_ID).get(found.id).state)
        if then is not None:
            found = then(PROFILE, found.id)

    assert states == [ImportState.CHECKED, ImportState.FINISHED, ImportState.UNDONE]


def test_a_store_that_is_away_makes_it_wait_and_in_the_end_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    found = started(PROFILE, some_rows(3))

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(running, "run_import", fail)
    for attempt, wait in enumerate(RETRY_AFTER):
        tasks.run_import.call(USER_ID, found.id, 3, attempt)
        assert DBTaskResult.objects.get(run_after=NOW + wait).args_kwargs["args"][-1] == attempt + 1
    with pytest.raises(Unavailable):
        tasks.run_import.call(USER_ID, found.id, 3, len(RETRY_AFTER))

    assert job(found) is JobState.FAILED


def test_a_check_without_its_file_fails_and_one_of_a_thrown_away_import_is_nothing() -> None:
    found = begin_check(PROFILE, uploaded(PROFILE, some_rows(3)).id)
    FileRepository(USER_ID).remove(found.id)
    tasks.check_import.call(USER_ID, found.id, 3)
    assert job(found) is JobState.FAILED

    discard_import(PROFILE, found.id)
    tasks.check_import.call(USER_ID, found.id, 3)
