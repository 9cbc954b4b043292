"""The count of the platform as a task."""

from __future__ import annotations

from django_tasks import task

from carbontrack import clock
from carbontrack.jobs import ProgressRepository, Reporter
from carbontrack.usage import OWNER
from emissions.services import overview
from emissions.tasks.retries import carry_out


def queue_count() -> bool:
    """Queue a count, unless one waits or runs already. Returns whether it was queued."""
    progress = ProgressRepository(OWNER).find(overview.JOB_ID)
    if progress is not None and not progress.is_done and not progress.has_stopped(clock.now()):
        return False
    Reporter(OWNER, overview.JOB_ID).wait()
    count.enqueue()
    return True


@task()
def count(attempt: int = 0) -> None:
    """Count what everybody has logged, people, sign-ups and organizations."""

    def run() -> None:
        overview.count_platform()

    carry_out(
        count,
        (),
        attempt,
        run=run,
        give_up=lambda: Reporter(OWNER, overview.JOB_ID).fail(),
        about="count of the platform",
    )
