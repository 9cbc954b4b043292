"""How the bench takes times: CPU and wall clock, best of several rounds, because noise only ever adds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds for one call."""

    cpu_ms: float
    wall_ms: float


def best_of(call: Callable[[], object], *, rounds: int = 7, repeats: int = 1) -> Timing:
    """The quickest round of `repeats` calls each, for one call. One call before them warms up."""
    call()
    cpu, wall = [], []
    for _ in range(rounds):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        for _ in range(repeats):
            call()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return Timing(min(cpu) / repeats * 1000, min(wall) / repeats * 1000)


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
