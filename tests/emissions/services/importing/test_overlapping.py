"""Imports and what else happens to their entries: by another file, by hand, by an archive, by an ending."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import backoff, delete_item
from carbontrack.dynamodb.tables import ORGANIZATIONS
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, ImportState, Undone
from emissions.domain.totals import Subject
from emissions.errors import EntryRefused
from emissions.repositories.entries import EntryRepository
from emissions.services import totals
from emissions.services.archiving import storing
from emissions.services.archiving.restoring import begin_restore, restore_month
from emissions.services.archiving.storing import archive_month
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import delete_entry, edit_entry
from emissions.services.importing.creating import Target
from emissions.services.importing.undoing import run_undo, start_undo
from emissions.services.totals import verify_subject
from emissions.services.writing import write_entries
from tests.emissions.services.archiving.months import in_table, remove_by_ttl
from tests.emissions.services.importing.uploads import imported, some_rows
from tests.emissions.services.working import ACME
from tests.factories import NOW, USER_ID, make_profile
from tests.fixtures.organizations import SALES, make_organization

pytestmark = pytest.mark.dynamodb

MARCH = "2024-03"
PROFILE = make_profile(
    email="alice@example.com", organization_id=ACME, role=Role.ORG_ADMIN, membership_version=1
)
ME, OURS = Subject.user(USER_ID), Subject.organization(ACME)


@pytest.fixture(autouse=True)
def _company(dynamodb: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_URL = str(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(backoff, "BASE_SECONDS", 0)
    for module in (storing, totals):
        monkeypatch.setattr(module, "INDEX_LAG_SECONDS", 0)
    ProfileRepository().add(PROFILE)
    make_organization(ACME)


def stored() -> list[Entry]:
    """The entries at hand; the totals are their sum and that of archived ones."""
    for subject in (ME, OURS, Subject.department(ACME, SALES)):
        assert list(verify_subject(subject)) == []
    return list(EntryRepository(USER_ID).iter_stored())


def undone(found: Import) -> Undone:
    start_undo(PROFILE, found.id)
    ended = run_undo(USER_ID, found.id)
    assert ended.state is ImportState.UNDONE
    return ended.undone


def restored(owner: Subject) -> None:
    begin_restore(owner, MARCH)
    restore_month(owner, MARCH)


@pytest.mark.parametrize("is_removed", [False, True], ids=["expired", "removed"])
@pytest.mark.parametrize("target", [None, Target(ACME, SALES)], ids=["personal", "work"])
def test_a_row_whose_entry_is_in_another_archive_is_not_brought_in_again(
    target: Target | None, is_removed: bool
) -> None:
    imported(PROFILE, some_rows(3), target=target)
    entry = stored()[0]
    work, owner = (Work(ACME, SALES), OURS) if target is None else (None, ME)
    draft = replace(EntryDraft.of(entry), work=work)
    edited = edit_entry(PROFILE, entry.key, draft, version=entry.version).entry
    assert archive_month(owner, MARCH)
    if is_removed:
        remove_by_ttl(edited)

    found = imported(PROFILE, some_rows(4), target=target)

    assert (found.created, found.existing) == (1, 3)
    assert len(stored()) == 3
    restored(owner)
    assert len(stored()) == 4


def test_an_undo_leaves_what_another_file_has_brought_in_since() -> None:
    first = imported(PROFILE, some_rows(2))
    entry = stored()[0]
    delete_entry(PROFILE, entry.key, entry.version)
    again = imported(PROFILE, some_rows(3))
    assert (again.created, again.existing) == (2, 1)

    ended = undone(first)

    assert (ended.removed, ended.kept, ended.gone) == (1, 0, 1)
    assert {each.import_id for each in stored()} == {again.id}
    assert len(stored()) == 2


@pytest.mark.parametrize("is_removed", [False, True], ids=["expired", "removed"])
def test_an_undo_says_that_archived_entries_stay(is_removed: bool) -> None:
    found = imported(PROFILE, [*some_rows(2), *some_rows(1, month="2024-05")])
    archive_month(ME, MARCH)
    for entry in in_table():
        if is_removed and entry.has_expired(NOW):
            remove_by_ttl(entry)

    ended = undone(found)

    assert (ended.removed, ended.kept, ended.gone) == (1, 2, 0)
    restored(ME)
    assert len(stored()) == 2


def test_an_import_for_an_organization_that_is_gone_can_be_undone() -> None:
    found = imported(PROFILE, some_rows(2), target=Target(ACME, SALES))
    for entry in stored():
        personal = replace(entry, organization_id=None, department_id=None, version=2)
        write_entries(USER_ID, added=[personal], removed=[entry])
    delete_item(ORGANIZATIONS, {"organization_id": ACME, "record": "organization"})

    assert undone(found).kept == 2


def test_who_read_an_entry_before_its_file_was_taken_back_does_not_change_the_one_that_came_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = imported(PROFILE, some_rows(1))
    (before,) = stored()
    undone(found)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=1))
    elsewhere = replace(PROFILE.preferences, region="us")
    ProfileRepository().save(PROFILE.edited(name="", preferences=elsewhere, version=PROFILE.version))
    imported(ProfileRepository().get(USER_ID), some_rows(1))
    (since,) = stored()
    assert (since.slug, since.version) == (before.slug, before.version)
    assert since.co2_emissions != before.co2_emissions

    with pytest.raises(Exception, match="no longer at version"):
        write_entries(USER_ID, removed=[before])

    assert stored() == [since]


def test_an_entry_that_moved_and_the_one_that_came_in_its_place_are_two() -> None:
    """Their ids are the same, as both are made of the same row: it is the moment that tells them apart."""
    imported(PROFILE, some_rows(1))
    (first,) = stored()
    draft = replace(EntryDraft.of(first), local_date=first.local_date + timedelta(days=3))
    moved = edit_entry(PROFILE, first.key, draft, version=1).entry
    imported(PROFILE, some_rows(2))
    again, _, _ = entries = stored()
    assert (again.entry_id, again.key < moved.key) == (moved.entry_id, True)

    for_work = [replace(each, organization_id=ACME, version=each.version + 1) for each in entries]
    write_entries(USER_ID, added=for_work, removed=entries)

    assert stored() == for_work
    with pytest.raises(EntryRefused, match="at that time by now"):  # back to where the other one is now
        edit_entry(PROFILE, moved.key, replace(EntryDraft.of(first), work=Work(ACME)), version=2 + 1)
    write_entries(USER_ID, removed=for_work)
    assert stored() == []
