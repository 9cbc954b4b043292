"""One try to settle a chunk of rows: a transaction that moves an import on from exactly where it was seen."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import Conflict, WriteTransaction, new_token
from emissions.domain.entries import Entry, EntryKey
from emissions.domain.imports import Chunk, Import, ImportState
from emissions.imports.rows import RowResult
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.trail import FINISHED, queue_import_record
from emissions.services.writing import mark_of, queue_entries, read_own_months
from organizations.domain import Organization
from organizations.errors import RightsLost


class Moved(Conflict):
    """The import is no longer where this worker left it: another one is at it, or somebody undoes it."""


def moved(seen: Import) -> Moved:
    return Moved(f"import {seen.id} is no longer at row {seen.done_rows}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A transaction that is ready to be sent, and the import before and after it."""

    seen: Import
    after: Import
    transaction: WriteTransaction

    def commit(self) -> Import:
        """Send it, all or nothing, and return the import as it is then.

        Raises Moved, ItemAlreadyExists, MonthClosed, MonthMoved and RightsLost.
        """
        with self.transaction:
            return self.after


def prepare(
    seen: Import,
    chunk: Sequence[RowResult],
    taken: Container[EntryKey],
    *,
    profile: Profile,
    organization: Organization | None,
) -> Attempt:
    """Make a chunk ready to be written, but for the entries that are `taken`.

    Reads the author's months where they decide who takes part in them: for work, and nothing else.
    """
    made = [result for result in chunk if result.entry is not None and result.entry.key not in taken]
    entries = [result.entry for result in made if result.entry is not None]
    after = _after(seen, chunk, entries)
    token = new_token()
    transaction = WriteTransaction(token=token)
    queue_entries(
        seen.user_id,
        added=entries,
        removed=(),
        own=read_own_months(seen.user_id, added=entries),
        mark=mark_of(token),
        organization=organization,
        transaction=transaction,
    )
    ImportRepository(seen.user_id).settle(
        seen, after, _manifest(chunk, made), transaction=transaction, moved=moved(seen)
    )
    if seen.is_work:
        ProfileRepository().check_administrator(profile, transaction=transaction, error=RightsLost())
    if after.state is ImportState.FINISHED:
        queue_import_record(FINISHED, profile, after, transaction)
    return Attempt(seen, after, transaction)


def _manifest(chunk: Sequence[RowResult], made: Sequence[RowResult]) -> Chunk:
    slugs = {result.entry.slug: result.occurrence for result in made if result.entry is not None}
    return Chunk(
        first=chunk[0].number,
        last=chunk[-1].number,
        slugs=tuple(slugs),
        occurrences={slug: number for slug, number in slugs.items() if number > 1},
        refusals=tuple(result.refusal for result in chunk if result.refusal is not None),
    )


def _after(seen: Import, chunk: Sequence[RowResult], entries: Sequence[Entry]) -> Import:
    """The import once the chunk is settled; finished after the last one."""
    refused = sum(result.entry is None for result in chunk)
    is_last = chunk[-1].number == seen.row_count
    return replace(
        seen,
        state=ImportState.FINISHED if is_last else ImportState.RUNNING,
        done_rows=chunk[-1].number,
        created=seen.created + len(entries),
        existing=seen.existing + len(chunk) - len(entries) - refused,
        refused=seen.refused + refused,
        co2_emissions=sum((entry.co2_emissions for entry in entries), seen.co2_emissions),
        chunks=seen.chunks + 1,
        ended_at=clock.now() if is_last else None,
    )
