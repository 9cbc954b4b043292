"""What an import would do, worked out from every row, without writing an entry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from accounts.domain import Profile, UnitSystem
from accounts.repository import ProfileRepository
from carbontrack.jobs import Reporter
from emissions.domain.entries import Entry
from emissions.domain.imports import Check, Import, ImportState, Kind, Refusal
from emissions.imports.rows import RowReader, RowResult
from emissions.repositories.imports import ImportRepository
from emissions.services.drafts import Work
from emissions.services.importing.creating import columns_of, demand_open, save_open
from emissions.services.importing.files import iter_rows
from emissions.services.importing.locks import Locks
from emissions.services.work import factors_for

#: So many rows are checked while the page waits; more are a job.
ROWS_IN_REQUEST = 2_000
#: How many kinds and refused rows a preview shows.
MOST_KINDS = 60
MOST_REFUSALS = 100
_REPORT_EVERY = 500


def begin_check(profile: Profile, import_id: str) -> Import:
    """Mark an import as being checked, before the job is queued (`tasks.imports.queue_check`).

    Raises ItemNotFound, and ImportChanged for an import that has been started.
    """
    repository = ImportRepository(profile.user_id)
    found = demand_open(repository.get(import_id))
    return save_open(repository, found, replace(found, state=ImportState.CHECKING, check=None))


def check_import(user_id: str, import_id: str, *, report: Reporter | None = None) -> Import:
    """Work out every row: the import is then `checked`, with its `check`. May be run again at any time.

    Raises ItemNotFound, ImportChanged for an import that has been started or whose columns changed
    meanwhile, ImportRefused without its file.
    """
    repository = ImportRepository(user_id)
    found = demand_open(repository.get(import_id))
    check = work_out(found, report)
    return save_open(repository, found, replace(found, state=ImportState.CHECKED, check=check))


def check_begun(user_id: str, import_id: str, *, report: Reporter | None = None) -> Import:
    """The same as a job: where it was queued several times, the first one does it. Raises the same."""
    found = ImportRepository(user_id).get(import_id)
    if found.state is not ImportState.CHECKING:
        return found
    return check_import(user_id, import_id, report=report)


def work_out(found: Import, report: Reporter | None = None) -> Check:
    """What an import would do, as things are now."""
    locks = Locks(found)
    locks.look()
    counts = _Counts()
    reader = reader_of(found, ProfileRepository().get(found.user_id))
    for row in iter_rows(found):
        counts.add(locks.apply(reader.read(row)))
        if report is not None and counts.rows % _REPORT_EVERY == 0:
            report.advance(_REPORT_EVERY)
    return counts.check()


def reader_of(found: Import, profile: Profile) -> RowReader:
    """A reader of the import's rows, from the first on, with the settings of the day it was uploaded."""
    settings = replace(
        profile.preferences,
        region=found.region,
        time_zone=found.time_zone,
        unit_system=UnitSystem(found.unit_system),
    )
    work = None if found.organization_id is None else Work(found.organization_id, found.department_id)
    return RowReader(
        replace(profile, preferences=settings),
        columns_of(found),
        import_id=found.id,
        work=work,
        factors=factors_for(work, None),
    )


@dataclass(slots=True)
class _OfKind:
    """Sums over the rows of one kind, and the first of them."""

    line: int
    first: Entry
    rows: int = 0
    co2_emissions: Decimal = Decimal(0)

    def kind(self) -> Kind:
        factor = self.first.factor
        return Kind(
            variant=self.first.variant,
            unit=self.first.unit,
            rows=self.rows,
            co2_emissions=self.co2_emissions,
            factor_name=factor.name,
            factor_source=factor.source,
            match=factor.match,
            example_line=self.line,
            example_on=self.first.local_date,
            example_amount=self.first.amount,
            example_kg=self.first.co2_emissions,
        )


@dataclass(slots=True)
class _Counts:
    """What the rows so far come to."""

    rows: int = 0
    refused: int = 0
    stand_ins: int = 0
    first_on: date | None = None
    last_on: date | None = None
    kinds: dict[tuple[str, str], _OfKind] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, result: RowResult) -> None:
        self.rows += 1
        if result.entry is None:
            self.refused += 1
            if result.refusal is not None and len(self.refusals) < MOST_REFUSALS:
                self.refusals.append(result.refusal)
            return
        entry = result.entry
        kind = self.kinds.setdefault((entry.variant, entry.unit), _OfKind(result.line, entry))
        kind.rows += 1
        kind.co2_emissions += entry.co2_emissions
        self.stand_ins += entry.factor.match == "proxy"
        self.first_on = min(self.first_on or entry.local_date, entry.local_date)
        self.last_on = max(self.last_on or entry.local_date, entry.local_date)

    def check(self) -> Check:
        kinds = sorted(self.kinds.values(), key=lambda each: (-each.rows, each.line))
        return Check(
            accepted=self.rows - self.refused,
            refused=self.refused,
            co2_emissions=sum((each.co2_emissions for each in kinds), Decimal(0)),
            kinds=tuple(each.kind() for each in kinds[:MOST_KINDS]),
            other_kinds=max(0, len(kinds) - MOST_KINDS),
            refusals=tuple(self.refusals),
            stand_ins=self.stand_ins,
            first_on=self.first_on,
            last_on=self.last_on,
        )
