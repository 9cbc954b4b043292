"""Archiving and restoring as tasks."""

from __future__ import annotations

from collections.abc import Sequence

from django_tasks import task

from carbontrack.jobs import Reporter
from emissions.domain.totals import Subject
from emissions.services.archiving import due, restoring
from emissions.tasks.retries import carry_out


def queue_archiving(owner: Subject) -> None:
    """Queue what is due of an owner; also to go on where a job has stopped."""
    Reporter(owner.owner_id, due.JOB_ID).wait()
    archive_entries.enqueue(owner.key)


def queue_restore(owner: Subject, months: Sequence[str]) -> None:
    """Queue the return of months for which `begin_restore` said that there is something to bring."""
    restore_entries.enqueue(owner.key, list(months))


@task()
def archive_entries(owner: str, attempt: int = 0) -> None:
    """Archive an owner's months that are due."""

    def run() -> None:
        due.archive_owner(Subject(owner), reported=True)

    carry_out(
        archive_entries,
        (owner,),
        attempt,
        run=run,
        give_up=lambda: Reporter(Subject(owner).owner_id, due.JOB_ID).fail(),
        about=f"archive of {owner}",
    )


@task()
def restore_entries(owner: str, months: list[str], attempt: int = 0) -> None:
    """Bring months back that are marked as being restored."""

    def run() -> None:
        for month in months:
            restoring.restore_month(Subject(owner), month)

    # A month tells itself that it is half-way, so nobody has to be told that this has given up.
    carry_out(
        restore_entries,
        (owner, months),
        attempt,
        run=run,
        give_up=lambda: None,
        about=f"restore of {owner}",
    )
