"""What a person takes away of their emissions: every entry with all of its arithmetic, and all around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from carbontrack.dynamodb import Conflict
from carbontrack.personal_data import Section
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged
from emissions.domain.archives import ArchivedMonth
from emissions.domain.entries import Entry
from emissions.domain.imports import Import
from emissions.domain.totals import Subject, work_counts
from emissions.repositories.archived_counters import iter_archived
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.repositories.import_columns import ImportColumnsRepository
from emissions.repositories.imports import ImportRepository
from emissions.repositories.recalculations import RecalculationRepository
from emissions.repositories.recurring import RuleRepository
from emissions.repositories.totals import TotalsRepository

Row = Mapping[str, Any]


def sections(user_id: str) -> Iterable[Section]:
    """Rows are read when they are asked for.

    Archived ones raise ArchiveUnavailable, ArchiveDamaged, and Conflict where a file is replaced meanwhile.
    """
    yield Section(
        "entries",
        "Everything you logged and have at hand: amounts, results in kg CO2e, and the factor behind each.",
        map(_entry, EntryRepository(user_id).iter_stored()),
    )
    yield Section(
        "archived_entries",
        "What you logged in months that are in your archive or in that of an organization.",
        map(_entry, _archived(user_id)),
    )
    yield Section(
        "totals_by_month",
        "Your totals: kg CO2e and entries of each month, by category, by day and by scope.",
        _totals(user_id),
    )
    yield Section(
        "recurring_rules",
        "What is logged for you again and again.",
        map(asdict, RuleRepository(user_id).all()),
    )
    yield Section("imports", "Files that you brought in, and what became of their rows.", _imports(user_id))
    yield Section("import_refusals", "Rows of those files that made no entry, and why.", _refusals(user_id))
    yield Section(
        "import_columns",
        "What you said of the columns of files, for the next ones like them.",
        ImportColumnsRepository(user_id).all(),
    )
    yield Section("archive", "The months in your archive.", _months(user_id))
    yield Section(
        "recalculation",
        "Your latest look at what newer factors would change.",
        _recalculation(user_id),
    )


def _entry(entry: Entry) -> Row:
    """All of it but what only keeps the tables in order."""
    row = asdict(entry)
    for name in ("user_id", "expires_at"):
        del row[name]
    return row


def _archived(user_id: str) -> Iterator[Entry]:
    """Rows of files that are gone from the table: a month may be on the way there, or back."""
    for record in _archives_of(user_id):
        away = islice(files.read(record.path, start=record.restored), record.marked - record.restored)
        try:
            yield from (entry for entry in away if entry.user_id == user_id)
        except ArchiveDamaged as error:
            if ArchiveRepository(record.owner).find(record.month) == record:
                raise
            raise Conflict(f"{record.path} was replaced while it was read") from error


def _archives_of(user_id: str) -> Iterator[ArchivedMonth]:
    """The months, of the person and of organizations, in whose files they have rows."""
    own = Subject.user(user_id)
    for archived in list(iter_archived(own)):
        work = sorted({organization_id for organization_id, _ in work_counts(archived.counters)})
        for owner in (own, *map(Subject.organization, work)):
            record = ArchiveRepository(owner).find(archived.month)
            if record is not None and record.path and record.marked > record.restored:
                yield record


def _totals(user_id: str) -> Iterator[Row]:
    months = [stored.month for stored in TotalsRepository().iter_stored(Subject.user(user_id))]
    if months:
        for totals in TotalsRepository().months(Subject.user(user_id), min(months), max(months)):
            if totals.counters:
                yield {"month": totals.month, **totals.counters}


def _imports(user_id: str) -> Iterator[Row]:
    for found in _all_imports(user_id):
        yield {
            "id": found.id,
            "file": found.name,
            "uploaded_at": found.created_at,
            "state": found.state,
            "rows": found.row_count,
            "entries_added": found.created,
            "entries_there_before": found.existing,
            "rows_refused": found.refused,
            "co2_emissions": found.co2_emissions,
            "organization_id": found.organization_id,
            "started_at": found.started_at,
            "ended_at": found.ended_at,
            "problem": found.problem,
        }


def _all_imports(user_id: str) -> Iterator[Import]:
    """Newest first."""
    cursor = None
    while True:
        page = ImportRepository(user_id).page(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _refusals(user_id: str) -> Iterator[Row]:
    for found in _all_imports(user_id):
        for chunk in ImportRepository(user_id).iter_chunks(found.id):
            for refusal in chunk.refusals:
                yield {"import_id": found.id, **asdict(refusal)}


def _months(user_id: str) -> Iterator[Row]:
    for record in ArchiveRepository(Subject.user(user_id)).all():
        yield {
            "month": record.month,
            "state": record.state,
            "entries": record.entries,
            "co2_emissions": record.co2_emissions,
            "archived_at": record.archived_at,
        }


def _recalculation(user_id: str) -> Iterator[Row]:
    found = RecalculationRepository(user_id).find()
    if found is not None:
        row = asdict(found)
        for name in ("owner", "fingerprint", "actor_id"):
            del row[name]
        yield row
