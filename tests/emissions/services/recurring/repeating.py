"""What tests of recurring rules share: rules, and the entries and totals that came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack import clock
from emissions.domain.entries import Entry
from emissions.domain.recurring import Routine, Rule
from emissions.domain.schedules import Frequency, Schedule
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.recurring import RuleRepository
from emissions.services.recurring.rules import create_rule
from emissions.services.recurring.run import Report, run_rules
from emissions.services.totals import verify_subject
from tests.factories import USER_ID, entry_id_of, make_profile

DAILY = frozenset(range(1, 8))
#: A Monday.
MONDAY = date(2026, 3, 2)
#: What sets the clock to a moment in UTC.
At = Callable[[str], None]


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Set the clock, in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)


class Killed(BaseException):
    """As `kill -9`: no handler of the product's catches it."""


def kill_after(patch: pytest.MonkeyPatch, days: int) -> None:
    """Let the process die while it writes a day, after so many that it writes."""
    settle, left = RuleRepository.settle, iter(range(days))

    def killed(*args: Any, **kwargs: Any) -> None:
        if next(left, None) is None:
            raise Killed
        settle(*args, **kwargs)

    patch.setattr(RuleRepository, "settle", killed)


def settle_in(time_zone: str = "UTC", user_id: str = USER_ID, **changes: Any) -> Profile:
    """Somebody with a stored profile, at home in a time zone."""
    profile = make_profile(user_id, time_zone=time_zone, **changes)
    ProfileRepository().add(profile)
    return profile


def routine(**changes: Any) -> Routine:
    """50 miles by petrol car, at noon."""
    values: dict[str, Any] = {"variant": "car-petrol-medium", "amount": Decimal(50), "unit": "mile"}
    return Routine(**(values | changes))


def schedule(start_on: date = MONDAY, **changes: Any) -> Schedule:
    """Every day."""
    values: dict[str, Any] = {"frequency": Frequency.WEEKLY, "start_on": start_on, "weekdays": DAILY}
    return Schedule(**(values | changes))


def make_rule(profile: Profile, number: int = 1, *, of: Routine | None = None, **days: Any) -> Rule:
    return create_rule(profile, of or routine(), schedule(**days), rule_id=entry_id_of(number))


def run(**options: Any) -> Report:
    report = Report()
    run_rules(report, **options)
    return report


def written(user_id: str = USER_ID) -> list[str]:
    """The days of the stored entries, in order. The totals count exactly these."""
    assert list(verify_subject(Subject.user(user_id))) == []
    return [entry.local_date.isoformat() for entry in entries(user_id)]


def entries(user_id: str = USER_ID) -> list[Entry]:
    return sorted(EntryRepository(user_id).iter_stored(), key=lambda entry: entry.local_date)


def stored(rule: Rule) -> Rule:
    return RuleRepository(rule.user_id).get(rule.rule_id)


@contextmanager
def meanwhile(
    monkeypatch: pytest.MonkeyPatch, target: Any, name: str, act: Callable[[], Any]
) -> Iterator[None]:
    """Let `act` happen once, just before a function is called for the first time."""
    original, waiting = getattr(target, name), [act]

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if waiting:
            waiting.pop()()
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(target, name, interrupted)
        yield
