"""Jobs in the staff console: found, tried again once, cancelled for good, told without anything personal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack import clock, job_queue
from carbontrack.audit import PLATFORM_SUBJECT, AuditRepository
from carbontrack.dynamodb import Throttled, count_requests
from carbontrack.jobs import JobState, ProgressRepository, Reporter
from carbontrack.staff import job_actions, jobs
from carbontrack.staff.job_actions import Cancelled
from carbontrack.staff.job_rows import PATIENCE, JobRow, State, argument_text, job_rows
from emissions.services import overview
from emissions.tasks.imports import run_import
from emissions.tasks.overview import count
from emissions.tasks.reports import prepare_report
from tests.factories import NOW, USER_ID, entry_id_of, make_profile
from tests.fixtures.faults import Faults
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

ACTOR = make_profile(name="Grace", role=Role.ADMIN)


@pytest.fixture(autouse=True)
def _queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"id_function": "carbontrack.job_queue.new_task_id"}
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "OPTIONS": options}}
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ProfileRepository().add(ACTOR)


def work() -> None:
    """Everything that waits is done, as a worker does it."""
    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="worker",
        excluded_queue_names=[],
    ).run()


def stored(task_id: str) -> Any:
    return DBTaskResult.objects.get(pk=task_id)


def row(task_id: str) -> JobRow:
    return job_rows([stored(task_id)])[0]


def fails_with(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def failed_count(monkeypatch: pytest.MonkeyPatch, error: Exception) -> str:
    """A job that has failed, with three tries behind it."""
    monkeypatch.setattr(overview, "count_platform", fails_with(error))
    task_id = str(count.enqueue(3).id)
    work()
    return task_id


def test_running_job_that_is_cancelled_stops_at_its_next_word_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
):
    done: list[str] = []

    def cancelled_in_the_middle() -> None:
        report = Reporter("platform", overview.JOB_ID, total=2)
        report.step("First half")
        done.append("first half")
        if len(done) == 1:
            assert job_actions.cancel(ACTOR, stored(task_id)) is Cancelled.ASKED
            assert row(task_id).is_cancelling
        report.step("Second half")
        done.append("second half")

    monkeypatch.setattr(overview, "count_platform", cancelled_in_the_middle)
    task_id = str(count.enqueue().id)
    work()

    assert done == ["first half"]
    assert row(task_id).state is State.CANCELLED
    progress = ProgressRepository("platform").find(overview.JOB_ID)
    assert progress is not None
    assert progress.state is JobState.FAILED  # whoever waits learns that it has stopped

    new_id = job_actions.retry(ACTOR, stored(task_id))
    work()
    assert done == ["first half", "first half", "second half"]
    assert (row(new_id).state, row(task_id).retried_as) == (State.DONE, new_id)


def test_waiting_job_that_is_cancelled_is_never_begun(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(overview, "count_platform", fails_with(AssertionError("it ran")))
    task_id = str(count.enqueue().id)

    assert job_actions.cancel(ACTOR, stored(task_id)) is Cancelled.REMOVED
    work()

    assert (row(task_id).state, row(task_id).attempts) == (State.CANCELLED, 0)
    assert job_actions.cancel(ACTOR, stored(task_id)) is Cancelled.TOO_LATE
    records = AuditRepository(PLATFORM_SUBJECT).page().items
    assert [(each.action, each.about_id, each.actor_name) for each in records] == [
        ("job.cancelled", task_id, "Grace")
    ]


def test_failed_job_is_tried_again_once_however_often_it_is_asked(
    grace: Person, monkeypatch: pytest.MonkeyPatch
):
    task_id = failed_count(monkeypatch, Throttled("DynamoDB asked for fewer requests."))
    url = reverse("staff:job-retry", args=[task_id])

    first, second = grace.client.post(url), grace.client.post(url)

    assert first["Location"] == second["Location"] != reverse("staff:job-detail", args=[task_id])
    again = DBTaskResult.objects.exclude(pk=task_id).get()
    assert again.args_kwargs == {"args": [], "kwargs": {}}  # its tries are counted anew
    records = AuditRepository(PLATFORM_SUBJECT).page().items
    assert [(each.action, each.actor_id, each.after) for each in records] == [
        ("job.retried", grace.user_id, {"job": str(again.pk)})
    ]


def test_nothing_is_queued_where_it_cannot_be_noted_who_did_it(
    grace: Person, monkeypatch: pytest.MonkeyPatch, faults: Faults
):
    task_id = failed_count(monkeypatch, ValueError("no"))
    faults.fail("TransactWriteItems", times=9)

    answer = grace.client.post(reverse("staff:job-retry", args=[task_id]))

    assert answer.status_code == 503
    assert [str(each.pk) for each in DBTaskResult.objects.all()] == [task_id]
    assert row(task_id).can_be_retried


def test_job_whose_worker_was_killed_is_stuck_and_can_be_taken_over():
    task_id = str(run_import.enqueue(USER_ID, entry_id_of(1), 5).id)
    begun = DBTaskResult.objects.filter(pk=task_id)
    begun.update(status="RUNNING", started_at=NOW - PATIENCE)
    assert not row(task_id).is_stuck
    begun.update(started_at=NOW - PATIENCE - timedelta(seconds=1))
    assert row(task_id).is_stuck

    with job_queue.running(task_id):  # its worker was only slow: as soon as it says something it is alive
        Reporter(USER_ID, "import").step("Reading")
        assert not row(task_id).is_stuck
        begun.update(return_value=None)
        new_id = job_actions.retry(ACTOR, stored(task_id))
        with pytest.raises(job_queue.JobCancelled):
            Reporter(USER_ID, "import").step("Writing")

    assert stored(new_id).args_kwargs["args"] == [USER_ID, entry_id_of(1), 5]
    assert row(task_id).state is State.FAILED


def test_pages_show_how_far_running_jobs_are_in_one_request_however_many(grace: Person):
    ids = [str(run_import.enqueue(USER_ID, entry_id_of(number), 8).id) for number in range(3)]
    for number, task_id in enumerate(ids):
        DBTaskResult.objects.filter(pk=task_id).update(status="RUNNING", started_at=NOW)
        with job_queue.running(task_id):
            report = Reporter(USER_ID, f"import-{number}", total=8)
            report.advance(number)
            report.step("Reading")

    with count_requests() as meter:
        html = grace.client.get(reverse("staff:job-list")).content.decode()

    assert meter.count == 2  # who asks, and the progress of all
    assert [share in html for share in ("0%", "12%", "25%")] == [True] * 3


def test_nothing_that_somebody_wrote_is_shown(grace: Person, monkeypatch: pytest.MonkeyPatch):
    personal = failed_count(monkeypatch, ValueError("could not read 'Trip to Aunt Mary', bob@example.com"))
    ours = failed_count(monkeypatch, Throttled("Not now, said bob@example.com."))
    named = str(prepare_report.enqueue(entry_id_of(1), USER_ID, {"person": "Bob Miller"}).id)

    pages = [
        grace.client.get(reverse("staff:job-detail", args=[each])).content.decode()
        for each in (personal, ours, named)
    ] + [grace.client.get(reverse("staff:job-list")).content.decode()]

    assert [word for word in ("Mary", "bob@", "Miller") for page in pages if word in page] == []
    assert "ValueError" in pages[0]
    assert "carbontrack/staff/test_jobs.py, line" in pages[0]
    assert "Throttled: Not now, said …" in pages[1]
    assert USER_ID in pages[2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (USER_ID, USER_ID),
        (entry_id_of(7), entry_id_of(7)),
        ("2024-03", "2024-03"),
        (["2024-03", "2024-04"], "2024-03, 2024-04"),
        (f"user#{USER_ID}", f"user#{USER_ID}"),
        ("user#bob@example.com", "user#…"),
        (12, "12"),
        ("Bob", "…"),
        ({"person": "Bob"}, "…"),
    ],
)
def test_arguments_are_told_as_ids_only(value: Any, text: str):
    assert argument_text(value) == text


def test_list_is_narrowed_searched_and_paged(grace: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "PAGE_SIZE", 2)
    other = "5f0f1b1e-0000-4000-8000-0000000000ff"
    made = []
    for number in range(4):
        monkeypatch.setattr(clock, "now", lambda number=number: NOW + timedelta(seconds=number))
        made.append(str(run_import.enqueue(other if number == 1 else USER_ID, entry_id_of(1), 1).id))
    report = str(prepare_report.enqueue("f", USER_ID, {}).id)

    def shown(**query: str) -> tuple[list[str], str]:
        answer = grace.client.get(reverse("staff:job-list"), query)
        return [each.id for each in answer.context["rows"]], answer.context["next_query"]

    first, next_query = shown(kind="imports")
    assert first == [made[3], made[2]]
    cursor = next_query.partition("cursor=")[2].replace("%3A", ":")
    assert shown(kind="imports", cursor=cursor) == ([made[1], made[0]], "")
    assert shown(q=other) == ([made[1]], "")
    assert shown(q=report) == ([report], "")
    assert shown(kind="reports", state="waiting") == ([report], "")
    assert shown(state="failed") == ([], "")
    assert shown(q="bob") == ([], "")
    assert grace.client.get(reverse("staff:job-list"), {"cursor": f"{report}:x"}).status_code == 400


@pytest.mark.parametrize("job_id", ["nothing", entry_id_of(1), "5f0f1b1e-0000-4000-8000-00000000a11c"])
def test_job_that_does_not_exist_is_not_found(grace: Person, job_id: str):
    assert grace.client.get(reverse("staff:job-detail", args=[job_id])).status_code == 404
    for route in ("staff:job-retry", "staff:job-cancel"):
        assert grace.client.post(reverse(route, args=[job_id])).status_code == 404


def test_ids_of_jobs_sort_by_the_moment_they_were_made(monkeypatch: pytest.MonkeyPatch):
    made = []
    for number in range(3):
        monkeypatch.setattr(clock, "now", lambda number=number: NOW + timedelta(milliseconds=number))
        made.append(job_queue.new_task_id())

    assert made == sorted(made)
    assert {each.version for each in made} == {7}
