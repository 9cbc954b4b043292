"""What becomes of a task whose store fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django_tasks.base import Task

from carbontrack import clock
from carbontrack.dynamodb import DataLayerError

log = structlog.get_logger(__name__)

#: How long to wait after each failure of a store. After the last one somebody has to start it again.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


def carry_out(
    task: Task[..., None],
    arguments: tuple[Any, ...],
    attempt: int,
    *,
    run: Callable[[], None],
    give_up: Callable[[], None],
    about: str,
) -> None:
    """Do what a task is for; where a store fails, queue the task again for later, and raise the last failure.

    `attempt` counts the tries before this one and is what the task takes after its `arguments`. `give_up`
    tells whoever waits that somebody has to start it again, if the store is there to say it. `about` names
    the work in the log.
    """
    try:
        run()
    except DataLayerError as error:
        if attempt < len(RETRY_AFTER):
            log.warning("task_postponed", about=about, error=type(error).__name__)
            later = task.using(run_after=clock.now() + RETRY_AFTER[attempt])
            later.enqueue(*arguments, attempt + 1)
            return
        _give_up(give_up, about)
        raise
    except Exception:
        _give_up(give_up, about)
        raise


def _give_up(give_up: Callable[[], None], about: str) -> None:
    try:
        give_up()
    except DataLayerError as error:
        log.warning("progress_not_noted", about=about, error=type(error).__name__)
