"""Months that take nothing more: closed by the organization, or in the archive.

They are looked up once; whoever closes one later is met by the transaction that would write to it.
"""

from __future__ import annotations

from dataclasses import replace

from carbontrack.dynamodb import ItemNotFound
from emissions.archive.errors import MonthArchived
from emissions.dashboard.periods import Month
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, Refusal
from emissions.domain.totals import Subject
from emissions.imports.rows import RowResult
from emissions.repositories.archives import ArchiveRepository
from organizations.repositories.organizations import OrganizationRepository


class Locks:
    """The locked months of whom an import is for, its `owner`. Empty until somebody looks."""

    def __init__(self, found: Import) -> None:
        self._organization_id = found.organization_id
        self.owner = (
            Subject.user(found.user_id)
            if found.organization_id is None
            else Subject.organization(found.organization_id)
        )
        self._sentences: dict[str, str] = {}

    def look(self) -> None:
        """Look up which months are locked now."""
        archived = (record.month for record in ArchiveRepository(self.owner).all() if record.is_locked)
        self._sentences = {month: MonthArchived(self.owner, month).sentence for month in archived}
        if self._organization_id is not None:
            for month in _closed_months(self._organization_id):
                self._sentences[month] = (
                    f"Your organization has closed {Month.parse(month).label}: nothing "
                    "can be added to it any more. An administrator can reopen the month."
                )

    def holds(self, entry: Entry) -> bool:
        """Whether the entry's month is locked, as far as anybody has looked."""
        return bool(self._sentences) and entry.month in self._sentences

    def apply(self, result: RowResult) -> RowResult:
        """The result, refused where its month is locked."""
        if result.entry is None or not self.holds(result.entry):
            return result
        sentence = self._sentences[result.entry.month]
        return replace(result, entry=None, refusal=Refusal(result.line, "date", sentence))


def _closed_months(organization_id: str) -> list[str]:
    """None of an organization that is gone: its entries are their authors' own by now."""
    try:
        overview = OrganizationRepository(organization_id).overview()
    except ItemNotFound:
        return []
    return [closed.month for closed in overview.closed_months]
