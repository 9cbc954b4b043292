"""Closing months: when, by whom, and that the lock is real for whoever writes next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carbontrack import clock
from emissions.dashboard.periods import Month
from emissions.services.entries import record_entry
from emissions.services.months import close_month, reopen_month
from organizations.domain import ClosedMonth, Organization, OrganizationOverview
from organizations.errors import MonthClosed, OrganizationConflict, OrganizationRefused, RightsLost
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.working import work_draft
from tests.factories import NOW, entry_id_of
from tests.fixtures.organizations import join
from tests.fixtures.people import Person
from tests.organizations.members import promote, records

MARCH, OCTOBER, NOVEMBER = Month(2024, 3), Month(2026, 10), Month(2026, 11)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def overview(organization: Organization) -> OrganizationOverview:
    return OrganizationRepository(organization.id).overview()


def close(person: Person, organization: Organization, month: Month = MARCH) -> ClosedMonth:
    return close_month(person.stored_profile(), OrganizationRepository(organization.id).get(), month)


def test_closed_month_locks_its_work_entries_until_it_is_opened_again(
    acme: Organization, alice: Person, bob: Person
) -> None:
    close(alice, acme)

    with pytest.raises(MonthClosed):
        record_entry(bob.stored_profile(), work_draft("2024-03-31T10:00"), entry_id=entry_id_of(1))

    reopen_month(alice.stored_profile(), overview(acme), MARCH, reason="A late bill")
    record_entry(bob.stored_profile(), work_draft("2024-03-31T10:00"), entry_id=entry_id_of(1))


def test_closed_month_says_when_and_by_whom(acme: Organization, alice: Person) -> None:
    close(alice, acme)

    assert overview(acme).closed_months == (ClosedMonth("2024-03", NOW, alice.user_id),)


@pytest.mark.parametrize(
    ("now", "may"),
    [(datetime(2026, 11, 1, 11, 59, tzinfo=UTC), False), (datetime(2026, 11, 1, 12, tzinfo=UTC), True)],
)
def test_month_can_be_closed_once_it_is_over_everywhere_on_earth(
    acme: Organization, alice: Person, now: datetime, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    try:
        close(alice, acme, OCTOBER)
    except OrganizationRefused:
        assert not may
    assert overview(acme).is_closed("2026-10") is may


def test_month_that_runs_is_not_closed(acme: Organization, alice: Person) -> None:
    with pytest.raises(OrganizationRefused, match="November 2026 is not over"):
        close(alice, acme, NOVEMBER)

    assert overview(acme).closed_months == ()


def test_second_of_two_administrators_is_told_that_somebody_was_faster(
    acme: Organization, alice: Person, bob: Person
) -> None:
    promote(acme, bob)
    seen = overview(acme)
    close(alice, acme)

    with pytest.raises(OrganizationConflict, match="Somebody else closed this month"):
        close_month(bob.stored_profile(), seen.organization, MARCH)

    closed = overview(acme)
    assert closed.closed_months[0].closed_by == alice.user_id
    reopen_month(bob.stored_profile(), closed, MARCH, reason="One")
    with pytest.raises(OrganizationConflict, match="open already"):
        reopen_month(alice.stored_profile(), closed, MARCH, reason="Two")


def test_closing_and_opening_are_in_the_trail_with_the_reason(acme: Organization, alice: Person) -> None:
    close(alice, acme)
    reopen_month(alice.stored_profile(), overview(acme), MARCH, reason="A late bill")

    closed_at = "2026-11-22T10:00:00Z"
    assert records(acme) == [
        ("month.closed", "Alice", "March 2024", {"state": "open"}, {"state": "closed"}),
        (
            "month.reopened",
            "Alice",
            "March 2024",
            {"state": "closed", "closed_at": closed_at},
            {"state": "open", "reason": "A late bill"},
        ),
    ]


def test_probe_04_month_is_not_closed_by_somebody_demoted_meanwhile(
    acme: Organization, alice: Person
) -> None:
    """probe_04: the right is looked at inside the transaction as well."""
    profile = alice.stored_profile()
    join(alice.user_id, acme.id)

    with pytest.raises(RightsLost):
        close_month(profile, OrganizationRepository(acme.id).get(), MARCH)

    assert overview(acme).closed_months == ()
