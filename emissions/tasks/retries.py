"""What becomes of a task whose store fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from carbontrack.dynamodb import DataLayerError

log = structlog.get_logger(__name__)

#: How long to wait after each failure of a store. After the last one somebody has to start it again.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


def carry_out(
    run: Callable[[], None],
    *,
    again: Callable[[timedelta], None],
    give_up: Callable[[], None],
    attempt: int,
    about: str,
) -> None:
    """Run a task; where a store fails, try `again` later. What waiting cannot mend is shown to whoever waits.

    `give_up` says so on their page, if the store is there to say it. `attempt` counts the tries before this
    one; `about` names the work in the log.
    """
    try:
        run()
    except DataLayerError as error:
        if attempt < len(RETRY_AFTER):
            log.warning("task_postponed", about=about, error=type(error).__name__)
            again(RETRY_AFTER[attempt])
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
