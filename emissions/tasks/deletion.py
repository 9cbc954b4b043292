"""The deletion of an organization as tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

    def run() -> None:
        if deletion.empty(organization_id, actor_id):
            last = end_organization.using(run_after=clock.now() + deletion.FAREWELL)
            last.enqueue(organization_id, actor_id)

    _carry_out(delete_organization, organization_id, actor_id, attempt, run)


@task()
def end_organization(organization_id: str, actor_id: str, attempt: int = 0) -> None:
    """Remove an organization that is empty."""

    def run() -> None:
        deletion.end(organization_id, actor_id)

    _carry_out(end_organization, organization_id, actor_id, attempt, run)


def _carry_out(
    itself: Any, organization_id: str, actor_id: str, attempt: int, run: Callable[[], None]
) -> None:
    carry_out(
        itself,
        (organization_id, actor_id),
        attempt,
        run=run,
        give_up=lambda: Reporter(organization_id, deletion.JOB_ID).fail(),
        about=f"deletion of organization {organization_id}",
    )
