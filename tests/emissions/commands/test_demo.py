"""The demo person: plausible, the same every time, and never doubled."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack import clock
from emissions import demo
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.totals import verify_subject
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dynamodb")]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def run() -> list[str]:
    output = StringIO()
    call_command("demo", stdout=output, stderr=StringIO())
    return output.getvalue().splitlines()


def test_the_demo_person_has_eighteen_months_of_activities_that_are_counted():
    lines = run()

    user_id = str(User.objects.get().pk)
    months = TotalsRepository().months(Subject.user(user_id), "2025-05", "2026-11")
    logged = sum(month.entries for month in months)
    assert 600 <= logged <= 900
    assert all(month.entries for month in months)
    assert {kind for month in months for kind in month.by_activity_type()} == {
        "transportation",
        "energy",
        "food",
        "waste",
    }
    assert list(verify_subject(Subject.user(user_id))) == []
    assert lines == [
        f"{logged:,} activities logged, 0 were there before.",
        "Sign in as demo@example.com with the password carbontrack-demo",
    ]


def test_the_demo_twice_is_the_demo_once():
    first = run()
    (user,) = User.objects.all()
    entries = list(EntryRepository(str(user.pk)).iter_stored())

    second = run()

    assert list(EntryRepository(str(user.pk)).iter_stored()) == entries
    assert second == [f"0 activities logged, {len(entries):,} were there before.", first[1]]


def test_the_demo_tomorrow_adds_a_day_and_changes_none():
    today = demo.plan(datetime(2026, 11, 23, 23, 0, tzinfo=UTC))
    tomorrow = demo.plan(datetime(2026, 11, 24, 23, 0, tzinfo=UTC))

    assert tomorrow[: len(today)] == today
    assert {one.draft.local_date.day for one in tomorrow[len(today) :]} == {24}
    assert len({one.entry_id for one in tomorrow}) == len(tomorrow)


def test_the_printed_password_signs_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "MONTHS", 0)
    run()

    user = authenticate(email="demo@example.com", password="carbontrack-demo")

    assert user == User.objects.get()
    assert ProfileRepository().get(str(user.pk)).preferences.region == "gb"


def test_in_production_the_password_is_not_a_known_one(settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "MONTHS", 0)
    settings.PRODUCTION = True

    password = run()[1].rpartition(" ")[2]

    assert len(password) >= 16
    assert User.objects.get().check_password(password)
    assert not User.objects.get().check_password("carbontrack-demo")
