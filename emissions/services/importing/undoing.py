"""An import is taken back: its entries go, as far as nobody has changed them since.

The undo goes manifest by manifest. One transaction removes the entries of a manifest, what they added to
totals, and the manifest: what is still to be undone is what still has a manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import Conflict, WriteTransaction, new_token
from carbontrack.dynamodb.backoff import pause
from carbontrack.jobs import Reporter
from emissions.days import FURTHEST_FROM_UTC
from emissions.domain.entries import Entry, EntryKey
from emissions.domain.imports import Chunk, Import, ImportState
from emissions.domain.scopes import WorkScope, usual_work_scope
from emissions.factors import catalog
from emissions.imports.identity import digest_of_entry, entry_id_of
from emissions.repositories.entries import find_entries, parse_slug
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.archived import Archived
from emissions.services.importing.creating import file_key
from emissions.services.importing.errors import ImportChanged
from emissions.services.importing.locks import Locks
from emissions.services.importing.trail import UNDONE, queue_import_record
from emissions.services.writing import mark_of, read_own_months, write_once
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

#: How often a chunk is tried whose entries somebody changes at the same moment.
ATTEMPTS = 12


class _Moved(Conflict):
    """Another worker has undone this chunk."""


def start_undo(profile: Profile, import_id: str) -> Import:
    """Stop an import, wherever it is, and let it be undone; then queue `tasks.imports.queue_undo`.

    A second click is fine. Raises ItemNotFound, ImportChanged for one that has not been started.
    """
    repository = ImportRepository(profile.user_id)
    found = repository.get(import_id)
    if found.state in {ImportState.UNDOING, ImportState.UNDONE}:
        return found
    try:
        with WriteTransaction() as transaction:
            repository.start_undo(import_id, transaction=transaction, error=ImportChanged())
    except ImportChanged:
        found = repository.get(import_id)
        if found.state not in {ImportState.UNDOING, ImportState.UNDONE}:
            raise
    return repository.get(import_id)


def run_undo(user_id: str, import_id: str, *, report: Reporter | None = None) -> Import:
    """Take back what is left to take back. Safe to run again after a crash, and twice at once.

    Returns the import as it is at the end: `undone`. Raises ItemNotFound.
    """
    repository = ImportRepository(user_id)
    while True:
        found = repository.get(import_id)
        if found.state is not ImportState.UNDOING:
            return found
        try:
            _Undo(found, report).go()
        except _Moved:
            continue


class _Undo:
    """One worker at an undo, from where it is now."""

    def __init__(self, found: Import, report: Reporter | None) -> None:
        self._at = found
        self._repository = ImportRepository(found.user_id)
        self._profile = ProfileRepository().get(found.user_id)
        self._organization = _organization_of(found)
        self._locks = Locks(found)
        self._archives = Archived(found.user_id)
        self._report = report

    def go(self) -> None:
        """Undo every chunk, then say that it is over. Raises _Moved where another worker was faster."""
        self._locks.look()
        for chunk in self._repository.iter_chunks(self._at.id):
            self._undo(chunk)
            if self._report is not None:
                self._report.advance(len(chunk.slugs))
        with WriteTransaction() as transaction:
            self._repository.end_undo(
                self._at, file_key=file_key(self._at), transaction=transaction, moved=self._moved()
            )
            queue_import_record(UNDONE, self._profile, self._at, transaction)

    def _undo(self, chunk: Chunk) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            keys = [parse_slug(slug) for slug in chunk.slugs]
            stored = find_entries((self._at.user_id, key) for key in keys)
            own = [entry for entry in stored if entry.import_id == self._at.id]
            going = [entry for entry in own if self._may_go(entry, chunk)]
            archived = self._archived(set(keys) - {entry.key for entry in stored})
            try:
                self._write(chunk, going, kept=len(own) - len(going) + archived)
                return
            except _Moved:
                raise
            except Conflict:  # somebody changed one of them, logged beside them, or locked their month
                if attempt == ATTEMPTS:
                    raise
            pause(attempt)
            self._locks.look()
            self._archives = Archived(self._at.user_id)

    def _archived(self, missing: set[EntryKey]) -> int:
        """How many of the entries that are not at hand are in an archive, and come back from there."""
        return sum(
            any(self._archives.holds(key, month) for month in _months_around(key.occurred_at))
            for key in missing
        )

    def _may_go(self, entry: Entry, chunk: Chunk) -> bool:
        return (
            entry.expires_at is None
            and not self._locks.holds(entry)
            and is_as_imported(entry, chunk.occurrences.get(entry.slug, 1))
        )

    def _write(self, chunk: Chunk, going: Sequence[Entry], *, kept: int) -> None:
        before = self._at.undone
        after = replace(
            self._at,
            undone=replace(
                before,
                removed=before.removed + len(going),
                kept=before.kept + kept,
                gone=before.gone + len(chunk.slugs) - len(going) - kept,
                co2_emissions=sum((entry.co2_emissions for entry in going), before.co2_emissions),
                chunks=before.chunks + 1,
            ),
        )
        token = new_token()
        write_once(
            self._at.user_id,
            added=(),
            removed=going,
            own=read_own_months(self._at.user_id, removed=going),
            mark=mark_of(token),
            token=token,
            organization=self._organization,
            also=lambda transaction: self._repository.undo(
                self._at, after, chunk, transaction=transaction, moved=self._moved()
            ),
        )
        self._at = after

    def _moved(self) -> _Moved:
        return _Moved(f"the undo of import {self._at.id} is no longer at chunk {self._at.undone.chunks}")


def is_as_imported(entry: Entry, occurrence: int) -> bool:
    """Whether an entry says what its row said. A recalculation, or a deletion taken back, changes only its
    version.
    """
    if entry.version == 1:
        return True
    said = [""] if entry.organization_id is None or _has_usual_scope(entry) else []
    if entry.organization_id is not None:
        said += [WorkScope(entry.scope, entry.scope3_category).code, f"{entry.scope:d}"]
    return any(
        entry_id_of(digest_of_entry(entry, scope=scope), entry.occurred_at, occurrence) == entry.entry_id
        for scope in said
    )


def _months_around(moment: datetime) -> set[str]:
    """The months that it may have been where its person was."""
    return {f"{moment + offset:%Y-%m}" for offset in (-FURTHEST_FROM_UTC, timedelta(0), FURTHEST_FROM_UTC)}


def _has_usual_scope(entry: Entry) -> bool:
    """Whether a work entry is in the scope that its factor says."""
    factor = catalog().in_force(entry.factor.id, entry.local_date)
    if factor is None:
        return True
    usual = usual_work_scope(
        entry.activity_type, entry.category, scope=factor.scope, scope3_category=factor.scope3_category
    )
    return usual == WorkScope(entry.scope, entry.scope3_category)


def _organization_of(found: Import) -> Organization | None:
    """The organization whose totals go down, to know how far they spread."""
    return None if found.organization_id is None else OrganizationRepository(found.organization_id).find()
