"""How far a long job has come: written by the worker, read by the page that waits for it.

    report = Reporter(organization_id, "deletion", total=1204)
    report.step("Clearing up")
    report.advance(25)
    report.finish()

| access pattern | key condition | cost |
| --- | --- | --- |
| how far a job is | GetItem (owner, `job#<id>`), consistent | 1 read |
| how far it has come | PutItem, once a second at most | 1 write a second |
| how far several are | BatchGetItem (owner, `job#<id>`), consistent | 1 read each |

The owner is whoever may look: a person or an organization. Progress is only for the eye. What a job has done
it finds out from the data itself, so that it can be started again after a crash, or run twice at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from carbontrack import clock
from carbontrack.dynamodb import (
    Item,
    Key,
    WriteTransaction,
    batch_get,
    decode_item,
    get_item,
    iter_query,
    put_item,
)
from carbontrack.dynamodb.tables import IMPORTS
from carbontrack.job_queue import heed

#: A job that has said nothing for so long has crashed, or no worker runs.
SILENCE = timedelta(minutes=2)
#: How long a page can still tell what became of a job.
KEPT = timedelta(days=30)
_PAUSE = timedelta(seconds=1)


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job last said of itself. `step` says in words what it does; a `total` of 0 is not known yet."""

    job_id: str
    state: JobState
    updated_at: datetime
    step: str = ""
    done: int = 0
    total: int = 0

    @property
    def percent(self) -> int:
        """From 0 to 100, and 100 only at the end."""
        if self.state is JobState.DONE:
            return 100
        return 0 if self.total == 0 else min(99, self.done * 100 // self.total)

    @property
    def is_done(self) -> bool:
        return self.state is JobState.DONE

    def has_stopped(self, now: datetime) -> bool:
        """Whether it will not go on by itself: it failed, or has been silent for too long."""
        return self.state is JobState.FAILED or (not self.is_done and now - self.updated_at > SILENCE)


def has_stopped(progress: Progress | None, now: datetime, *, asked_at: datetime) -> bool:
    """Whether what was asked for at `asked_at` will not go on by itself: its job failed, or is silent.

    So is one that was never queued, for a crash came between: there is no word of it, or only of an earlier
    one that is done.
    """
    if progress is None:
        return now - asked_at > SILENCE
    if progress.is_done:
        return now - max(asked_at, progress.updated_at) > SILENCE
    return progress.has_stopped(now)


class ProgressRepository:
    """The jobs of one owner."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def find(self, job_id: str) -> Progress | None:
        item = get_item(IMPORTS, self._key(job_id), consistent=True)
        return None if item is None else _from_item(item)

    def save(self, progress: Progress) -> None:
        put_item(
            IMPORTS,
            {
                **self._key(progress.job_id),
                "state": progress.state.value,
                "step": progress.step,
                "done": progress.done,
                "total": progress.total,
                "updated_at": progress.updated_at.astimezone(UTC).isoformat(),
                "expires_at": int((progress.updated_at + KEPT).timestamp()),
            },
        )

    def all(self) -> Iterator[Progress]:
        """Every job of the owner that is still known, for exports of their data."""
        condition = Key("user_id").eq(self.owner) & Key("record").begins_with("job#")
        return map(_from_item, iter_query(IMPORTS, condition, consistent=True))

    def remove(self, job_id: str, *, transaction: WriteTransaction) -> None:
        """Queue the end of what is known of a job, if anything is."""
        transaction.delete(IMPORTS, self._key(job_id))

    def _key(self, job_id: str) -> dict[str, str]:
        return _key_of(self.owner, job_id)


def progress_of(jobs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Progress]:
    """How far several jobs are, by (owner, job id), those of which there is word. For the staff console."""
    items = batch_get(IMPORTS, [_key_of(owner, job_id) for owner, job_id in jobs], consistent=True)
    found = ((item["user_id"]["S"], _from_item(item)) for item in items)
    return {(owner, progress.job_id): progress for owner, progress in found}


def _key_of(owner: str, job_id: str) -> dict[str, str]:
    return {"user_id": owner, "record": f"job#{job_id}"}


class Reporter:
    """Tells how far a job is, as often as anybody would look. `state` is the one it goes on from."""

    def __init__(
        self, owner: str, job_id: str, *, total: int = 0, state: JobState = JobState.RUNNING
    ) -> None:
        self._repository = ProgressRepository(owner)
        self._said = Progress(job_id, state, clock.now(), total=total)
        self._now = self._said

    def wait(self) -> None:
        """The job is queued."""
        self._say(replace(self._now, state=JobState.WAITING))

    def step(self, words: str) -> None:
        """Another part of the work begins. Raises JobCancelled if the job is to stop, as `advance` does."""
        self._say(replace(self._now, step=words))
        heed(self._repository.owner, self._now.job_id)

    def advance(self, count: int = 1) -> None:
        """So much more is done; with 0, that the job is still alive."""
        self._now = replace(self._now, done=self._now.done + count)
        if clock.now() - self._said.updated_at >= _PAUSE:
            self._say(self._now)
            heed(self._repository.owner, self._now.job_id)

    def finish(self) -> None:
        self._say(replace(self._now, state=JobState.DONE))

    def fail(self) -> None:
        """The job has given up. Somebody has to start it again."""
        self._say(replace(self._now, state=JobState.FAILED))

    def _say(self, progress: Progress) -> None:
        self._now = self._said = replace(progress, updated_at=clock.now())
        self._repository.save(self._said)


def _from_item(item: Item) -> Progress:
    stored = decode_item(item)
    return Progress(
        job_id=stored["record"].removeprefix("job#"),
        state=JobState(stored["state"]),
        updated_at=datetime.fromisoformat(stored["updated_at"]),
        step=stored["step"],
        done=int(stored["done"]),
        total=int(stored["total"]),
    )
