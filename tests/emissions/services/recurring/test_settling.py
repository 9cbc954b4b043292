"""Each day exactly once, with others at it; and what a rule does that cannot write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, update_item
from carbontrack.dynamodb.errors import Throttled
from carbontrack.dynamodb.tables import USERS
from emissions.domain.recurring import Rule
from emissions.domain.totals import Subject
from emissions.factors.errors import CalculationError
from emissions.repositories.recurring import RuleRepository
from emissions.services.entries import delete_entry
from emissions.services.recurring import run as run_module
from emissions.services.recurring import settling
from emissions.services.recurring.drafts import LEFT
from emissions.services.recurring.rules import change_rule, delete_rule, pause_rule, resume_rule, skip_day
from emissions.services.recurring.run import GIVE_UP_AFTER, Report, StoreFailing, run_rules
from emissions.services.totals import verify_subject
from emissions.services.writing import write_entries
from organizations.domain import Department
from organizations.repositories.organizations import OrganizationRepository
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
from tests.emissions.services.working import ACME, close_month, totals_of
from tests.factories import USER_ID, day
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import SALES, make_organization

pytestmark = [pytest.mark.dynamodb]
OTHER = "5f0f1b1e-0000-4000-8000-00000000b0b0"


@pytest.fixture
def due(clock_at: At) -> Rule:
    """A daily rule, of which three days are to be written."""
    rule = make_rule(settle_in())
    clock_at("2026-03-04T13:00")
    return rule


THREE = ["2026-03-02", "2026-03-03", "2026-03-04"]

# -- Once ---------------------------------------------------------------------------------------------------


def test_two_runs_at_once_write_each_day_once(due: Rule, clock_at: At):
    for number in range(2, 6):
        clock_at("2026-03-02T08:00")
        make_rule(ProfileRepository().get(USER_ID), number)
    clock_at("2026-03-04T13:00")
    reports = [Report(), Report(), Report()]
    threads = [threading.Thread(target=run_rules, args=(report,)) for report in reports]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(report.written for report in reports) == 5 * 3
    assert [report.failed for report in reports] == [0, 0, 0]
    assert written() == sorted(THREE * 5)
    assert stored(due).written == 3


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_reply_counts_once(due: Rule, faults: Faults, lost: int):
    faults.lose_reply("TransactWriteItems", times=lost)

    run()
    run()

    faults.heal()
    assert written() == THREE
    assert stored(due).written == 3


def test_another_run_between_reading_and_writing_is_no_matter(due: Rule, monkeypatch: pytest.MonkeyPatch):
    with meanwhile(monkeypatch, settling, "write_entries", run):
        report = run()

    assert (report.written, report.failed) == (0, 0)
    assert written() == THREE


def test_an_entry_that_is_there_already_is_passed_over(due: Rule, clock_at: At):
    """As after a copy of the table that is older than the entries was brought back."""
    run()
    RuleRepository(USER_ID).replace(replace(due, version=7), previous=stored(due), today=day("2026-03-04"))
    clock_at("2026-03-04T14:00")

    again = run()

    assert (again.written, again.failed) == (0, 0)
    assert written() == THREE
    assert stored(due).through == day("2026-03-04")


def test_an_entry_that_its_person_deleted_does_not_come_back(due: Rule):
    run()
    entry = entries()[0]
    delete_entry(ProfileRepository().get(USER_ID), entry.key, entry.version)

    run()

    assert written() == THREE[1:]


# -- The person beside it -----------------------------------------------------------------------------------


def test_a_day_that_is_skipped_meanwhile_is_not_written(due: Rule, monkeypatch: pytest.MonkeyPatch):
    profile = ProfileRepository().get(USER_ID)

    with meanwhile(
        monkeypatch, settling, "write_entries", lambda: skip_day(profile, due.rule_id, day("2026-03-02"))
    ):
        report = run()

    assert (report.failed, written()) == (0, THREE[1:])


def test_a_rule_that_is_deleted_meanwhile_writes_nothing(due: Rule, monkeypatch: pytest.MonkeyPatch):
    profile = ProfileRepository().get(USER_ID)

    with meanwhile(monkeypatch, settling, "write_entries", lambda: delete_rule(profile, due.rule_id)):
        report = run()

    assert (report.failed, written()) == (0, [])


def test_a_change_meanwhile_holds_from_its_day_on(due: Rule, monkeypatch: pytest.MonkeyPatch):
    profile = ProfileRepository().get(USER_ID)
    ten, days = routine(amount=Decimal(10)), schedule(day("2026-03-04"))

    with meanwhile(
        monkeypatch,
        settling,
        "write_entries",
        lambda: change_rule(profile, due.rule_id, ten, days, version=1),
    ):
        run()

    assert [(entry.local_date.day, int(entry.amount)) for entry in entries()] == [(2, 50), (3, 50), (4, 10)]
    assert written() == THREE


# -- Others are not kept waiting ----------------------------------------------------------------------------


def test_a_rule_that_cannot_be_settled_does_not_keep_the_others_waiting(
    due: Rule, clock_at: At, monkeypatch: pytest.MonkeyPatch
):
    clock_at("2026-03-02T08:00")
    make_rule(settle_in(user_id=OTHER))
    clock_at("2026-03-09T13:00")
    write = write_entries

    def throttled(user_id, **options):
        if user_id == USER_ID:
            raise Throttled("hot")
        write(user_id, **options)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "write_entries", throttled)
        first = run()
    second = run()

    assert (first.written, first.failed) == (8, 1)
    assert (second.written, second.failed) == (8, 0)
    assert len(written()) == len(written(OTHER)) == 8


def test_a_mistake_of_ours_in_one_rule_does_not_either(due: Rule, monkeypatch: pytest.MonkeyPatch):
    profile = ProfileRepository().get(USER_ID)
    make_rule(profile, 2, start_on=day("2026-03-04"))
    write = settling._write

    def broken(profile, rule, day):
        if rule.rule_id == due.rule_id:
            raise KeyError("broken")
        return write(profile, rule, day)

    monkeypatch.setattr(settling, "_write", broken)

    assert (run().failed, written()) == (1, ["2026-03-04"])


def test_a_store_that_fails_for_everybody_ends_the_run(
    due: Rule, faults: Faults, monkeypatch: pytest.MonkeyPatch
):
    profile = ProfileRepository().get(USER_ID)
    for number in range(2, GIVE_UP_AFTER + 4):
        make_rule(profile, number, start_on=day("2026-03-04"))
    faults.throttle("TransactWriteItems", times=ALWAYS)
    report = Report()

    with pytest.raises(StoreFailing):
        run_rules(report)
    faults.heal()

    assert report.failed == GIVE_UP_AFTER
    assert run().written == 3 + GIVE_UP_AFTER + 2


# -- A rule that cannot write pauses itself -----------------------------------------------------------------


def work_rule(number: int = 1, **days: object) -> Rule:
    profile = ProfileRepository().get(USER_ID)
    return make_rule(profile, number, of=routine(organization_id=ACME, department_id=SALES), **days)


@pytest.fixture
def member(clock_at: At) -> None:
    settle_in(organization_id=ACME, department_id=SALES)
    make_organization(ACME)


def test_work_counts_for_the_organization_and_its_people(member: None, clock_at: At):
    work_rule()
    clock_at("2026-03-04T13:00")

    run()

    assert written() == THREE
    for subject in (Subject.organization(ACME), Subject.department(ACME, SALES)):
        assert list(verify_subject(subject)) == []
        assert totals_of(subject)["2026-03"]["entries"] == 3
        assert totals_of(subject)["2026-03"]["participants"] == 1


def closed_month() -> str:
    close_month("2026-02")
    return "Your organization has closed February 2026: its work entries cannot be changed any more. An "


def left() -> str:
    update_item(USERS, {"user_id": USER_ID}, set={"membership_version": 9}, remove=["organization_id"])
    return LEFT


def archived() -> str:
    organization = OrganizationRepository(ACME).get()
    closed = Department(SALES, "Sales", archived_at=clock.now())
    with WriteTransaction() as transaction:
        OrganizationRepository(ACME).save(
            replace(organization, departments=(closed,)),
            seen_version=organization.version,
            transaction=transaction,
        )
    return "This department is closed. Please choose another one."


@pytest.mark.parametrize("happens", [closed_month, left, archived])
def test_work_that_cannot_be_written_pauses_its_rule_with_the_reason(
    member: None, clock_at: At, happens: Callable[[], str]
):
    clock_at("2026-02-27T08:00")
    rule = work_rule(start_on=day("2026-02-27"))
    clock_at("2026-03-02T13:00")
    sentence = happens()

    report = run()

    assert (report.written, report.paused, report.failed) == (0, 1, 0)
    paused = stored(rule)
    assert paused.paused_at == clock.now()
    assert paused.pause_reason.startswith(sentence)
    assert run().paused == 0
    assert written() == []


def test_a_rule_whose_factor_is_gone_pauses_itself_and_cannot_be_resumed_so(due: Rule):
    broken = replace(due, routine=routine(variant="transportation.car.steam"), version=2)
    RuleRepository(USER_ID).replace(broken, previous=due, today=day("2026-03-04"))

    run()

    reason = stored(due).pause_reason
    assert "emission factor" in reason
    with pytest.raises(CalculationError) as refused:
        resume_rule(ProfileRepository().get(USER_ID), due.rule_id)
    assert refused.value.message == reason
    assert stored(due).paused_at is not None


def test_a_paused_rule_goes_on_from_the_day_it_is_resumed(due: Rule, clock_at: At):
    profile = ProfileRepository().get(USER_ID)
    pause_rule(profile, due.rule_id)
    before = written()
    clock_at("2026-03-08T13:00")
    while_paused = run().written

    resume_rule(profile, due.rule_id)
    run()

    assert before == THREE[:2]  # what had passed; today was not to be
    assert while_paused == 0
    assert written() == [*before, "2026-03-08"]


def test_the_account_being_gone_ends_it(due: Rule, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ProfileRepository, "find", lambda *args, **kwargs: None)

    assert run().paused == 1
    assert stored(due).pause_reason == run_module.NOBODY


def test_probe_04_the_account_being_disabled_pauses_it(due: Rule):
    before = written()
    with WriteTransaction() as transaction:
        ProfileRepository().set_disabled(USER_ID, datetime(2026, 3, 1, tzinfo=UTC), transaction=transaction)

    assert run().paused == 1
    assert written() == before
    assert stored(due).pause_reason == run_module.DISABLED
