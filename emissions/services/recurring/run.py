"""The daily run: every rule of everybody whose time has come. Safe to repeat, late, and beside itself.

Which days to look at, after weeks without a run too: everything from the day after the last one that is known
to be finished, up to the day that has begun anywhere on earth. A day is finished when nothing is due on it
any more and nothing can become due on it. Nobody makes a rule due before their own today
(`Rule.due_on`), so that is so once the day is over everywhere. `MARGIN` leaves room for clocks that differ,
for requests under way and for the index, which lags.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import DataLayerError
from emissions.days import FURTHEST_FROM_UTC
from emissions.domain.recurring import Rule
from emissions.domain.schedules import DAY
from emissions.repositories.recurring import DueRules
from emissions.services.recurring.drafts import due_at
from emissions.services.recurring.settling import settle, stop

log = structlog.get_logger(__name__)

#: Besides the day that it still is somewhere: it is noon of the next day in UTC when one is over everywhere.
MARGIN = DAY
LAST_PLACE = timedelta(hours=12)
#: So many rules in a row that a store could not settle: it is the store, not they.
GIVE_UP_AFTER = 10
NOBODY = "The account that this belonged to is gone."
DISABLED = "Your account was disabled when this was due. Let it go on from here."


class StoreFailing(DataLayerError):
    """The store failed for one rule after the other. What was written stays; run it again later."""


@dataclass(slots=True)
class Report:
    """What a run did. `failed` rules are tried again by the next run."""

    written: int = 0
    rules: int = 0
    paused: int = 0
    failed: int = 0
    failed_in_a_row: int = 0


def run_rules(report: Report, *, since: date | None = None) -> None:
    """Write every day whose time has come, and count it in `report`, also when this raises.

    `since` looks from that day on, whatever is known to be finished. Raises the errors of the data layer
    where not even the due rules can be read, and StoreFailing.
    """
    due = DueRules()
    finished = due.finished_on()
    starts = [day for day in (since, finished and finished + DAY) if day is not None]
    if not starts:
        return  # nobody has made a rule yet
    now = clock.now()
    day, last = min(starts), (now + FURTHEST_FROM_UTC).date()
    while day <= last:
        for rule in due.on(day):
            _visit(rule, now, report)
        if not report.failed and day <= finished_day(now):
            finished = day
        day += DAY
    if finished is not None:
        due.finish(finished)


def finished_day(now: datetime) -> date:
    """The last day on which nothing can become due any more."""
    return (now.astimezone(UTC) - LAST_PLACE).date() - DAY - MARGIN


def _visit(rule: Rule, now: datetime, report: Report) -> None:
    """Settle one rule, found in the index. What goes wrong with one does not keep the others waiting."""
    try:
        if _waits(rule, now):
            return
        profile = ProfileRepository().find(rule.user_id)
        if profile is None or profile.disabled_at is not None:
            stop(rule, NOBODY if profile is None else DISABLED)
            report.paused += 1
            return
        settled = settle(profile, rule)
    except Exception as error:
        report.failed += 1
        report.failed_in_a_row += 1
        is_known = isinstance(error, DataLayerError)
        log.warning("rule_not_settled", rule=rule.rule_id, error=type(error).__name__, exc_info=not is_known)
        if is_known and report.failed_in_a_row >= GIVE_UP_AFTER:
            raise StoreFailing(f"{report.failed_in_a_row} rules in a row could not be settled") from error
        return
    report.failed_in_a_row = 0
    report.written += settled.written
    report.rules += settled.written > 0
    report.paused += settled.paused


def _waits(rule: Rule, now: datetime) -> bool:
    """Whether it is too early where the person was last, to spare reading who they are.

    Who has gone east since waits some hours more; the next entry knows.
    """
    day = rule.next_on
    return day is not None and due_at(rule.routine, day, rule.time_zone) > now
