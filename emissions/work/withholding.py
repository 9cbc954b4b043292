"""Which figures of a month may be shown, so that nobody can be singled out. Standard library only.

**What is protected.** An organization's month is made of cells: the work of one department as it was logged
(`-` for people without one), with the number of people who logged it. The kg of fewer people than the
organization's minimum, all cells of theirs taken together, must not be on any page and must not follow from
what is.

**The pattern of a month.**

1. If fewer people than the minimum logged in the whole organization, nothing of the month is shown.
2. Otherwise a cell of fewer people than the minimum is hidden.
3. One hidden cell alone would be the month's total less all that is shown. So if anything is hidden, more is
   hidden, the cells of the fewest people first, until at least two cells are hidden and at least as many
   people as the minimum are certainly in them. People may log for two departments in a month, so heads
   cannot be added up. Certain are those of the largest hidden cell, and those who are left when everybody in
   a shown cell is taken from all people of the month.
4. If that is never reached, all cells are hidden and only the month's total is shown.

What is hidden appears as one figure: the total less the cells shown. An empty cell is no secret, but for the
same reason it hides nothing: it does not count as the second.

**Why subtracting does not help.** Whatever is shown is a sum, over months, of three things: cells that are
shown, what is hidden of a month in one figure, and totals of months. In one month, adding and subtracting
these can leave, of the hidden cells, only all of them with the same weight, and those are enough people. One
month's cells are in no other month's figures, so longer stretches do not help either. This stays true because

- the pattern depends on nothing but the numbers of people and the minimum: no kg, no filter. Every filter
  (type, scope) and every breakdown (category) uses it, so each is the same sums again of a part of the kg;
- a cell is of the department an entry was logged under. Merging departments or moving people changes which
  cells a page adds up, never which are shown: a merged department is the sum of its shown cells;
- cells are always hidden in the order of their people. So what a higher minimum hides contains what a lower
  one hides, and both pages side by side tell no more than the one of the lower minimum;
- an administrator limited to some departments gets shown cells of theirs, and no totals.

**What it does not do.** A group that is large enough may still contain one person who makes nearly all of a
figure. Somebody who reads the same page before and after a person logs sees what was added; that is why
there are months here and no days. And whoever is in a group knows their own part of it.

Nor does it hold against an administrator who logs to change a pattern. In a month with cells of 1, 2 and 3
people and a minimum of 3, the first two are hidden as one figure. Once the administrator has logged for the
second, it is as large as the third, and may be shown while the third is hidden instead: what was hidden
before, less what is shown now, less their own, is the one person's. A closed month cannot be changed so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pattern:
    """What of one month is shown. `visible` and `hidden` are the cells that are not empty.

    Without `shows_total` all cells are hidden, and so is their sum.
    """

    shows_total: bool
    visible: frozenset[str] = NOTHING
    hidden: frozenset[str] = NOTHING

    @property
    def is_empty(self) -> bool:
        """Nobody logged anything: there is nothing to withhold."""
        return not self.visible and not self.hidden


def withhold(people: int, cells: Mapping[str, int], *, minimum: int) -> Pattern:
    """The pattern of a month in which `people` logged; `cells` tells how many did in each department.

    A cell of nobody is empty and should not be there. Where one is all the same (it has kg, so its counters
    contradict each other), it is hidden like the smallest.
    """
    if people < minimum:
        return Pattern(shows_total=False, hidden=frozenset(cells))
    by_size = sorted(cells, key=lambda cell: (cells[cell], cell))
    count = sum(cells[cell] < minimum for cell in by_size)
    while 0 < count < len(by_size) and not _is_enough(
        people, [cells[cell] for cell in by_size], count, minimum
    ):
        count += 1
    return Pattern(True, visible=frozenset(by_size[count:]), hidden=frozenset(by_size[:count]))


def _is_enough(people: int, sizes: list[int], count: int, minimum: int) -> bool:
    """Whether hiding the first `count` cells hides two at least, of as many people as the minimum."""
    hidden, visible = sizes[:count], sizes[count:]
    certain = max(hidden[-1], people - sum(visible))
    return sum(size > 0 for size in hidden) >= 2 and certain >= minimum
