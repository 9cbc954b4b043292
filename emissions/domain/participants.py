"""Who counts as having logged for work: a person does from their first work entry of a month to their last.

An author's own totals hold how many work entries they have for each department (`work#`). Where such a number
leaves zero or comes back to it, the organization has one participant more or fewer. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from emissions.domain.entries import Entry

#: How many work entries one person has in a month, by organization and department; None is no department.
WorkCounts = Mapping[tuple[str, str | None], int]
#: The same, by month.
Worked = Mapping[str, WorkCounts]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One participant more (1) or fewer (-1): of an organization's department, or of all of it.

    For all of it, `department_id` names one of the departments that moved.
    """

    organization_id: str
    department_id: str | None
    people: int
    of_all: bool = False


def work_moves(
    *, added: Iterable[Entry] = (), removed: Iterable[Entry] = ()
) -> dict[str, dict[tuple[str, str | None], int]]:
    """By month, how many work entries more or fewer the author has for each department. No zeros.

    Empty where no work entry comes, goes, or changes its month or department: then nobody starts or stops
    being a participant.
    """
    moves: dict[str, dict[tuple[str, str | None], int]] = {}
    for entries, sign in ((added, 1), (removed, -1)):
        for entry in entries:
            if entry.organization_id is not None:
                month = moves.setdefault(entry.month, {})
                key = (entry.organization_id, entry.department_id)
                month[key] = month.get(key, 0) + sign
    counted = {month: {key: n for key, n in each.items() if n} for month, each in moves.items()}
    return {month: each for month, each in counted.items() if each}


def crossings(before: WorkCounts, moves: WorkCounts) -> Iterator[Crossing]:
    """What one author's moves of a month do to the numbers of participants."""
    after = {key: before.get(key, 0) + moves.get(key, 0) for key in before.keys() | moves.keys()}
    departments: dict[str, str | None] = {}
    for organization_id, department_id in sorted(moves, key=lambda key: (key[0], key[1] or "")):
        departments.setdefault(organization_id, department_id)
        key = (organization_id, department_id)
        if people := _crossed(before.get(key, 0), after[key]):
            yield Crossing(organization_id, department_id, people)
    for organization_id, department_id in departments.items():
        if people := _crossed(_of(organization_id, before), _of(organization_id, after)):
            yield Crossing(organization_id, department_id, people, of_all=True)


def _of(organization_id: str, counts: WorkCounts) -> int:
    return sum(count for (each, _), count in counts.items() if each == organization_id)


def _crossed(before: int, after: int) -> int:
    """1 for the first entry, -1 when the last one goes, else 0."""
    return (after > 0) - (before > 0)
