"""Recurring rules to and from items of RecurringTable."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item, decode_item
from emissions.domain.recurring import Routine, Rule
from emissions.domain.schedules import Frequency, Schedule
from emissions.domain.scopes import WorkScope

#: The partition key of DueIndex.
DUE_ON = "due_on"


def rule_to_item(rule: Rule, *, due_on: date | None) -> dict[str, Any]:
    """The item of a rule, in Python values; what is None is left out."""
    return {
        "user_id": rule.user_id,
        "rule_id": rule.rule_id,
        DUE_ON: _day(due_on),
        "through": rule.through.isoformat(),
        "written": rule.written,
        "time_zone": rule.time_zone,
        "skipped": sorted(day.isoformat() for day in rule.skipped) or None,
        "paused_at": stamp(rule.paused_at),
        "pause_reason": rule.pause_reason or None,
        "created_at": stamp(rule.created_at),
        "version": rule.version,
        **_routine_to_item(rule.routine),
        **_schedule_to_item(rule.schedule),
    }


def _routine_to_item(routine: Routine) -> dict[str, Any]:
    return {
        "variant": routine.variant,
        "amount": routine.amount,
        "unit": routine.unit,
        "people": routine.people,
        "note": routine.note or None,
        "local_time": routine.local_time.isoformat(),
        "organization_id": routine.organization_id,
        "department_id": routine.department_id,
        "scope": None if routine.scope is None else routine.scope.code,
    }


def _schedule_to_item(schedule: Schedule) -> dict[str, Any]:
    return {
        "frequency": schedule.frequency.value,
        "every": schedule.every,
        "weekdays": sorted(schedule.weekdays) or None,
        "day": schedule.day,
        "month": schedule.month,
        "start_on": schedule.start_on.isoformat(),
        "end_on": _day(schedule.end_on),
    }


def rule_from_item(item: Item) -> Rule:
    stored = decode_item(item)
    return Rule(
        user_id=stored["user_id"],
        rule_id=stored["rule_id"],
        routine=_routine(stored),
        schedule=_schedule(stored),
        time_zone=stored["time_zone"],
        through=date.fromisoformat(stored["through"]),
        created_at=datetime.fromisoformat(stored["created_at"]),
        skipped=frozenset(map(date.fromisoformat, stored.get("skipped", ()))),
        paused_at=read_stamp(stored.get("paused_at")),
        pause_reason=stored.get("pause_reason", ""),
        written=int(stored["written"]),
        version=int(stored["version"]),
    )


def _routine(stored: dict[str, Any]) -> Routine:
    return Routine(
        variant=stored["variant"],
        amount=stored["amount"],
        unit=stored["unit"],
        people=int(stored["people"]),
        note=stored.get("note", ""),
        local_time=time.fromisoformat(stored["local_time"]),
        organization_id=stored.get("organization_id"),
        department_id=stored.get("department_id"),
        scope=WorkScope.parse(stored["scope"]) if "scope" in stored else None,
    )


def _schedule(stored: dict[str, Any]) -> Schedule:
    return Schedule(
        frequency=Frequency(stored["frequency"]),
        start_on=date.fromisoformat(stored["start_on"]),
        end_on=date.fromisoformat(stored["end_on"]) if "end_on" in stored else None,
        every=int(stored["every"]),
        weekdays=frozenset(map(int, stored.get("weekdays", ()))),
        day=int(stored["day"]),
        month=int(stored["month"]),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
