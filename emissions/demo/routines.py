"""What the made-up person no longer types: rules for days that `person.plan` leaves alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal

from accounts.domain import Profile
from emissions.days import local_today
from emissions.domain.recurring import Routine
from emissions.domain.schedules import Frequency, Schedule
from emissions.errors import FormAlreadySaved
from emissions.services.recurring.rules import create_rule, pause_rule

_PAUSED = "00000000000000000000DEM003"


def set_rules(profile: Profile) -> int:
    """Store the rules from tomorrow on, unless they are there already. Returns how many there are."""
    tomorrow = local_today(profile.preferences.time_zone) + timedelta(days=1)
    rules = _rules(tomorrow)
    for rule_id, routine, schedule in rules:
        with suppress(FormAlreadySaved):
            rule = create_rule(profile, routine, schedule, rule_id=rule_id)
            if rule_id == _PAUSED and rule.paused_at is None:
                pause_rule(profile, rule_id)
    return len(rules)


def _rules(first: date) -> list[tuple[str, Routine, Schedule]]:
    return [
        (
            "00000000000000000000DEM001",
            Routine("bus", Decimal(12), "km", note="Choir, there and back", local_time=time(19)),
            Schedule(Frequency.WEEKLY, first, weekdays=frozenset({1})),
        ),
        (
            "00000000000000000000DEM002",
            Routine("coffee", Decimal("0.5"), "kg", people=2, note="Subscription", local_time=time(9)),
            Schedule(Frequency.MONTHLY, first, day=28),
        ),
        (
            _PAUSED,
            Routine("car-petrol-medium", Decimal(18), "km", people=2, note="Climbing", local_time=time(18)),
            Schedule(Frequency.WEEKLY, first, weekdays=frozenset({4})),
        ),
    ]
