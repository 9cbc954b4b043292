"""What a person logs most, each as a link that fills the form in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from emissions.factors import choices
from emissions.habits import Habit, Habits

#: Two lines on a phone: enough for most days, few enough to read.
QUICK_LINKS = 6


@dataclass(frozen=True, slots=True)
class QuickLink:
    habit: Habit
    label: str
    query: str


def quick_links(habits: Habits | None) -> list[QuickLink]:
    return [_link(habit) for habit in habits.quick(QUICK_LINKS)] if habits else []


def _link(habit: Habit) -> QuickLink:
    query = {"variant": habit.variant, "amount": f"{habit.amount:f}", "unit": habit.unit}
    if habit.people > 1:
        query["people"] = str(habit.people)
    return QuickLink(habit, choices.label(habit.variant), urlencode(query))
