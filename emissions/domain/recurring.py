"""Recurring rules: what somebody does again and again, and how far it is written. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice

from emissions.domain.schedules import DAY, Schedule
from emissions.domain.scopes import WorkScope

#: Of one person: they are all read for one page.
MOST_RULES = 50
#: Skipped days that are still to come. Whoever skips more means to pause.
MOST_SKIPPED = 60
#: How far ahead a rule may start: beyond that it is a slip of the finger.
FURTHEST_START = 731 * DAY


@dataclass(frozen=True, slots=True)
class Routine:
    """What a rule writes each time: the words of an entry, without its day.

    `local_time` is when it is done, on the person's clock. With an `organization_id` it is for work there;
    a `scope` of None is the usual one of its factor.
    """

    variant: str
    amount: Decimal
    unit: str
    people: int = 1
    note: str = ""
    local_time: time = time(12)
    organization_id: str | None = None
    department_id: str | None = None
    scope: WorkScope | None = None

    @property
    def is_work(self) -> bool:
        return self.organization_id is not None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A day of a rule that is still to come."""

    day: date
    skipped: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A routine and its days.

    `through` is the last day that is settled: every day of the rule up to and including it was written,
    skipped or passed over, and is never looked at again. `skipped` are days after it that will not be
    written. `written` counts the entries it made. `time_zone` is where the person was when it was last
    stored. A rule that paused itself says why in `pause_reason`. `version` counts the changes that people
    make, and pauses; writing an entry moves `through` alone.
    """

    user_id: str
    rule_id: str
    routine: Routine
    schedule: Schedule
    time_zone: str
    through: date
    created_at: datetime
    skipped: frozenset[date] = frozenset()
    paused_at: datetime | None = None
    pause_reason: str = ""
    written: int = 0
    version: int = 1

    @property
    def next_on(self) -> date | None:
        """The next day to write, paused or not; None after the last."""
        return next((each.day for each in self._coming() if not each.skipped), None)

    def is_over(self, today: date) -> bool:
        """Whether none of its days is still to come, not even a skipped one."""
        return not self.upcoming(1, today)

    def due_on(self, today: date) -> date | None:
        """On which day the daily run has to look at it; None while there is nothing to look for.

        Never before the person's `today`, even where earlier days are still to be written: days before
        that may be finished already, and nobody would look there again.
        """
        day = self.next_on
        return None if day is None or self.paused_at is not None else max(day, today)

    def upcoming(self, count: int, today: date) -> list[Upcoming]:
        """The next days, skipped ones among them unless they are past."""
        coming = (each for each in self._coming() if each.day >= today or not each.skipped)
        return list(islice(coming, count))

    def days_until(self, last_on: date) -> int:
        """How many days are still to be written, up to and including `last_on`."""
        count = 0
        for each in self._coming():
            if each.day > last_on:
                break
            count += not each.skipped
        return count

    def settled(self, day: date, *, wrote: bool, time_zone: str) -> Rule:
        """After `day` was dealt with. What was skipped before it is forgotten."""
        return replace(
            self,
            through=day,
            skipped=frozenset(each for each in self.skipped if each > day),
            written=self.written + wrote,
            time_zone=time_zone,
        )

    def skip(self, day: date) -> Rule:
        return replace(self, skipped=self.skipped | {day}, version=self.version + 1)

    def unskip(self, day: date) -> Rule:
        return replace(self, skipped=self.skipped - {day}, version=self.version + 1)

    def paused(self, now: datetime, reason: str = "") -> Rule:
        return replace(self, paused_at=now, pause_reason=reason, version=self.version + 1)

    def going_on(self, from_on: date) -> Rule:
        """At work again from that day on: days of the rule before it are passed over."""
        return replace(
            self,
            through=max(self.through, from_on - DAY),
            paused_at=None,
            pause_reason="",
            version=self.version + 1,
        )

    def _coming(self) -> Iterator[Upcoming]:
        if self.through == date.max:
            return
        for day in self.schedule.days_from(self.through + DAY):
            yield Upcoming(day, day in self.skipped)
