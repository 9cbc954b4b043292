"""The demo: plausible, the same every time, and never doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack import clock
from emissions import demo
from emissions.demo import organization as meadowbank
from emissions.demo import person
from emissions.demo.organization import DEPARTMENTS, ORGANIZATION_ID
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.platform import PlatformRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.totals import verify_subject
from organizations.repositories.members import MemberRepository
from organizations.repositories.organizations import OrganizationRepository
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dynamodb")]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def run() -> list[str]:
    output = StringIO()
    call_command("demo", stdout=output, stderr=StringIO())
    return output.getvalue().splitlines()


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month of four colleagues: for tests of something else."""
    few = meadowbank.colleagues()[:4]
    monkeypatch.setattr(demo, "MONTHS", 0)
    monkeypatch.setattr(meadowbank, "colleagues", lambda: few)


def user_id_of(email: str) -> str:
    return str(User.objects.get(email=email).pk)


def test_the_demo_has_eighteen_months_of_activities_that_are_counted(monkeypatch: pytest.MonkeyPatch):
    """One run for both: the person, and the organization of forty, of whose months two are enough here."""
    monkeypatch.setattr(meadowbank, "days", lambda now: [*demo.days(now)][-83:])
    assert next(demo.days(NOW)) == date(2025, 5, 1)

    lines = run()

    user = Subject.user(user_id_of("demo@example.com"))
    months = TotalsRepository().months(user, "2025-05", "2026-11")
    logged = sum(month.entries for month in months)
    assert 600 <= logged <= 900
    assert all(month.entries for month in months)
    assert {kind for month in months for kind in month.by_activity_type()} == {
        "transportation",
        "energy",
        "food",
        "waste",
    }
    assert list(verify_subject(user)) == []

    organization = OrganizationRepository(ORGANIZATION_ID).get()
    members = list(MemberRepository(ORGANIZATION_ID).all())
    totals = TotalsRepository().months(Subject.organization(ORGANIZATION_ID), "2026-09", "2026-11")
    worked = sum(month.entries for month in totals)
    assert (organization.members, organization.administrators, len(members)) == (40, 1, 40)
    assert {each.name: each.members for each in organization.departments} == {
        name: people for _, name, _, people in DEPARTMENTS
    }
    assert 600 <= worked <= 1400
    assert all(month.participants == 40 for month in totals)
    assert {code[:1] for month in totals for *_, code in month.by_scoped_category()} == {"1", "2", "3"}
    assert any(0 < people < 5 for people in totals[0].department_participants().values())
    assert lines[:-2] == [
        f"{logged:,} activities logged, 0 were there before.",
        "Sign in as demo@example.com with the password carbontrack-demo",
        "",
        f"Meadowbank Ltd (demo): {worked:,} work entries logged, 0 were there before.",
        "With the same password: ada@example.com (administrator), ben@example.com (administrator of Sales), "
        "chloe@example.com (member)",
    ]


def test_the_demo_twice_is_the_demo_once(monkeypatch: pytest.MonkeyPatch):
    make_small(monkeypatch)
    first = run()
    entries = list(EntryRepository(user_id_of("demo@example.com")).iter_stored())
    organization = OrganizationRepository(ORGANIZATION_ID).overview()

    second = run()

    assert list(EntryRepository(user_id_of("demo@example.com")).iter_stored()) == entries
    assert OrganizationRepository(ORGANIZATION_ID).overview() == organization
    assert User.objects.count() == 6
    assert [line.replace("0 activities", "activities") for line in second[:2]] == [
        f"activities logged, {len(entries):,} were there before.",
        first[1],
    ]
    assert second[3].startswith("Meadowbank Ltd (demo): 0 work entries logged")


def test_who_runs_the_platform_gets_in_with_codes_that_are_printed_once(monkeypatch: pytest.MonkeyPatch):
    make_small(monkeypatch)
    first, second = run(), run()

    assert ProfileRepository().get(user_id_of("staff@example.com")).is_platform_admin
    codes = first[-1].rpartition(": ")[2].split(", ")
    stored = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    assert stored.wrap().get_unused_codes() == codes
    assert codes[0] not in " ".join(second)
    summary = PlatformRepository().find_summary()
    assert summary is not None
    assert summary.people == 6


@pytest.mark.parametrize("plan", [person.plan, partial(meadowbank.plan, meadowbank.colleagues()[12])])
def test_the_demo_tomorrow_adds_a_day_and_changes_none(plan: Callable[[datetime], list[demo.Planned]]):
    today = plan(datetime(2026, 11, 26, 23, 0, tzinfo=UTC))
    tomorrow = plan(datetime(2026, 11, 27, 23, 0, tzinfo=UTC))

    assert tomorrow[: len(today)] == today
    assert {one.draft.local_date.day for one in tomorrow[len(today) :]} <= {27}
    assert len({one.entry_id for one in tomorrow}) == len(tomorrow)


def test_the_printed_password_signs_in(monkeypatch: pytest.MonkeyPatch):
    make_small(monkeypatch)
    run()

    for email in ("demo@example.com", "ada@example.com", "ben@example.com", "chloe@example.com"):
        user = authenticate(email=email, password="carbontrack-demo")

        assert user is not None
        assert ProfileRepository().get(str(user.pk)).preferences.region == "gb"
    assert authenticate(email="dev@example.com", password="carbontrack-demo") is None


def test_in_production_the_password_is_not_a_known_one(settings, monkeypatch: pytest.MonkeyPatch):
    make_small(monkeypatch)
    settings.PRODUCTION = True

    password = run()[1].rpartition(" ")[2]

    user = User.objects.get(email="demo@example.com")
    assert len(password) >= 16
    assert user.check_password(password)
    assert not user.check_password("carbontrack-demo")
    assert not User.objects.filter(email="staff@example.com").exists()  # nor is there who could do everything
