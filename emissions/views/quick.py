"""What a person logs most, each as a link that fills the form in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from emissions.factors import choices
from emissions.forms.workplace import WORK, Workplace
from emissions.habits import Habit, Habits

#: Two lines on a phone: enough for most days, few enough to read.
QUICK_LINKS = 6


@dataclass(frozen=True, slots=True)
class QuickLink:
    """`work` names where what was logged for work counts."""

    habit: Habit
    label: str
    query: str
    work: str = ""


def quick_links(habits: Habits | None, workplace: Workplace | None) -> list[QuickLink]:
    if habits is None:
        return []
    organization_id = workplace.organization.id if workplace else None
    return [_link(habit, workplace) for habit in habits.quick(QUICK_LINKS, organization_id=organization_id)]


def _link(habit: Habit, workplace: Workplace | None) -> QuickLink:
    query = {"variant": habit.variant, "amount": f"{habit.amount:f}", "unit": habit.unit}
    if habit.people > 1:
        query["people"] = str(habit.people)
    if not habit.is_work or workplace is None:
        return QuickLink(habit, choices.label(habit.variant), urlencode(query))
    department = workplace.department_today(habit.department_id)
    query |= {"work": WORK, "department": department, "work_scope": habit.scope_code}
    organization = workplace.organization
    where = organization.department_label(department) or organization.name
    return QuickLink(habit, choices.label(habit.variant), urlencode(query), where)
