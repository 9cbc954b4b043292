"""An organization that is deleted gives back what it has archived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carbontrack.dynamodb import iter_scan
from carbontrack.dynamodb.tables import IMPORTS
from emissions.domain.archives import ArchiveState
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.services import deletion, releasing
from emissions.services.archiving.storing import archive_month
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.archiving.months import MARCH, differences, in_table
from tests.factories import make_entry
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person

pytestmark = pytest.mark.django_db


def test_archived_work_entries_become_their_authors_own(
    alice: Person, bob: Person, acme: Organization, archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "INDEX_LAG_SECONDS", 0)
    entries: list[Entry] = []
    for first, person in ((1, alice), (10, bob)):
        work: dict[str, Any] = {"user_id": person.user_id, "organization_id": acme.id, "department_id": SALES}
        made = [make_entry(first, **work), make_entry(first + 1, user_id=person.user_id)]
        record_entries(person.user_id, made, organization=acme)
        entries += made
    for owner in (Subject.organization(acme.id), Subject.user(bob.user_id)):
        assert archive_month(owner, MARCH)
    deletion.start(alice.stored_profile(), OrganizationRepository(acme.id).overview())

    assert deletion.empty(acme.id, alice.user_id)
    deletion.end(acme.id, alice.user_id)

    left = [entry for entry in in_table() if not entry.has_expired(entry.created_at)]
    assert {entry.entry_id for entry in left} == {entry.entry_id for entry in entries}
    assert [entry.organization_id for entry in left] == [None] * 4
    assert [entry.expires_at for entry in left] == [None] * 4
    assert differences() == []
    # What bob had archived of his own came back with it, and may go again.
    (record,) = ArchiveRepository(Subject.user(bob.user_id)).all()
    assert record.state is ArchiveState.RESTORED
    assert [item["user_id"]["S"] for item in iter_scan(IMPORTS)] == [bob.user_id]
    assert [path for path in archive_folder.rglob("*") if path.is_file()] == []
