"""What the staff console tells of everybody's kg CO2e: nothing of so few that it would be somebody's own.

As for organizations, figures of fewer than `MINIMUM` people are withheld. One that is withheld alone could
be had from the sum and the others, so the smallest of the others goes with it: both together are of enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from organizations.domain import DEFAULT_MINIMUM_GROUP as MINIMUM

Key = TypeVar("Key")
__all__ = ["MINIMUM", "withheld_of"]


def withheld_of(people: Iterable[tuple[Key, int]]) -> Collection[Key]:
    """Of the parts of a sum, with how many people are in each, those whose figures are not told.

    Parts of nobody have no figure, and hide nothing.
    """
    sizes = [(count, key) for key, count in people if count > 0]
    small = {key for count, key in sizes if count < MINIMUM}
    if small:
        enough = [(count, number, key) for number, (count, key) in enumerate(sizes) if count >= MINIMUM]
        small |= {key for _, _, key in sorted(enough, key=lambda each: each[:2])[:1]}
    return small
