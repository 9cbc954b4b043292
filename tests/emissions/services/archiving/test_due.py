"""Which months go when, and that the daily run may be run again at any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import Conflict, WriteTransaction, count_requests
from carbontrack.jobs import ProgressRepository
from emissions.domain.archives import (
    HELD,
    KEEP_CHOICES,
    ArchiveState,
    first_kept_month,
    may_be_archived,
)
from emissions.repositories.archives import ArchiveRepository, iter_owners
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving.due import JOB_ID, archive_owner
from emissions.services.archiving.keeping import keep_for, keep_for_organization
from emissions.services.archiving.restoring import begin_restore, restore_month
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.archiving.conftest import Clock
from tests.emissions.services.archiving.months import (
    ADA,
    MARCH,
    MINE,
    OURS,
    differences,
    found_acme,
    old_entries,
    store,
    totals_now,
    work_entries,
)
from tests.factories import make_entry, make_profile
from tests.fixtures.people import Person


def make_keeper(keep_months: int | None) -> Profile:
    profile = make_profile(ADA)
    profile = replace(profile, preferences=replace(profile.preferences, keep_months=keep_months))
    ProfileRepository().add(profile)
    return profile


def at(month: str, number: int) -> object:
    year, index = map(int, month.split("-"))
    return make_entry(number, occurred_at=datetime(year, index, 15, tzinfo=UTC))


def archived_months(state: ArchiveState = ArchiveState.ARCHIVED) -> list[str]:
    return [record.month for record in ArchiveRepository(MINE).all() if record.state is state]


@pytest.mark.parametrize(
    ("today", "keep", "first"),
    [
        ("2026-11-22", 12, "2025-11"),
        ("2026-01-01", 12, "2025-01"),
        ("2026-12-31", 24, "2024-12"),
        ("2026-02-28", 120, "2016-02"),
    ],
)
def test_the_running_month_and_so_many_before_it_stay(today: str, keep: int, first: str) -> None:
    assert first_kept_month(date.fromisoformat(today), keep) == first


def test_whoever_writes_asks_before_anybody_could_archive() -> None:
    for hour in range(0, 24 * 400, 7):
        now = datetime(2025, 12, 1, tzinfo=UTC) + timedelta(hours=hour)
        for keep in KEEP_CHOICES:
            kept = first_kept_month(now.date(), keep)
            last_to_go = f"{int(kept[:4]) - (kept[5:] == '01'):04d}-{(int(kept[5:]) - 2) % 12 + 1:02d}"
            assert may_be_archived(last_to_go, now - timedelta(hours=23))


def test_older_months_go_and_younger_stay_and_again_changes_nothing() -> None:
    make_keeper(24)
    store([at("2023-01", 1), at("2024-10", 2), at("2024-11", 3), at("2026-11", 4)])  # type: ignore[list-item]

    outcome = archive_owner(MINE, reported=True)

    assert outcome.archived == archived_months() == ["2023-01", "2024-10"]
    assert [entry.month for entry in EntryRepository(ADA).iter_stored()] == ["2024-11", "2026-11"]
    progress = ProgressRepository(ADA).find(JOB_ID)
    assert progress is not None
    assert (progress.is_done, progress.done, progress.total) == (True, 2, 2)
    with count_requests() as meter:
        assert archive_owner(MINE).archived == []
    assert len(meter.requests) == 3  # the records, the person, the totals
    assert differences() == []


def test_who_keeps_for_ever_loses_nothing() -> None:
    make_keeper(None)
    store(old_entries())
    totals = totals_now()

    assert archive_owner(MINE).archived == []
    assert list(iter_owners(keepers=True)) == []
    assert (len(list(EntryRepository(ADA).iter_stored())), totals_now()) == (5, totals)


def test_a_restored_month_is_left_alone_for_a_while(time: Clock) -> None:
    make_keeper(12)
    store(old_entries())
    archive_owner(MINE)
    begin_restore(MINE, MARCH)

    assert archive_owner(MINE).restored == [MARCH]  # whoever runs next brings it back
    restore_month(MINE, MARCH)
    assert archive_owner(MINE).archived == []
    time.move(HELD)
    assert archive_owner(MINE).archived == [MARCH]
    assert differences() == []


def test_personal_months_are_not_due_for_work_and_the_other_way_round() -> None:
    make_keeper(12)
    found_acme(keep_months=36)
    store(work_entries())

    assert archive_owner(MINE).archived == []  # a month with work only
    assert archive_owner(OURS).archived == []
    organization = OrganizationRepository(OURS.key.split("#")[1]).get()
    with WriteTransaction() as transaction:
        changed = replace(organization, keep_months=24)
        OrganizationRepository(organization.id).save(changed, seen_version=1, transaction=transaction)
    assert archive_owner(OURS).archived == [MARCH]
    assert list(iter_owners(keepers=True)) == [MINE, OURS]
    assert differences() == []


def test_an_organization_that_is_being_deleted_archives_nothing() -> None:
    organization = found_acme(keep_months=12)
    store(work_entries())
    repository = OrganizationRepository(organization.id)
    with WriteTransaction() as transaction:
        marked = replace(organization, deleting_at=organization.created_at)
        repository.save(marked, seen_version=1, transaction=transaction)

    assert archive_owner(OURS).archived == []
    with pytest.raises(Conflict):
        ArchiveRepository(OURS).begin(MARCH, "generation")


def test_how_long_to_keep_is_saved_once_and_told(db: None, alice: Person, acme: Organization) -> None:
    saved = keep_for(alice.profile, 24, seen_version=1)
    keep_for_organization(alice.stored_profile(), acme, 36, seen_version=acme.version)

    assert alice.stored_profile().preferences == replace(saved.preferences, keep_months=24)
    assert OrganizationRepository(acme.id).get().keep_months == 36
    for subject, months in ((person_subject(alice.user_id), 24), (organization_subject(acme.id), 36)):
        record = list(AuditRepository(subject).all())[-1]
        assert (record.action, record.after) == ("archive.changed", {"keep_months": months})
    with pytest.raises(Conflict):
        keep_for(alice.profile, 12, seen_version=1)
    with pytest.raises(OrganizationConflict):
        keep_for_organization(alice.stored_profile(), acme, 12, seen_version=acme.version)


def test_without_a_place_for_archives_nothing_is_due(settings: object, archive_folder: Path) -> None:
    settings.ARCHIVE_URL = ""  # type: ignore[attr-defined]
    make_keeper(12)
    store(old_entries())

    assert archive_owner(MINE).archived == []
    assert not archive_folder.exists()
