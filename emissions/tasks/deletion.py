"""The deletion of an organization as tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django_tasks import task

from carbontrack import clock
from carbontrack.jobs import Reporter
from emissions.services import deletion
from emissions.tasks.retries import carry_out


def queue_deletion(organization_id: str, actor_id: str) -> None:
    """Queue the deletion of an organization that is marked, for the first time or again."""
    Reporter(organization_id, deletion.JOB_ID).wait()
    delete_organization.enqueue(organization_id, actor_id)


@task()
def delete_organization(organization_id: str, actor_id: str, attempt: int = 0) -> None:
    """Empty an organization; its last trace goes a while later."""

    def again(wait: timedelta) -> None:
        later = delete_organization.using(run_after=clock.now() + wait)
        later.enqueue(organization_id, actor_id, attempt + 1)

    def run() -> None:
        if deletion.empty(organization_id, actor_id):
            last = end_organization.using(run_after=clock.now() + deletion.FAREWELL)
            last.enqueue(organization_id, actor_id)

    _carry_out(run, again, organization_id, attempt)


@task()
def end_organization(organization_id: str, actor_id: str, attempt: int = 0) -> None:
    """Remove an organization that is empty."""

    def again(wait: timedelta) -> None:
        later = end_organization.using(run_after=clock.now() + wait)
        later.enqueue(organization_id, actor_id, attempt + 1)

    _carry_out(lambda: deletion.end(organization_id, actor_id), again, organization_id, attempt)


def _carry_out(
    run: Callable[[], None], again: Callable[[timedelta], None], organization_id: str, attempt: int
) -> None:
    carry_out(
        run,
        again=again,
        give_up=lambda: Reporter(organization_id, deletion.JOB_ID).fail(),
        attempt=attempt,
        about=f"deletion of organization {organization_id}",
    )
