"""Archived months as pages show them: on the page of an archive, and in the list of entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from carbontrack.jobs import SILENCE
from emissions.dashboard.periods import Month
from emissions.domain.archives import (
    HELD,
    SHORTEST_KEEP,
    ArchivedMonth,
    ArchiveState,
    first_kept_month,
)
from emissions.domain.totals import Subject, work_counts
from emissions.filters import Period
from emissions.repositories.archives import ArchiveRepository, MonthInArchives
from organizations.domain import Organization

#: How many the list of entries names; the page of the archive has them all.
MOST_IN_LIST = 12


@dataclass(frozen=True, slots=True)
class ArchivedRow:
    """A month of an archive. `entries` is None where too few people logged to say, or it is not known yet.

    `until` is when a restored one may be archived again.
    """

    month: Month
    state: ArchiveState
    is_moving: bool
    has_stopped: bool
    percent: int
    entries: int | None
    kg: Decimal | None
    archived_at: datetime | None
    until: datetime | None

    @property
    def can_be_restored(self) -> bool:
        return self.state in {ArchiveState.ARCHIVED, ArchiveState.MARKING, ArchiveState.WRITING}


@dataclass(frozen=True, slots=True)
class ArchivedYear:
    """The months of a year that are on the page, newest first."""

    year: int
    rows: list[ArchivedRow]

    @property
    def can_be_restored(self) -> bool:
        return sum(row.can_be_restored for row in self.rows) > 1


def years_of(
    records: Iterable[ArchivedMonth], now: datetime, organization: Organization | None
) -> list[ArchivedYear]:
    """By year. Of an organization, figures of few people are withheld, as everywhere."""
    smallest = 0 if organization is None else organization.minimum_group
    shown = [record for record in records if record.is_locked or record.is_held(now)]
    return [
        ArchivedYear(int(year), [_row(record, now, smallest) for record in of_year])
        for year, of_year in groupby(shown, key=lambda record: record.month[:4])
    ]


def _row(record: ArchivedMonth, now: datetime, smallest: int) -> ArchivedRow:
    is_known = bool(record.digest) and record.participants >= smallest
    return ArchivedRow(
        month=Month.parse(record.month),
        state=record.state,
        is_moving=record.is_moving,
        has_stopped=record.is_moving and now - record.changed_at > SILENCE,
        percent=record.percent,
        entries=record.told_entries if is_known else None,
        kg=record.told_kg if is_known else None,
        archived_at=record.archived_at,
        until=None if record.is_locked else record.changed_at + HELD,
    )


# -- In the list of entries ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MissingMonth:
    """A month of which the list shows less than there is: personal entries, work entries, or both.

    `is_coming` where it is on its way back.
    """

    month: Month
    entries: int
    kg: Decimal
    work_entries: int
    can_be_restored: bool
    is_coming: bool


def missing_months(
    user_id: str, period: Period | None, *, is_last_page: bool, today: date
) -> list[MissingMonth]:
    """Archived months where the list of a person ends, or among the days it shows; newest first.

    One request, and none where nothing can be archived: on all pages but the last, and for lately.
    """
    last = first_kept_month(today, SHORTEST_KEEP)
    if period is None:
        if not is_last_page:
            return []
        months = ("0000-00", last)
    else:
        first_on, last_on = period.first_on or date.min, period.last_on or date.max
        months = (f"{first_on:%Y-%m}", min(f"{last_on:%Y-%m}", last))
        if months[0] >= last:
            return []
    found = ArchiveRepository(Subject.user(user_id)).months_of_person(
        first=months[0], last=months[1], limit=MOST_IN_LIST
    )
    return [_missing(each) for each in found]


def _missing(found: MonthInArchives) -> MissingMonth:
    record = found.record if found.record is not None and found.record.is_locked else None
    return MissingMonth(
        month=Month.parse(found.month),
        entries=0 if record is None else record.entries,
        kg=Decimal(0) if record is None else record.co2_emissions,
        work_entries=sum(work_counts(found.counters).values()),
        can_be_restored=record is not None and record.state is not ArchiveState.RESTORING,
        is_coming=record is not None and record.state is ArchiveState.RESTORING,
    )
