"""Long work on entries, done by a worker. Each task may be run again after a crash, or twice at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from django_tasks import task

from carbontrack import clock
from carbontrack.dynamodb import DataLayerError
from carbontrack.jobs import Reporter
from emissions.services import deletion

log = structlog.get_logger(__name__)

#: How long to wait after each failure of a store. After the last one somebody has to start it again.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


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
    """Run it; where a store fails, try again later. What cannot be mended by waiting is shown on the page."""
    try:
        run()
    except DataLayerError as error:
        if attempt < len(RETRY_AFTER):
            log.warning("deletion_postponed", organization_id=organization_id, error=type(error).__name__)
            again(RETRY_AFTER[attempt])
            return
        _give_up(organization_id)
        raise
    except Exception:
        _give_up(organization_id)
        raise


def _give_up(organization_id: str) -> None:
    """Say so on the page that waits, if the store is there to say it."""
    try:
        Reporter(organization_id, deletion.JOB_ID).fail()
    except DataLayerError as error:
        log.warning("progress_not_noted", organization_id=organization_id, error=type(error).__name__)
