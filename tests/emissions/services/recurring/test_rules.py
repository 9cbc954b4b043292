"""What people do with their rules: make, change from now on, pause, skip, delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Profile
from carbontrack.dynamodb import count_requests
from carbontrack.dynamodb.errors import Conflict, ItemNotFound
from emissions.domain.recurring import MOST_RULES, MOST_SKIPPED, Rule
from emissions.domain.schedules import Frequency
from emissions.errors import EntryRefused, FormAlreadySaved
from emissions.factors.errors import CalculationError
from emissions.repositories.recurring import DueRules, RuleRepository
from emissions.services.recurring.drafts import LEFT
from emissions.services.recurring.outlook import outlook_of
from emissions.services.recurring.rules import (
    MOST_AT_ONCE,
    change_rule,
    delete_rule,
    pause_rule,
    resume_rule,
    skip_day,
    unskip_day,
)
from tests.emissions.services.recurring.repeating import (
    At,
    entries,
    make_rule,
    meanwhile,
    routine,
    run,
    schedule,
    settle_in,
    stored,
    written,
)
from tests.emissions.services.working import ACME
from tests.factories import USER_ID, day, entry_id_of, make_profile

pytestmark = [pytest.mark.dynamodb, pytest.mark.usefixtures("clock_at")]
PROFILE = make_profile()
ID = entry_id_of(1)


def due_days(rule: Rule) -> list[str]:
    """On which of the next ten days the index has the rule."""
    days = [f"2026-03-{number:02}" for number in range(1, 11)]
    return [each for each in days if any(found.rule_id == rule.rule_id for found in DueRules().on(day(each)))]


# -- Make ---------------------------------------------------------------------------------------------------


def test_a_rule_is_stored_as_it_was_made():
    rule = make_rule(
        PROFILE,
        of=routine(people=3, note="Bill", local_time=time(7, 15)),
        frequency=Frequency.MONTHLY,
        day=31,
        every=3,
        end_on=day("2027-01-31"),
    )

    assert stored(rule) == rule
    assert RuleRepository(USER_ID).all() == [rule]
    assert (rule.next_on, rule.through, rule.version) == (day("2026-03-31"), day("2026-03-01"), 1)


def test_the_same_form_makes_one_rule_and_another_content_is_refused():
    first, again = make_rule(PROFILE), make_rule(PROFILE)

    with pytest.raises(FormAlreadySaved):
        make_rule(PROFILE, of=routine(amount=Decimal(7)))

    assert first == again
    assert len(RuleRepository(USER_ID).all()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_on": day("2026-03-01")}, "date"),
        ({"start_on": day("2029-03-01")}, "date"),
        ({"weekdays": frozenset({7}), "end_on": day("2026-03-07")}, "ends"),
    ],
)
def test_days_that_cannot_be_are_refused(changes: dict[str, Any], field: str):
    with pytest.raises(EntryRefused) as refused:
        make_rule(PROFILE, **changes)

    assert refused.value.field == field
    assert RuleRepository(USER_ID).all() == []


def test_what_cannot_be_calculated_or_counted_is_refused():
    with pytest.raises(CalculationError):
        make_rule(PROFILE, of=routine(unit="kwh"))
    with pytest.raises(EntryRefused, match=LEFT):
        make_rule(PROFILE, of=routine(organization_id=ACME))


def test_there_is_an_end_to_how_many_rules_a_person_has():
    for number in range(MOST_RULES):
        make_rule(PROFILE, number)

    with pytest.raises(EntryRefused, match="50 rules"):
        make_rule(PROFILE, MOST_RULES)


def test_somebody_elses_rule_is_not_there():
    rule = make_rule(PROFILE)
    other = make_profile("5f0f1b1e-0000-4000-8000-00000000b0b0")

    for act in (
        lambda: RuleRepository(other.user_id).get(rule.rule_id),
        lambda: pause_rule(other, rule.rule_id),
        lambda: skip_day(other, rule.rule_id, day("2026-03-03")),
        lambda: change_rule(other, rule.rule_id, routine(), schedule(), version=1),
        lambda: delete_rule(other, rule.rule_id),
    ):
        with pytest.raises(ItemNotFound):
            act()
    assert stored(rule) == rule


# -- Change from now on -------------------------------------------------------------------------------------


@pytest.fixture
def profile() -> Profile:
    return settle_in()


def test_a_change_holds_from_its_day_on_and_missed_days_are_written_as_they_were(
    profile: Profile, clock_at: At
):
    rule = make_rule(profile)
    clock_at("2026-03-05T08:00")

    changed = change_rule(
        profile, rule.rule_id, routine(amount=Decimal(10)), schedule(day("2026-03-06")), version=1
    )
    clock_at("2026-03-07T13:00")
    run()

    assert (changed.version, stored(rule).written) == (2, 5)
    assert [(entry.local_date.day, int(entry.amount)) for entry in entries()] == [
        (2, 50),
        (3, 50),
        (4, 50),
        (6, 10),
        (7, 10),
    ]


def test_a_day_that_is_written_is_not_written_again_by_a_change_of_the_same_day(
    profile: Profile, clock_at: At
):
    rule = make_rule(profile)
    clock_at("2026-03-02T13:00")
    run()

    change_rule(profile, rule.rule_id, routine(amount=Decimal(10)), schedule(), version=1)
    run()

    assert [entry.amount for entry in entries()] == [50]


def test_a_change_of_something_older_is_a_conflict_and_the_same_form_twice_is_not(profile: Profile):
    rule = make_rule(profile)
    ten = routine(amount=Decimal(10))

    first = change_rule(profile, rule.rule_id, ten, schedule(), version=1)
    again = change_rule(profile, rule.rule_id, ten, schedule(), version=1)

    assert first == again == stored(rule)
    with pytest.raises(Conflict):
        change_rule(profile, rule.rule_id, routine(), schedule(), version=1)


def test_months_of_missed_days_are_the_runs_work(profile: Profile, clock_at: At):
    rule = make_rule(profile)
    clock_at("2026-09-01T08:00")

    with pytest.raises(EntryRefused, match="Many missed days"):
        change_rule(
            profile, rule.rule_id, routine(amount=Decimal(10)), schedule(day("2026-09-01")), version=1
        )

    assert len(written()) == MOST_AT_ONCE
    run()
    assert len(written()) == (day("2026-09-01") - day("2026-03-02")).days


# -- Pause, skip, delete ------------------------------------------------------------------------------------


def test_pausing_takes_a_rule_from_the_index_and_resuming_brings_it_back(profile: Profile, clock_at: At):
    rule = make_rule(profile)
    before = due_days(rule)
    pause_rule(profile, rule.rule_id)
    paused = due_days(rule)
    clock_at("2026-03-05T08:00")

    resumed = resume_rule(profile, rule.rule_id)

    assert (before, paused, due_days(rule)) == (["2026-03-02"], [], ["2026-03-05"])
    assert (resumed.paused_at, resumed.next_on) == (None, day("2026-03-05"))
    assert pause_rule(profile, rule.rule_id).version == pause_rule(profile, rule.rule_id).version


def test_a_skipped_day_is_left_out_and_may_come_back(profile: Profile, clock_at: At):
    rule = make_rule(profile)
    skip_day(profile, rule.rule_id, day("2026-03-02"))
    skipped = due_days(rule)
    skip_day(profile, rule.rule_id, day("2026-03-04"))
    unskip_day(profile, rule.rule_id, day("2026-03-02"))
    back = due_days(rule)

    clock_at("2026-03-05T13:00")
    run()

    assert (skipped, back) == (["2026-03-03"], ["2026-03-02"])
    assert written() == ["2026-03-02", "2026-03-03", "2026-03-05"]
    assert stored(rule).skipped == frozenset()


def test_only_days_to_come_can_be_skipped_and_not_all_of_them(profile: Profile, clock_at: At):
    rule = make_rule(profile, weekdays=frozenset({1}))
    clock_at("2026-03-02T13:00")
    run()

    for text in ("2026-03-02", "2026-03-03", "2025-03-03"):
        with pytest.raises(EntryRefused):
            skip_day(profile, rule.rule_id, day(text))
    many = replace(stored(rule), skipped=frozenset(_mondays(MOST_SKIPPED)))
    RuleRepository(USER_ID).replace(many, previous=stored(rule), today=day("2026-03-02"))
    with pytest.raises(EntryRefused, match="Pause"):
        skip_day(profile, rule.rule_id, max(_mondays(MOST_SKIPPED + 1)))


def _mondays(count: int) -> list[date]:
    first = day("2026-03-09")
    return [first + timedelta(weeks=number) for number in range(count)]


def test_a_rule_whose_last_day_is_written_is_over(profile: Profile, clock_at: At):
    rule = make_rule(profile, end_on=day("2026-03-03"))
    clock_at("2026-03-09T13:00")
    run()

    over = stored(rule)
    assert written() == ["2026-03-02", "2026-03-03"]
    assert (over.next_on, over.is_over(day("2026-03-09")), due_days(rule)) == (None, True, [])


def test_a_deleted_rule_writes_nothing_more_and_its_entries_stay(profile: Profile, clock_at: At):
    rule = make_rule(profile)
    clock_at("2026-03-02T13:00")
    run()

    delete_rule(profile, rule.rule_id)
    clock_at("2026-03-05T13:00")
    run()

    assert written() == ["2026-03-02"]
    with pytest.raises(ItemNotFound):
        delete_rule(profile, rule.rule_id)


def test_a_tap_counts_although_the_run_writes_meanwhile(
    profile: Profile, clock_at: At, monkeypatch: pytest.MonkeyPatch
):
    rule = make_rule(profile)
    clock_at("2026-03-02T13:00")

    with meanwhile(monkeypatch, RuleRepository, "replace", run):
        skip_day(profile, rule.rule_id, day("2026-03-03"))
    clock_at("2026-03-04T13:00")
    run()

    assert written() == ["2026-03-02", "2026-03-04"]
    assert stored(rule).written == 2


def test_what_is_so_already_is_left_as_it_is(profile: Profile):
    rule = make_rule(profile)
    skipped = skip_day(profile, rule.rule_id, day("2026-03-03"))

    assert skip_day(profile, rule.rule_id, day("2026-03-03")) == skipped
    assert unskip_day(profile, rule.rule_id, day("2026-03-04")) == skipped
    assert resume_rule(profile, rule.rule_id) == skipped
    assert stored(rule) == skipped


def test_what_a_tap_costs(profile: Profile):
    rule = make_rule(profile)

    with count_requests() as meter:
        skip_day(profile, rule.rule_id, day("2026-03-03"))

    assert [request.operation for request in meter.requests] == ["get_item", "put_item"]


# -- Outlook ------------------------------------------------------------------------------------------------


def test_the_outlook_is_of_twelve_months_with_what_is_skipped_and_ends():
    today = day("2026-03-02")
    monthly = make_rule(PROFILE, frequency=Frequency.MONTHLY, day=2)
    ending = make_rule(PROFILE, 2, end_on=day("2026-03-05"))
    ending = skip_day(PROFILE, ending.rule_id, day("2026-03-03"))

    year, days = outlook_of(PROFILE, monthly, today), outlook_of(PROFILE, ending, today)

    assert (year.year_days, year.kg_year) == (12, 12 * Decimal("14.010144"))
    assert [(each.day.day, each.skipped) for each in days.days] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
    ]
    assert days.year_days == 3


def test_an_outlook_without_a_factor_says_why():
    rule = make_rule(PROFILE)

    outlook = outlook_of(PROFILE, replace(rule, routine=routine(variant="no.such.thing")), day("2026-03-02"))

    assert (outlook.kg_each, outlook.kg_year) == (None, None)
    assert outlook.problem
