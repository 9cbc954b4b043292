"""How long to wait before trying again: exponential, with full jitter, and never for ever.

The numbers are module constants so that a test may set the delays to zero.
"""

from __future__ import annotations

import random
import time

BASE_SECONDS = 0.025
MAX_SECONDS = 0.8
#: How often a transaction is sent that keeps colliding with others or keeps being throttled.
TRANSACTION_ATTEMPTS = 10
#: How often a transaction is sent that nobody answers: each try may wait for the whole read time-out.
UNANSWERED_ATTEMPTS = 3
#: How often in a row a batch may come back without a single item done.
BATCH_ATTEMPTS = 8


def delay_seconds(attempt: int) -> float:
    """A random wait before the try after `attempt` (1 is the first); full jitter spreads colliding ones."""
    ceiling: float = min(MAX_SECONDS, BASE_SECONDS * 2**attempt)
    return random.uniform(0, ceiling)


def pause(attempt: int) -> None:
    """Wait before the try after `attempt`."""
    seconds = delay_seconds(attempt)
    if seconds > 0:
        time.sleep(seconds)
