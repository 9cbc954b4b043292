"""Progress of long jobs, as the page that waits sees it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, get_item
from carbontrack.dynamodb.tables import IMPORTS
from carbontrack.jobs import SILENCE, JobState, Progress, ProgressRepository, Reporter, has_stopped
from tests.factories import NOW

pytestmark = pytest.mark.dynamodb


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, **time: Any) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(clock, "now", moved)
    return moved


def progress() -> Progress:
    found = ProgressRepository("owner").find("import")
    assert found is not None
    return found


def test_job_goes_from_waiting_to_done(time: Clock) -> None:
    Reporter("owner", "import").wait()
    assert (progress().state, progress().percent) == (JobState.WAITING, 0)

    report = Reporter("owner", "import", total=200)
    report.step("Reading")
    time.pass_(seconds=1)
    report.advance(50)
    assert (progress().state, progress().step, progress().percent) == (JobState.RUNNING, "Reading", 25)

    report.advance(150)
    report.finish()
    assert (progress().state, progress().percent, progress().done) == (JobState.DONE, 100, 200)


def test_job_that_counted_too_far_is_not_done_before_it_says_so(time: Clock) -> None:
    report = Reporter("owner", "import", total=10)
    report.advance(20)
    time.pass_(seconds=1)
    report.advance(0)

    assert progress().percent == 99


def test_job_writes_once_a_second_however_fast_it_is(time: Clock) -> None:
    report = Reporter("owner", "import", total=1000)
    report.step("Reading")
    with count_requests() as meter:
        for _ in range(100):
            report.advance()
    assert meter.count == 0

    time.pass_(seconds=1)
    report.advance()
    assert progress().done == 101


def test_silence_and_failure_are_a_job_that_has_stopped(time: Clock) -> None:
    report = Reporter("owner", "import")
    report.step("Reading")
    assert not progress().has_stopped(NOW + SILENCE)
    assert progress().has_stopped(NOW + SILENCE + timedelta(seconds=1))

    report.finish()
    assert not progress().has_stopped(NOW + timedelta(days=1))

    report.fail()
    assert progress().has_stopped(NOW)


def test_what_was_asked_for_and_never_queued_has_stopped(time: Clock) -> None:
    late = NOW + SILENCE + timedelta(seconds=1)
    assert not has_stopped(None, NOW + SILENCE, asked_at=NOW)
    assert has_stopped(None, late, asked_at=NOW)

    report = Reporter("owner", "import")
    report.finish()  # an earlier one
    assert not has_stopped(progress(), late, asked_at=late)
    assert has_stopped(progress(), late + 2 * SILENCE, asked_at=late)

    report.fail()
    assert has_stopped(progress(), NOW, asked_at=NOW)


def test_owners_see_their_own_jobs_only() -> None:
    Reporter("owner", "import").wait()

    assert ProgressRepository("somebody").find("import") is None
    assert ProgressRepository("owner").find("report") is None


def test_progress_is_removed_in_the_transaction_that_ends_the_job_or_by_itself_in_time(time: Clock) -> None:
    Reporter("owner", "import").wait()
    item = get_item(IMPORTS, {"user_id": "owner", "record": "job#import"})
    assert item is not None
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=30)).timestamp()))}

    with WriteTransaction() as transaction:
        ProgressRepository("owner").remove("import", transaction=transaction)
    assert ProgressRepository("owner").find("import") is None
