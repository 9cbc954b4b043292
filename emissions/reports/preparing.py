"""What a report needs, read: at once where there are few entries, by a job where there are many.

A request for a report is read in two steps, because only its totals tell how many entries stand behind it:

    request = PersonalRequest.read(profile, period)
    if request.entry_count <= AT_ONCE: document = request.build()
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from emissions.domain.totals import NO_DEPARTMENT, MonthTotals, Subject
from emissions.reports.changes import RECALCULATION, REOPENED
from emissions.reports.document import Document
from emissions.reports.ledger import Ledger
from emissions.reports.periods import ReportPeriod
from emissions.reports.personal import personal_document
from emissions.reports.personal_figures import PersonalFigures
from emissions.reports.work import work_document
from emissions.reports.work_figures import readable, work_figures
from emissions.reports.work_ledger import WorkLedger
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.work.cells import Cells, MonthState
from emissions.work.filters import NONE, WorkFilters
from emissions.work.parts import Part, part_of
from organizations.domain import OrganizationOverview

#: Entries that a page reads while somebody waits: a thousand take up to 0.2 seconds.
AT_ONCE = 2_000
#: After so many entries a job says how far it is.
STEP = 500

Advance = Callable[[int], None]
Each = TypeVar("Each")


def _quietly(_count: int) -> None:
    """Nobody waits for word."""


@dataclass(frozen=True, slots=True)
class PersonalRequest:
    """A report somebody asks for about themselves. `totals` are of its months and of the year before."""

    profile: Profile
    period: ReportPeriod
    totals: Sequence[MonthTotals]

    @classmethod
    def read(cls, profile: Profile, period: ReportPeriod) -> PersonalRequest:
        """One Query of totals."""
        return cls(profile, period, _read_totals(Subject.user(profile.user_id), period))

    @property
    def owner(self) -> str:
        """Whose files hold it once it is prepared."""
        return self.profile.user_id

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return self.period.slug

    @property
    def params(self) -> dict[str, str]:
        """The request in an address."""
        return self.period.params

    @property
    def subject(self) -> str:
        return self.profile.display_name

    @property
    def is_empty(self) -> bool:
        """Whether nothing was logged in all of the period."""
        return self.entry_count == 0

    @property
    def file_id(self) -> str:
        return f"report-{_digest('personal', self.slug, str(self.period.begins_in))}"

    @property
    def entry_count(self) -> int:
        return sum(each.entries for each in _of(self.period.months, self.totals))

    def build(self, advance: Advance = _quietly) -> Document:
        """Read the entries, oldest first, and say what they tell; `advance` hears how many are read."""
        ledger, months = Ledger(), self.period.months
        entries = EntryRepository(self.profile.user_id).between(months[0].first_day, months[-1].last_day)
        for entry in _told(entries, advance):
            ledger.add(entry)
        trail = AuditRepository(person_subject(self.profile.user_id)).page(actions=RECALCULATION).items
        figures = PersonalFigures(
            self.profile,
            self.period,
            _of(months, self.totals),
            _of(self.period.earlier, self.totals),
            ledger,
            [record for record in trail if record.at.date() >= months[0].first_day],
        )
        return personal_document(figures, prepared_at=clock.now().replace(microsecond=0))


@dataclass(frozen=True, slots=True)
class WorkRequest:
    """A report an administrator asks for. `managed` are the only departments they may see; None is all."""

    reader: Profile
    overview: OrganizationOverview
    filters: WorkFilters
    managed: frozenset[str] | None
    period: ReportPeriod
    totals: Sequence[MonthTotals]

    @classmethod
    def read(
        cls,
        reader: Profile,
        overview: OrganizationOverview,
        filters: WorkFilters,
        managed: frozenset[str] | None,
        period: ReportPeriod,
    ) -> WorkRequest:
        """One Query of the organization's totals. `filters` are as parsed for the same reader."""
        totals = _read_totals(Subject.organization(overview.organization.id), period)
        return cls(reader, overview, filters, managed, period, totals)

    @property
    def owner(self) -> str:
        return self.overview.organization.id

    @property
    def part(self) -> Part:
        return part_of(self.overview.organization, self.filters, self.managed)

    @property
    def department(self) -> str:
        """As addresses say it: an id, `none`, or empty for all."""
        department = self.filters.department
        return NONE if department == NO_DEPARTMENT else department or ""

    @property
    def slug(self) -> str:
        return "_".join(filter(None, (self.period.slug, self.department)))

    @property
    def params(self) -> dict[str, str]:
        return self.period.params | ({"department": self.department} if self.department else {})

    @property
    def subject(self) -> str:
        organization = self.overview.organization.name
        return organization if self.part.is_organization else f"{organization} {self.part.label}"

    @property
    def is_empty(self) -> bool:
        """Whether nobody logged anything for what is looked at, as far as its reader may know."""
        cells = Cells(self.totals, minimum=self.overview.organization.minimum_group)
        states = {cells.visible(month, self.part.departments).state for month in self.period.months}
        return states == {MonthState.EMPTY}

    @property
    def file_id(self) -> str:
        """Made of what its reader may see: nobody is led to a report of somebody with other rights.

        And of the minimum group: with another one, other figures are withheld.
        """
        rights = "all" if self.managed is None else ",".join(sorted(self.managed))
        minimum = str(self.overview.organization.minimum_group)
        return f"report-{_digest('work', self.slug, str(self.period.begins_in), rights, minimum)}"

    @property
    def entry_count(self) -> int:
        """Those to be read. Not for the page to tell: it may be of fewer people than the minimum group."""
        return sum(each.entries for each, _departments in self._readable())

    def build(self, advance: Advance = _quietly) -> Document:
        """Read the entries of the months that may be told of, month by month."""
        minimum = self.overview.organization.minimum_group
        ledger = WorkLedger(minimum)
        repository = OrganizationEntryRepository(self.overview.organization.id)
        for totals, departments in self._readable():
            entries = _told(repository.month(totals.month), advance)
            if self.part.is_organization:
                ledger.add_month(totals, entries)
            else:
                ledger.add_names(entries, departments)
        figures = work_figures(
            self.overview,
            self.period,
            self.totals,
            self._department_totals(),
            self.filters,
            managed=self.managed,
        )
        prepared_at = clock.now().replace(microsecond=0)
        return work_document(figures, ledger, self._trail(), reader=self.reader, prepared_at=prepared_at)

    def _readable(self) -> list[tuple[MonthTotals, frozenset[str]]]:
        minimum = self.overview.organization.minimum_group
        return readable(self.totals, self.period, self.part, minimum)

    def _department_totals(self) -> Mapping[str, Sequence[MonthTotals]]:
        """Categories are kept by department: one Query for each that is looked at."""
        first, last = str(self.period.first), str(self.period.months[-1])
        organization_id = self.overview.organization.id
        return {
            each: TotalsRepository().months(Subject.department(organization_id, each), first, last)
            for each in self.part.department_totals
        }

    def _trail(self) -> list[AuditRecord] | None:
        """Records of changes to figures of the period, as far as one page of each kind reaches back."""
        if self.managed is not None:
            return None
        repository = AuditRepository(organization_subject(self.overview.organization.id))
        months = {str(month) for month in self.period.months}
        reopened = [each for each in repository.page(actions=REOPENED).items if each.about_id in months]
        recalculated = repository.page(actions=RECALCULATION).items
        first_day = self.period.first.first_day
        return [*reopened, *(each for each in recalculated if each.at.date() >= first_day)]


ReportRequest = PersonalRequest | WorkRequest


def _read_totals(subject: Subject, period: ReportPeriod) -> list[MonthTotals]:
    first = min((period.first, *period.earlier))
    return TotalsRepository().months(subject, str(first), str(period.months[-1]))


def _of(months: Collection[object], totals: Sequence[MonthTotals]) -> list[MonthTotals]:
    wanted = {str(month) for month in months}
    return [each for each in totals if each.month in wanted]


def _told(entries: Iterator[Each], advance: Advance) -> Iterator[Each]:
    """The same, telling now and then how many have passed."""
    count = 0
    for count, entry in enumerate(entries, start=1):
        yield entry
        if count % STEP == 0:
            advance(STEP)
    advance(count % STEP)


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
