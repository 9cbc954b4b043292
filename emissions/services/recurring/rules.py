"""What people do with their rules. Raises EntryRefused and CalculationError with a sentence for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import Conflict, ItemAlreadyExists, ItemNotFound
from carbontrack.dynamodb.backoff import pause as wait
from emissions.days import local_today
from emissions.domain.recurring import FURTHEST_START, MOST_RULES, MOST_SKIPPED, Routine, Rule
from emissions.domain.schedules import DAY, Schedule
from emissions.errors import EntryRefused, FormAlreadySaved
from emissions.repositories.recurring import DueRules, RuleChanged, RuleRepository
from emissions.services.recurring.drafts import checked_routine
from emissions.services.recurring.run import finished_day
from emissions.services.recurring.settling import TooManyDays, now_to_the_second, settle
from organizations.domain import Organization

#: Days that are still to be written before a rule is changed; more is the daily run's work.
MOST_AT_ONCE = 60
ATTEMPTS = 8


def create_rule(
    profile: Profile,
    routine: Routine,
    schedule: Schedule,
    *,
    rule_id: str,
    organization: Organization | None = None,
) -> Rule:
    """Store a new rule. The same form again (`rule_id`) answers with the same rule.

    Raises FormAlreadySaved when the form has saved another one.
    """
    rules = RuleRepository(profile.user_id)
    today = local_today(profile.preferences.time_zone)
    first = _check_days(schedule, today)
    routine = checked_routine(profile, routine, first, organization=organization)
    if len(rules.all()) >= MOST_RULES:
        raise EntryRefused(f"You have {MOST_RULES} rules, which is the most there can be. Delete one first.")
    rule = Rule(
        user_id=profile.user_id,
        rule_id=rule_id,
        routine=routine,
        schedule=schedule,
        time_zone=profile.preferences.time_zone,
        through=schedule.start_on - DAY,
        created_at=now_to_the_second(),
    )
    DueRules().begin(finished_day(clock.now()))
    try:
        rules.add(rule, today=today)
    except ItemAlreadyExists as error:
        stored = rules.find(rule_id)
        if stored is not None and (stored.routine, stored.schedule) == (routine, schedule):
            return stored
        raise FormAlreadySaved(
            "This form has saved a rule before. To save this one as well, send it again."
        ) from error
    return rule


def change_rule(
    profile: Profile,
    rule_id: str,
    routine: Routine,
    schedule: Schedule,
    *,
    version: int,
    organization: Organization | None = None,
) -> Rule:
    """Change a rule from `schedule.start_on` on, which also lets a paused one go on.

    What was written stays; days before today that are still to be written are written as the rule was.
    Raises ItemNotFound, and Conflict when it is no longer the `version` that was edited.
    """
    rules = RuleRepository(profile.user_id)
    today = local_today(profile.preferences.time_zone)
    rule = rules.get(rule_id)
    first = _check_days(schedule, today)
    routine = checked_routine(profile, routine, first, organization=organization)
    if (rule.version, rule.routine, rule.schedule) == (version + 1, routine, schedule):
        return rule  # the same form, sent twice
    if rule.version != version:
        raise Conflict(f"rule {rule_id} is at version {rule.version}, not {version}")
    rule = _settle_past(profile, rule)
    changed = replace(
        rule.going_on(schedule.start_on),
        routine=routine,
        schedule=schedule,
        time_zone=profile.preferences.time_zone,
    )
    rules.replace(changed, previous=rule, today=today)
    return changed


def pause_rule(profile: Profile, rule_id: str) -> Rule:
    """Write nothing more until somebody resumes it. Days that have passed unwritten are written first."""

    def change(rule: Rule) -> Rule:
        return rule if rule.paused_at is not None else rule.paused(now_to_the_second())

    return _change(profile, rule_id, change, settled=True)


def resume_rule(profile: Profile, rule_id: str) -> Rule:
    """Go on from today; the days in between are not written. Refused while its entry could not be written."""
    today = local_today(profile.preferences.time_zone)

    def change(rule: Rule) -> Rule:
        if rule.paused_at is None:
            return rule
        routine = checked_routine(profile, rule.routine, today)
        return replace(
            rule.going_on(today),
            routine=routine,
            time_zone=profile.preferences.time_zone,
        )

    return _change(profile, rule_id, change)


def skip_day(profile: Profile, rule_id: str, day: date) -> Rule:
    """Leave out one day that is still to come."""

    def change(rule: Rule) -> Rule:
        _check_coming(rule, day)
        if day in rule.skipped:
            return rule
        if len(rule.skipped) >= MOST_SKIPPED:
            raise EntryRefused(
                f"{MOST_SKIPPED} days are skipped already. Pause it instead, and resume it later."
            )
        return rule.skip(day)

    return _change(profile, rule_id, change)


def unskip_day(profile: Profile, rule_id: str, day: date) -> Rule:
    """Write a skipped day after all."""

    def change(rule: Rule) -> Rule:
        _check_coming(rule, day)
        return rule.unskip(day) if day in rule.skipped else rule

    return _change(profile, rule_id, change)


def delete_rule(profile: Profile, rule_id: str) -> None:
    """Remove a rule; what it wrote stays. Raises ItemNotFound."""
    RuleRepository(profile.user_id).remove(rule_id)


def _change(profile: Profile, rule_id: str, change: Callable[[Rule], Rule], *, settled: bool = False) -> Rule:
    """Store what `change` makes of a rule; if the daily run or another tab was faster, of what it is then.

    With `settled` the days before today are written first.
    """
    rules = RuleRepository(profile.user_id)
    for attempt in range(1, ATTEMPTS + 1):
        rule = rules.get(rule_id)
        if settled:
            rule = _settle_past(profile, rule)
        changed = change(rule)
        if changed == rule:
            return rule
        try:
            rules.replace(changed, previous=rule, today=local_today(profile.preferences.time_zone))
            return changed
        except RuleChanged:
            if attempt == ATTEMPTS:
                raise
        wait(attempt)
    raise AssertionError("unreachable")


def _settle_past(profile: Profile, rule: Rule) -> Rule:
    """Write the days before today as the rule is. Raises ItemNotFound, EntryRefused for too many of them."""
    yesterday = local_today(profile.preferences.time_zone) - DAY
    try:
        settled = settle(profile, rule, last_on=yesterday, most=MOST_AT_ONCE).rule
    except TooManyDays as error:
        raise EntryRefused(
            "Many missed days of this are still to be written. Please try again in a few minutes."
        ) from error
    if settled is None:
        raise ItemNotFound(f"rule {rule.rule_id}")
    return settled


def _check_days(schedule: Schedule, today: date) -> date:
    """The first day of a schedule. Raises EntryRefused for one that cannot begin."""
    if schedule.start_on < today:
        raise EntryRefused(
            "Start today or later. What you did before, log it yourself or import it.", field="date"
        )
    if schedule.start_on > today + FURTHEST_START:
        raise EntryRefused("Start within the next two years.", field="date")
    first = schedule.first_from(today)
    if first is None:
        raise EntryRefused("No day fits before it ends. Choose a later end, or none.", field="ends")
    return first


def _check_coming(rule: Rule, day: date) -> None:
    if day <= rule.through:
        raise EntryRefused("This day is over and done. If it was written, you can delete the entry.")
    if rule.schedule.first_from(day) != day:
        raise EntryRefused("This is not one of its days any more. Look at it as it is now.")
