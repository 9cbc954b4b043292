"""What this process has counted and not stored yet: numbers in memory, by the hour they were counted in.

    tally.add(requests=1, failed=0)

It costs a lock and an addition. `carbontrack.usage` takes the numbers out once a minute and stores them; the
data layer counts here too, so this imports nothing of it. With `COUNT_USAGE` off nothing is counted.
"""

from __future__ import annotations

import os
import threading

from django.conf import settings

from carbontrack import clock

HOUR_SECONDS = 3600

_lock = threading.Lock()
_counts: dict[int, dict[str, float]] = {}


def is_on() -> bool:
    counted: bool = settings.COUNT_USAGE
    return counted


def add(**amounts: float) -> None:
    """Add to counters of the running hour. Fractions are those of DynamoDB's units: halves, so exact."""
    if not is_on():
        return
    hour = int(clock.now().timestamp()) // HOUR_SECONDS
    with _lock:
        counters = _counts.setdefault(hour, {})
        for name, amount in amounts.items():
            if amount:
                counters[name] = counters.get(name, 0) + amount


def take() -> dict[int, dict[str, float]]:
    """Everything counted so far, by hours since 1970; counting begins again at zero."""
    with _lock:
        taken = {hour: counters for hour, counters in _counts.items() if counters}
        _counts.clear()
    return taken


def _start_anew_after_fork() -> None:
    """A child counts for itself, and must not wait for a lock that a lost thread holds."""
    global _lock
    _lock = threading.Lock()
    _counts.clear()


os.register_at_fork(after_in_child=_start_anew_after_fork)
