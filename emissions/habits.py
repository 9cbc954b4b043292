"""What a person tends to log, learned from their latest entries: what to offer first, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from emissions.domain.entries import Entry
from emissions.domain.totals import scope_code

#: How much an entry counts for against the one logged after it: ten entries later, about a third.
FADING = 0.9


@dataclass(frozen=True, slots=True)
class Habit:
    """Something logged before, just as it was logged. The last three are of what was logged for work."""

    variant: str
    activity_type: str
    amount: Decimal
    unit: str
    people: int
    is_work: bool = False
    department_id: str | None = None
    scope_code: str = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """The latest entries of a person, newest first."""

    recent: Sequence[Entry] = ()

    def quick(self, limit: int, *, organization_id: str | None = None) -> list[Habit]:
        """What to log again with one tap: the newest first, then by how often and how lately.

        What was logged for work is so again while its author is in that organization.
        """
        scores: dict[Habit, float] = {}
        for position, entry in enumerate(self.recent):
            habit = _habit(entry, organization_id)
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


def _habit(entry: Entry, organization_id: str | None) -> Habit:
    habit = Habit(entry.variant, entry.activity_type, entry.amount, entry.unit, entry.people)
    if entry.organization_id is None or entry.organization_id != organization_id:
        return habit
    return replace(habit, is_work=True, department_id=entry.department_id, scope_code=scope_code(entry))
