"""What pages and jobs do to the platform, hour by hour: requests, errors, failed jobs, DynamoDB's figures.

| access pattern | key condition | cost |
| --- | --- | --- |
| add what was counted | ADD to (`platform`, `usage#<hour>#<shard>`) and the day's, at once | 4 a minute |
| 24 hours | user_id = `platform`, record between `usage#<hour>` and `usage#<hour>~` | about 4 reads |
| 30 days | the same with `usage-day#<day>` | about 4 reads |

Each process counts in memory (`carbontrack.tally`) and stores its counts once a minute, after an answer has
left or when a job has ended. What a process had counted when it crashed, at most a minute of it, is lost;
what could not be stored waits for the next time. Commands of manage.py are not counted.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.core.signals import request_finished
from django.dispatch import receiver
from django_tasks.base import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished

from carbontrack import clock, tally
from carbontrack.dynamodb import DataLayerError, Item, Key, WriteTransaction, iter_query, new_token
from carbontrack.dynamodb.tables import IMPORTS
from carbontrack.job_queue import was_cancelled

log = structlog.get_logger(__name__)

OWNER = "platform"
#: How often a process stores what it has counted: while it answers requests, and after jobs.
WEB_SECONDS = 60.0
JOBS_SECONDS = 5.0
#: Processes spread over so many items an hour, so that they seldom meet on one.
SHARDS = 4
HOURS_KEPT = timedelta(days=40)
DAYS_KEPT = timedelta(days=400)
#: The most hours that one storing takes; of a longer failure of DynamoDB the newest are kept.
MOST_HOURS = 48
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """What happened in the hour or day that begins at `at`. Units are DynamoDB's request units."""

    at: datetime
    counters: Mapping[str, Decimal] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Decimal:
        """A counter by its name, such as `requests`; 0 if nothing was counted."""
        return self.counters.get(name, Decimal(0))

    @property
    def is_empty(self) -> bool:
        return not self.counters


def last_hours(count: int) -> list[Usage]:
    """The last hours in UTC, the running one last; one in which nothing happened is there, empty."""
    last = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return _read([last - HOUR * back for back in reversed(range(count))], _hour_key)


def last_days(count: int) -> list[Usage]:
    """The last days in UTC, today last."""
    last = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _read([last - DAY * back for back in reversed(range(count))], _day_key)


def _read(moments: list[datetime], key: Any) -> list[Usage]:
    sums: dict[str, dict[str, Decimal]] = {key(moment): {} for moment in moments}
    condition = Key("user_id").eq(OWNER) & Key("record").between(key(moments[0]), f"{key(moments[-1])}~")
    for item in iter_query(IMPORTS, condition):
        counters = sums[item["record"]["S"].rpartition("#")[0]]
        for name, value in _counters(item).items():
            counters[name] = counters.get(name, Decimal(0)) + value
    return [Usage(moment, sums[key(moment)]) for moment in moments]


def _counters(item: Item) -> dict[str, Decimal]:
    return {
        name: Decimal(value["N"]) for name, value in item.items() if "N" in value and name != "expires_at"
    }


def _hour_key(moment: datetime) -> str:
    return f"usage#{moment:%Y-%m-%dT%H}"


def _day_key(moment: datetime) -> str:
    return f"usage-day#{moment:%Y-%m-%d}"


class Store:
    """Takes what this process has counted to DynamoDB. One thread at a time; the others do not wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stored_at = time.monotonic()
        self._unsent: tuple[str, dict[int, dict[str, float]]] | None = None

    def store_if_due(self, every_seconds: float) -> None:
        if tally.is_on() and time.monotonic() - self._stored_at >= every_seconds:
            self.store()

    def store(self, *, is_last: bool = False) -> None:
        """Store everything counted so far, in one transaction. A failure is noted, and made up for later.

        `is_last` is of a process that ends: often the store goes at the same time, which is no news then.

        What was sent and not answered is sent again as it was, with its token: within ten minutes DynamoDB
        knows it again, so nothing counts twice.
        """
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._stored_at = time.monotonic()
            token, counted = self._unsent or (new_token(), tally.take())
            if not counted:
                return
            self._unsent = (token, counted)
            _add(counted, token)
            self._unsent = None
        except DataLayerError as error:
            tell = log.debug if is_last else log.warning
            tell("usage_not_stored", error=type(error).__name__)
        finally:
            self._lock.release()


store = Store()


def _add(counted: dict[int, dict[str, float]], token: str) -> None:
    shard = os.getpid() % SHARDS
    with WriteTransaction(token=token) as transaction:
        for key, (keep_until, counters) in _items(counted).items():
            transaction.update(
                IMPORTS,
                {"user_id": OWNER, "record": f"{key}#{shard}"},
                set={"expires_at": int(keep_until.timestamp())},
                add={name: Decimal(str(amount)) for name, amount in counters.items()},
            )


def _items(counted: dict[int, dict[str, float]]) -> dict[str, tuple[datetime, dict[str, float]]]:
    """What to add, by hour and by day: the key without its shard, until when it is kept, the counters."""
    items: dict[str, tuple[datetime, dict[str, float]]] = {}
    for hour in sorted(counted)[-MOST_HOURS:]:
        moment = datetime.fromtimestamp(hour * tally.HOUR_SECONDS, UTC)
        items[_hour_key(moment)] = (moment + HOURS_KEPT, counted[hour])
        midnight = moment.replace(hour=0)
        _, of_day = items.setdefault(_day_key(moment), (midnight + DAYS_KEPT, {}))
        for name, amount in counted[hour].items():
            of_day[name] = of_day.get(name, 0) + amount
    return items


@receiver(request_finished)
def _after_an_answer(**_: Any) -> None:
    """The answer has left, so nobody waits for this."""
    store.store_if_due(WEB_SECONDS)


@receiver(task_finished)
def _after_a_job(task_result: TaskResult[Any], **_: Any) -> None:
    failed = task_result.status == TaskResultStatus.FAILED and not was_cancelled(task_result)
    tally.add(jobs=1, jobs_failed=failed)
    store.store_if_due(JOBS_SECONDS)
