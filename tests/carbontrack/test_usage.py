"""What pages and jobs do to the platform: counted in memory, stored now and then, exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django_tasks.base import TaskResultStatus

from carbontrack import clock, tally, usage
from carbontrack.dynamodb import count_requests, get_item
from carbontrack.dynamodb.tables import IMPORTS
from carbontrack.job_queue import CANCELLED
from tests.factories import NOW
from tests.fixtures.faults import Faults
from tests.fixtures.people import Person

pytestmark = pytest.mark.dynamodb


@pytest.fixture(autouse=True)
def _counting(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counting is on, from zero, and the first storing is due."""
    settings.COUNT_USAGE = True
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(usage, "store", usage.Store())
    monkeypatch.setattr(usage.store, "_stored_at", float("-inf"))
    tally.take()
    yield
    tally.take()


def now_is(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_counts_are_stored_in_the_hour_they_were_counted_in(monkeypatch: pytest.MonkeyPatch):
    tally.add(requests=2, failed=1)
    now_is(monkeypatch, NOW + timedelta(hours=3))
    tally.add(requests=5, read_units=0.5)
    usage.store.store()

    hours = usage.last_hours(24)

    assert len(hours) == 24
    found = {each.at: dict(each.counters) for each in hours if not each.is_empty}
    assert found[datetime(2026, 11, 22, 10, tzinfo=UTC)] == {"requests": 2, "failed": 1}
    assert found[datetime(2026, 11, 22, 13, tzinfo=UTC)] == {"requests": 5, "read_units": Decimal("0.5")}
    assert usage.last_days(30)[-1]["requests"] == 7


def test_processes_add_up_and_hours_and_days_expire(monkeypatch: pytest.MonkeyPatch):
    for process in (1, 2, 1):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        tally.take()  # the last storing was a request too
        tally.add(requests=10)
        usage.store.store()

    assert usage.last_hours(1)[0]["requests"] == 30
    item = get_item(IMPORTS, {"user_id": "platform", "record": "usage#2026-11-22T10#1"})
    assert item is not None
    assert item["requests"] == {"N": "20"}
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=40)).timestamp()))}


def test_page_counts_after_its_answer_has_left_and_not_more_than_once_a_minute(
    db: None, caplog: pytest.LogCaptureFixture
):
    client = Client()
    with caplog.at_level("INFO", "carbontrack.requests"):
        client.get("/")
    lines: list[Any] = [each.msg for each in caplog.records if each.name == "carbontrack.requests"]
    assert [line["dynamodb_requests"] for line in lines] == [0]  # of the request itself
    assert usage.last_hours(1)[0]["requests"] == 1

    client.get("/")
    assert usage.last_hours(1)[0]["requests"] == 1  # a minute has not passed


@pytest.mark.parametrize("was_done", [True, False])
def test_what_dynamodb_could_not_store_is_stored_later_and_once(faults: Faults, was_done: bool):
    tally.add(requests=3)
    (faults.lose_reply if was_done else faults.fail)("TransactWriteItems", times=3)
    usage.store.store()
    faults.heal()
    tally.add(requests=4)

    usage.store.store()
    usage.store.store()

    assert usage.last_hours(1)[0]["requests"] == 7


def test_answers_that_fail_are_counted_and_probes_are_not(alice: Person, faults: Faults):
    tally.take()
    faults.fail(times=99)
    assert alice.client.get("/").status_code == 503
    Client().get("/healthz")
    faults.heal()

    usage.store.store()
    [hour] = usage.last_hours(1)
    assert [hour["requests"], hour["failed"]] == [1, 1]


def test_tries_that_the_sdk_repeats_silently_are_counted(faults: Faults):
    faults.throttle("GetItem", times=2)
    get_item(IMPORTS, {"user_id": "nobody", "record": "nothing"})

    counted = next(iter(tally.take().values()))
    assert counted == {"throttled": 2, "dynamodb_requests": 1, "read_units": 0.5}


def test_conflicts_and_failures_are_counted(faults: Faults):
    faults.conflict()
    tally.add(requests=1)
    usage.store.store()
    faults.fail("GetItem")
    get_item(IMPORTS, {"user_id": "nobody", "record": "nothing"})

    counted = next(iter(tally.take().values()))
    assert counted["conflicts"] == 1
    assert counted["unavailable"] == 1


@pytest.mark.parametrize(
    ("status", "exception", "failed"),
    [
        (TaskResultStatus.SUCCESSFUL, "", 0),
        (TaskResultStatus.FAILED, "builtins.ValueError", 1),
        (TaskResultStatus.FAILED, CANCELLED, 0),
    ],
)
def test_jobs_are_counted_when_they_end(status: str, exception: str, failed: int):
    errors = [SimpleNamespace(exception_class_path=exception)] if exception else []
    ended: Any = SimpleNamespace(status=status, errors=errors)
    usage._after_a_job(ended)

    [hour] = usage.last_hours(1)
    assert [hour["jobs"], hour["jobs_failed"]] == [1, failed]


def test_nothing_is_counted_where_it_is_switched_off(settings):
    settings.COUNT_USAGE = False
    tally.add(requests=1)
    with count_requests() as meter:
        usage.store.store_if_due(0)

    assert tally.take() == {}
    assert meter.count == 0
