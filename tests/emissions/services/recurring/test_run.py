"""The daily run: which days it writes, for whom, when; late, twice, and after weeks without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from accounts.domain import Preferences
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import count_requests
from emissions.domain.schedules import Frequency
from emissions.repositories.recurring import DueRules
from emissions.services.recurring.drafts import entry_id_of
from emissions.services.recurring.rules import delete_rule
from tests.emissions.services.recurring.repeating import (
    At,
    Killed,
    entries,
    kill_after,
    make_rule,
    routine,
    run,
    settle_in,
    stored,
    written,
)
from tests.factories import day

pytestmark = [pytest.mark.dynamodb]


def test_a_day_is_written_once_its_time_has_come_and_never_again(clock_at: At):
    rule = make_rule(settle_in(), of=routine(local_time=time(18, 30), people=2, note="commute"))

    clock_at("2026-03-02T18:29:59")
    early = run()
    clock_at("2026-03-02T18:30")
    due, again = run(), run()

    assert [early.written, due.written, again.written] == [0, 1, 0]
    [entry] = entries()
    assert (entry.entry_id, entry.rule_id) == (entry_id_of(rule.rule_id, date(2026, 3, 2)), rule.rule_id)
    assert (entry.occurred_at.isoformat(), entry.local_date) == (
        "2026-03-02T18:30:00+00:00",
        day("2026-03-02"),
    )
    assert (int(entry.amount), entry.people, entry.note) == (50, 2, "commute")
    assert written() == ["2026-03-02"]
    assert stored(rule).written == 1


def test_weeks_without_a_run_are_caught_up(clock_at: At):
    profile = settle_in()
    make_rule(profile)
    make_rule(profile, 2, weekdays=frozenset({5}), of=routine(variant="car-diesel-medium"))
    clock_at("2026-03-02T13:00")
    run()

    clock_at("2026-03-30T11:00")
    late = run()

    assert (late.written, late.rules) == (27 + 4, 2)
    assert len(written()) == 28 + 4
    assert DueRules().finished_on() == day("2026-03-27")


def test_a_run_that_was_killed_among_missed_days_goes_on_where_it_was(
    clock_at: At, monkeypatch: pytest.MonkeyPatch
):
    """Also if another run, to which the lagging index showed no rule, has declared those days finished."""
    rule = make_rule(settle_in())
    clock_at("2026-03-30T13:00")
    with monkeypatch.context() as patch:
        kill_after(patch, 3)
        with pytest.raises(Killed):
            run()
    with monkeypatch.context() as patch:
        patch.setattr(DueRules, "on", lambda self, day: iter(()))
        run()
    halfway, finished_on = written(), DueRules().finished_on()

    rest = run().written

    assert (halfway, finished_on) == (["2026-03-02", "2026-03-03", "2026-03-04"], day("2026-03-28"))
    assert rest == 26
    assert written() == [f"2026-03-{number:02}" for number in range(2, 31)]
    assert stored(rule).through == day("2026-03-30")


def test_without_rules_there_is_nothing_to_look_for(clock_at: At):
    with count_requests() as meter:
        run()

    assert [request.operation for request in meter.requests] == ["get_item"]


def test_what_a_due_rule_costs(clock_at: At):
    for number in range(3):
        make_rule(settle_in(user_id=f"5f0f1b1e-0000-4000-8000-00000000000{number}"), number)
    clock_at("2026-03-02T13:00")

    with count_requests() as meter:
        run()
    with count_requests() as idle:
        run()

    operations = [request.operation for request in meter.requests]
    queries = operations.count("query")
    assert operations.count("get_item") == 1 + 3  # how far the run is; who each of them is
    assert operations.count("transact_write_items") == 3
    assert queries == 4  # three days that may have something left, and the one that begins first on earth
    assert meter.write_units == 3 * 8 + 1  # and how far the run is now
    assert idle.count == 1 + queries
    assert idle.write_units == 0


# -- The person's calendar ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time_zone", "begins"),
    [
        ("Pacific/Kiritimati", "2026-03-01T10:00"),  # UTC+14: Monday while it is Sunday elsewhere
        ("Pacific/Pago_Pago", "2026-03-02T11:00"),  # UTC-11
        ("Asia/Kathmandu", "2026-03-01T18:15"),
    ],
)
def test_the_day_begins_where_the_person_is(clock_at: At, time_zone: str, begins: str):
    clock_at("2026-03-01T08:00")
    make_rule(settle_in(time_zone), of=routine(local_time=time(0, 0)))

    clock_at(f"{begins[:-5]}{int(begins[-5:-3]) - 1:02}:59")
    early = run()
    clock_at(begins)
    run()

    assert early.written == 0
    assert written() == ["2026-03-02"]
    assert entries()[0].time_zone == time_zone


@pytest.mark.parametrize(
    ("time_zone", "change"),
    [("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-03-08")],
)
@pytest.mark.parametrize("hour", [0, 2])
def test_a_day_on_which_clocks_change_is_written_once(clock_at: At, time_zone: str, change: str, hour: int):
    clock_at(f"{change}T00:00")
    start = day(change).replace(day=day(change).day - 1)
    clock_at(f"{start}T05:00")
    make_rule(settle_in(time_zone), of=routine(local_time=time(hour, 30)), start_on=start)

    for hours in range(0, 72, 3):
        clock_at(f"{start.replace(day=start.day + hours // 24)}T{hours % 24:02}:40")
        run()

    assert [entry.local_date for entry in entries()] == [start.replace(day=start.day + n) for n in range(3)]
    assert len(written()) == 3


def test_whoever_moves_takes_the_rule_along(clock_at: At):
    profile = settle_in("Europe/London")
    rule = make_rule(profile)
    ProfileRepository().save(replace(profile, preferences=Preferences(time_zone="Asia/Tokyo")))

    clock_at("2026-03-02T12:00")
    run()
    clock_at("2026-03-03T03:00")  # noon in Tokyo, night in London
    run()

    assert [entry.time_zone for entry in entries()] == ["Asia/Tokyo", "Asia/Tokyo"]
    assert stored(rule).time_zone == "Asia/Tokyo"
    assert written() == ["2026-03-02", "2026-03-03"]


def test_a_leap_day_and_the_ends_of_months(clock_at: At):
    clock_at("2028-01-30T08:00")
    make_rule(settle_in(), start_on=day("2028-01-30"), frequency=Frequency.MONTHLY, day=31)

    clock_at("2028-05-01T00:00")
    run()

    assert written() == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


# -- What the index says is only a hint ---------------------------------------------------------------------


def test_the_rule_decides_not_the_index(clock_at: At, monkeypatch: pytest.MonkeyPatch):
    profile = settle_in()
    done, gone = make_rule(profile), make_rule(profile, 2)
    clock_at("2026-03-02T13:00")
    with monkeypatch.context() as patch:
        patch.setattr(DueRules, "on", lambda self, day: iter([done] if day == date(2026, 3, 2) else []))
        run()
    delete_rule(profile, gone.rule_id)

    with monkeypatch.context() as patch:
        patch.setattr(DueRules, "on", lambda self, day: iter([done, gone] if day == date(2026, 3, 2) else []))
        report = run()

    assert (report.written, report.failed) == (0, 0)
    assert written() == ["2026-03-02"]


def test_days_are_finished_only_once_nobody_can_make_a_rule_due_there(clock_at: At):
    make_rule(settle_in("Pacific/Pago_Pago"), start_on=day("2026-03-02"))
    assert DueRules().finished_on() == day("2026-02-27")

    clock_at("2026-03-05T11:59")
    run()
    before = DueRules().finished_on()
    clock_at("2026-03-05T12:00")
    run()

    assert (before, DueRules().finished_on()) == (day("2026-03-02"), day("2026-03-03"))


def test_since_looks_at_finished_days_again(clock_at: At, monkeypatch: pytest.MonkeyPatch):
    make_rule(settle_in())
    clock_at("2026-03-20T13:00")
    with monkeypatch.context() as patch:
        patch.setattr(DueRules, "on", lambda self, day: iter(()))
        run()

    assert run().written == 0
    assert run(since=day("2026-03-01")).written == 19
