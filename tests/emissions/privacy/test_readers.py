"""Whoever reads what an organization has goes on as before, after one of its authors was erased."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbontrack.dynamodb import WriteTransaction
from emissions.reports.preparing import WorkRequest
from emissions.reports.work import TOGETHER
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services import deletion, releasing
from emissions.services.archiving.storing import archive_month
from emissions.services.erasing.entries import erase_entries
from emissions.views.archived_months import ArchivedRow, years_of
from emissions.work.filters import WorkFilters
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.privacy.lives import CLOE, SHARED, live
from tests.emissions.reports.made_reports import period_of, rows_of
from tests.emissions.services.archiving.months import ADA, BEN, MARCH, OURS
from tests.emissions.warehouse.asking import PSEUDONYMS
from tests.emissions.warehouse.company import export, exported_entries
from tests.factories import NOW, make_profile


def report() -> dict[Any, Any]:
    overview = OrganizationRepository(OURS.owner_id).overview()
    filters = WorkFilters.of(overview.organization, today=NOW.date())
    period = period_of({"period": "2026"})
    document = WorkRequest.read(make_profile(), overview, filters, None, period).build()
    return {
        "figures": document.figures,
        "factors": rows_of(document, "Factors"),
        "shown": [rows_of(document, name) for name in ("Months", "Scopes", "Departments")],
    }


def test_a_report_has_the_same_sums_and_does_not_tell_which_factor_is_missing() -> None:
    live(archived=False)
    before = report()
    assert TOGETHER not in before["factors"]

    erase_entries(ADA)
    after = report()

    assert (after["figures"], after["shown"]) == (before["figures"], before["shown"])
    assert after["factors"]["Total"] == before["factors"]["Total"]
    assert after["factors"][TOGETHER].cells[-1] == before["factors"]["Total"].cells[-1]


def archived_row() -> ArchivedRow:
    organization = replace(OrganizationRepository(OURS.owner_id).get(), minimum_group=2)
    (year,) = years_of(ArchiveRepository(OURS).all(), NOW, organization)
    return year.rows[0]


@pytest.mark.parametrize("archive_first", [True, False])
def test_the_archive_page_does_not_tell_what_one_person_had_logged(
    archive_first: bool,
) -> None:
    live(archived=archive_first)
    before = archived_row() if archive_first else None
    erase_entries(ADA)
    archive_month(OURS, MARCH)

    row = archived_row()

    assert before is None or (row.entries, row.kg) == (before.entries, before.kg)
    (totals,) = TotalsRepository().months(OURS, MARCH, MARCH)
    record = ArchiveRepository(OURS).find(MARCH)
    assert record is not None
    assert (record.told_entries, record.told_kg) == (totals.entries, totals.co2_emissions)


def test_the_warehouse_forgets_them_with_the_next_export(tmp_path: Path) -> None:
    live()
    ada, folder = PSEUDONYMS.person(ADA), tmp_path / "warehouse"
    export(folder)
    others = {row for row in exported_entries(folder) if row[0] != ada}
    assert len(exported_entries(folder)) > len(others)

    erase_entries(ADA)
    exported = export(folder)

    assert exported.differing == []
    assert exported_entries(folder) == others
    assert {row[0] for row in others} == {PSEUDONYMS.person(BEN), PSEUDONYMS.person(CLOE)}


def test_an_organization_that_is_deleted_later_goes_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    live()
    monkeypatch.setattr(releasing, "INDEX_LAG_SECONDS", 0)
    erase_entries(ADA)
    actor = make_profile(BEN, organization_id=OURS.owner_id)
    organization = OrganizationRepository(OURS.owner_id).get()
    monkeypatch.setattr(deletion, "commit_change", commit_unasked)
    deletion.start(actor, OrganizationRepository(OURS.owner_id).overview())

    deletion.empty(organization.id, BEN)
    deletion.end(organization.id, BEN)

    assert [item for subject in SHARED for item in TotalsRepository().iter_stored(subject)] == []
    assert {entry.organization_id for entry in EntryRepository(BEN).iter_stored()} == {None}
    assert len(list(EntryRepository(BEN).iter_stored())) == 3


def commit_unasked(actor: Any, changed: Any, **change: Any) -> Any:
    """Store an organization without asking whose right it is."""
    with WriteTransaction() as transaction:
        return OrganizationRepository(changed.id).save(
            changed, seen_version=changed.version, transaction=transaction
        )
