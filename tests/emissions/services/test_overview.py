"""The platform's figures: what everybody has logged together, counted by a job as often as one likes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, put_item
from carbontrack.dynamodb.tables import ORGANIZATIONS
from carbontrack.jobs import JobState, ProgressRepository
from emissions.domain.totals import Subject, TotalsDelta, totals_deltas
from emissions.repositories.platform import PlatformRepository, Summary, is_due
from emissions.repositories.totals import TotalsRepository
from emissions.services.overview import JOB_ID, count_platform
from emissions.services.totals import verify_subject
from emissions.tasks import overview as tasks
from tests.emissions.made_totals import entry_on
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def apply(*deltas: TotalsDelta) -> None:
    with WriteTransaction() as transaction:
        TotalsRepository().apply(deltas, transaction=transaction)


def log(person: str, day: str, kg: str, category: str = "transportation/car") -> None:
    apply(*totals_deltas(added=[entry_on(day, kg, category, user_id=person)]))


def months(first: str, last: str) -> dict[str, dict[str, Decimal]]:
    return {month.month: dict(month.counters) for month in PlatformRepository().months(first, last)}


def test_everybody_is_added_up_by_month_and_day_and_each_person_counts_once(settings: Any):
    log("ann", "2026-10-03", "2.5")
    log("ann", "2026-10-03", "1", "food/beef")
    log("ben", "2026-10-03", "4")
    log("ben", "2026-11-01", "0.25")
    settings.DYNAMODB_REGION = "us-east-1"  # ann travels: the same month, written elsewhere
    log("ann", "2026-10-20", "8")
    apply(TotalsDelta(Subject.organization("o1"), "2026-10", {"entries": Decimal(9)}))  # counted by author

    summary = count_platform()

    assert (summary.entries, summary.kg, summary.loggers, summary.items) == (5, Decimal("15.75"), 2, 4)
    assert months("2026-10", "2026-11") == {
        "2026-10": {
            "entries": 4,
            "co2_emissions": Decimal("15.5"),
            "category#transportation#car": Decimal("14.5"),
            "category#food#beef": 1,
            "scope#1": Decimal("15.5"),
            "day#03": Decimal("7.5"),
            "day#20": 8,
            "n#03": 3,
            "n#20": 1,
            "people#03": 2,
            "people#20": 1,
            "participants": 2,
        },
        "2026-11": {
            "entries": 1,
            "co2_emissions": Decimal("0.25"),
            "category#transportation#car": Decimal("0.25"),
            "scope#1": Decimal("0.25"),
            "day#01": Decimal("0.25"),
            "n#01": 1,
            "people#01": 1,
            "participants": 1,
        },
    }


def test_counting_again_stores_what_is_there_now_and_nothing_besides():
    log("ann", "2026-09-03", "2")
    log("ann", "2026-10-03", "2")
    assert count_platform() == count_platform()
    apply(*totals_deltas(removed=[entry_on("2026-09-03", "2", user_id="ann")]))

    count_platform()

    assert months("2026-09", "2026-10")["2026-09"] == {}
    assert [each.period for each in TotalsRepository().iter_stored(Subject("platform"))] == ["2026-10#all.0"]


def test_what_is_counted_of_the_platform_is_nobodys_totals():
    log("ann", "2026-10-03", "2")
    count_platform()

    assert list(TotalsRepository().iter_subjects()) == [Subject.user("ann")]
    assert [each.month for each in verify_subject(Subject.user("ann"))] == ["2026-10"]  # no such entries


def test_people_sign_ups_and_organizations_are_counted():
    for number, days in enumerate((0, 0, 3, 400)):
        user = User.objects.create_user(f"p{number}@example.com")
        joined = NOW - timedelta(days=days)
        User.objects.filter(pk=user.pk).update(date_joined=joined, is_active=number != 1)
    for number, suspended in enumerate((None, "2026-11-01T00:00:00Z")):
        put_item(
            ORGANIZATIONS,
            {
                "organization_id": f"o{number}",
                "record": "organization",
                "directory": "organizations",
                "directory_name": f"o#{number}",
                "suspended_at": suspended,
            },
        )

    summary = count_platform()

    assert (summary.people, summary.disabled, summary.organizations, summary.suspended) == (4, 1, 2, 1)
    assert summary.sign_ups == {date(2026, 11, 19): 1, date(2026, 11, 22): 2}
    assert PlatformRepository().find_summary() == summary


@pytest.mark.parametrize(
    ("minutes", "seconds", "due"),
    [
        (54, 0, False),
        (55, 0, True),
        (59, 36, False),
        (60, 36, True),
        (22 * 60, 9999, False),
        (23 * 60, 9999, True),
    ],
)
def test_the_longer_a_count_takes_the_less_often_it_is_due(minutes: int, seconds: int, due: bool):
    summary = Summary(NOW, seconds=seconds)

    assert is_due(summary, NOW + timedelta(minutes=minutes)) is due
    assert is_due(None, NOW)


def test_schedule_counts_only_when_it_is_due(monkeypatch: pytest.MonkeyPatch):
    call_command("overview", "--if-due", verbosity=0)
    log("ann", "2026-10-03", "2")
    call_command("overview", "--if-due", verbosity=0)
    assert months("2026-10", "2026-10") == {"2026-10": {}}

    later = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: later)
    call_command("overview", "--if-due", verbosity=0)
    assert months("2026-10", "2026-10")["2026-10"]["entries"] == 1


def test_a_count_that_is_under_way_is_not_started_twice(settings: Any):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert tasks.queue_count()
    assert not tasks.queue_count()

    tasks.count.call()
    progress = ProgressRepository("platform").find(JOB_ID)
    assert progress is not None
    assert progress.state is JobState.DONE
    assert tasks.queue_count()
