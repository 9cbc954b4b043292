"""Writing the days of a rule, each exactly once.

The entry, every total that counts it and the rule's move to its next day are one transaction, which holds
only if the rule is as it was read. Whoever loses that race, comes twice or comes back after a crash reads the
rule again and finds the day settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import Conflict, ItemAlreadyExists, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from emissions.days import local_today
from emissions.domain.recurring import Rule
from emissions.errors import EntryRefused
from emissions.factors.errors import CalculationError
from emissions.repositories.recurring import RuleChanged, RuleRepository
from emissions.services.recurring.drafts import due_at, entry_for
from emissions.services.writing import write_entries
from organizations.errors import MonthClosed

#: How often a rule is read again that is not as it was read, and no further either.
ATTEMPTS = 8


class TooManyDays(Conflict):
    """A rule has more days to write than somebody can wait for. What was written stays."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a rule: None if it is gone. `paused`: it could not be written, and paused itself."""

    rule: Rule | None
    written: int = 0
    paused: bool = False


def settle(profile: Profile, rule: Rule, *, last_on: date = date.max, most: int | None = None) -> Settled:
    """Write every day whose time has come, up to `last_on`, oldest first.

    Safe to repeat and to run beside itself. Raises Conflict and the other errors of the data layer; what was
    written before stays. Raises TooManyDays when there are more than `most`.
    """
    written = lost = 0
    current: Rule | None = rule
    while current is not None and (day := _due_day(profile, current, last_on)) is not None:
        if written == most:
            raise TooManyDays(f"rule {rule.rule_id} has more than {most} days to write")
        try:
            moved = _write(profile, current, day)
        except (RuleChanged, ItemAlreadyExists) as error:
            stored = _read_again(current, day, error)
            lost = 0 if stored is None or stored.through > current.through else lost + 1
            if lost == ATTEMPTS:
                raise
            pause(lost)
            current = stored
            continue
        if moved.paused_at is not None:
            return Settled(moved, written, paused=True)
        current, written = moved, written + 1
    return Settled(current, written)


def _due_day(profile: Profile, rule: Rule, last_on: date) -> date | None:
    """The oldest day that is to be written now."""
    day = rule.next_on
    if day is None or rule.paused_at is not None or day > last_on:
        return None
    return day if due_at(rule.routine, day, profile.preferences.time_zone) <= clock.now() else None


def _write(profile: Profile, rule: Rule, day: date) -> Rule:
    """Write a day, or let the rule pause where that cannot be. Returns the rule as it is stored then.

    Raises RuleChanged, and ItemAlreadyExists where the day is written.
    """
    rules = RuleRepository(profile.user_id)
    time_zone = profile.preferences.time_zone
    today = local_today(time_zone)
    moved = rule.settled(day, wrote=True, time_zone=time_zone)

    def move(transaction: WriteTransaction) -> None:
        rules.settle(moved, previous=rule, today=today, transaction=transaction)

    try:
        entry, organization = entry_for(profile, rule, day)
        write_entries(profile.user_id, added=[entry], organization=organization, also=move)
    except MonthClosed as error:
        return stop(rule, error.sentence)
    except (EntryRefused, CalculationError) as error:
        return stop(rule, error.message)
    return moved


def stop(rule: Rule, reason: str) -> Rule:
    """Let a rule pause itself and say why. Raises RuleChanged."""
    paused = rule.paused(now_to_the_second(), reason)
    RuleRepository(rule.user_id).replace(paused, previous=rule, today=local_today(rule.time_zone))
    return paused


def now_to_the_second() -> datetime:
    return clock.now().replace(microsecond=0)


def _read_again(rule: Rule, day: date, error: Exception) -> Rule | None:
    """The rule as it is now, after its day could not be written as it was read; None if it is gone.

    A day whose entry is there although the rule does not know is passed over: it is written, once.
    """
    rules = RuleRepository(rule.user_id)
    stored = rules.find(rule.rule_id)
    if stored != rule or not isinstance(error, ItemAlreadyExists):
        return stored
    moved = rule.settled(day, wrote=False, time_zone=rule.time_zone)
    with WriteTransaction() as transaction:
        rules.settle(moved, previous=rule, today=local_today(rule.time_zone), transaction=transaction)
    return moved
