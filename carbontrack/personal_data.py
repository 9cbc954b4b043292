"""What the product keeps about a person, by whoever keeps it: to be handed over, and to be erased.

Each app registers what it keeps (`AppConfig.ready`). "Download my data" asks all of them, "Delete my account"
carries out all of their steps in order of `phase`, and a test demands that nothing of a person is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """One part of what a person takes away: `entries.json` and `entries.csv` for a `name` of `entries`.

    `about` says in a sentence what it is. A row's values may be nested; in the CSV file they are flattened.
    Rows are made when they are read, so that a long history needs no memory.
    """

    name: str
    about: str
    rows: Iterable[Mapping[str, Any]]


class Phase(IntEnum):
    """When a step of an erasure runs. What the others need to find things goes last."""

    STOP = 10  # what goes on by itself: rules, jobs
    DATA = 20
    MEMBERSHIP = 30
    TRAIL = 40
    PROFILE = 50
    CREDENTIALS = 60


@dataclass(frozen=True, slots=True)
class ErasureStep:
    """One step of an erasure. Safe to run again after a crash at any point, and to find nothing to do.

    `erase` takes the person's id and a function that says the job is alive. `left` names what is still there
    of it, a key or a few words each: nothing after `erase`. It may be slow; tests and `reconcile` use it.
    """

    name: str
    words: str
    phase: Phase
    erase: Callable[[str, Callable[[], None]], None]
    left: Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Keeper:
    """One app's answer to "what have you got about this person?"."""

    name: str
    sections: Callable[[str], Iterable[Section]]
    steps: tuple[ErasureStep, ...]


def whole(words: Iterable[str]) -> re.Pattern[str]:
    """What finds ids and addresses in a text, whatever their case; no address within a longer one.

    `ann@example.com` is not in `joann@example.com`, nor in `ann@example.com.au`.
    """
    found = (
        rf"(?<![\w.+-]){re.escape(word)}(?![\w-]|\.\w)" if "@" in word else re.escape(word)
        for word in sorted(words)
    )
    return re.compile("|".join(found), re.IGNORECASE)


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether one of the ids and addresses is in a text."""
    return whole(words).search(text) is not None


_keepers: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    """Register what an app keeps; once more with the same name replaces it."""
    _keepers[keeper.name] = keeper


def keepers() -> tuple[Keeper, ...]:
    return tuple(_keepers.values())


def erasure_steps() -> tuple[ErasureStep, ...]:
    """All steps, in the order in which they run."""
    return tuple(sorted((step for each in keepers() for step in each.steps), key=lambda step: step.phase))
