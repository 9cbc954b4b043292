"""What a person tends to log, learned from their latest entries: what to offer first, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.domain.entries import Entry

#: How much an entry counts for against the one logged after it: ten entries later, about a third.
FADING = 0.9


@dataclass(frozen=True, slots=True)
class Habit:
    """Something logged before, just as it was logged."""

    variant: str
    activity_type: str
    amount: Decimal
    unit: str
    people: int


@dataclass(frozen=True, slots=True)
class Habits:
    """The latest entries of a person, newest first."""

    recent: Sequence[Entry] = ()

    def quick(self, limit: int) -> list[Habit]:
        """What to log again with one tap: the newest first, then by how often and how lately."""
        scores: dict[Habit, float] = {}
        for position, entry in enumerate(self.recent):
            habit = Habit(entry.variant, entry.activity_type, entry.amount, entry.unit, entry.people)
            scores[habit] = scores.get(habit, 0.0) + FADING**position
        newest, *others = scores or (None,)
        if newest is None:
            return []
        return [newest, *sorted(others, key=lambda habit: -scores[habit])][:limit]

    def variant(self, *, activity_type: str | None = None, category: str | None = None) -> str | None:
        """What was chosen most, and lately, of a type or category."""
        scores: dict[str, float] = {}
        for position, entry in enumerate(self.recent):
            if activity_type in (None, entry.activity_type) and category in (None, entry.category):
                scores[entry.variant] = scores.get(entry.variant, 0.0) + FADING**position
        return max(scores, key=lambda variant: scores[variant], default=None)

    def unit(self, variant: str) -> str | None:
        """The unit in which this was logged last."""
        return next((entry.unit for entry in self.recent if entry.variant == variant), None)
