"""Which figures of an organization's recalculation may be told: those that its report tells as well.

Administrators choose what a look is about: a closed month stays out of it. So nothing may be told of all
months together that would not be told of each: between two looks the difference is a month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from emissions.dashboard.periods import Month
from emissions.domain.entries import Entry
from emissions.domain.recalculation import Cell, Sums
from emissions.domain.totals import Subject
from emissions.reports.uses import FactorKey
from emissions.reports.work_ledger import WorkLedger
from emissions.repositories.entries import OrganizationEntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.work.cells import Cells
from organizations.domain import Organization


def cell_of(entry: Entry) -> Cell:
    """What an entry is told by: its month and its factor."""
    return entry.month, FactorKey.of(entry.activity_type.value, entry.category, entry.factor)


def told_cells(organization: Organization, changes: Mapping[Cell, Sums]) -> Collection[Cell]:
    """Those of the changes that the organization's report tells alone, and that are all of their cell.

    For each month that changes it costs a Query of totals and one of entries.
    """
    by_month: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in changes:
        by_month[cell[0]].append(cell)
    told: set[Cell] = set()
    for month, cells in by_month.items():
        (totals,) = TotalsRepository().months(Subject.organization(organization.id), month, month)
        shown = Cells([totals], minimum=organization.minimum_group).visible(Month.parse(month), None)
        if not shown.state.has_figure:
            continue
        ledger = WorkLedger(organization.minimum_group)
        ledger.add_month(totals, OrganizationEntryRepository(organization.id).month(month))
        whole = {((month, key), use.entries, use.kg) for key, use in ledger.told.items()}
        told |= {cell for cell in cells if (cell, changes[cell].entries, changes[cell].kg_before) in whole}
    return told
