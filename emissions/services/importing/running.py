"""An import that runs: from the moment it may write entries to its last row."""

from __future__ import annotations

import time
from datetime import timedelta

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.files import FileRepository
from carbontrack.jobs import Reporter
from emissions.domain.imports import STANDING_STATES, Import, ImportState
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.attempts import Moved
from emissions.services.importing.creating import file_key
from emissions.services.importing.errors import AlreadyImported, ImportChanged, ImportRefused
from emissions.services.importing.files import FILE_GONE
from emissions.services.importing.rights import demand_target
from emissions.services.importing.settling import Run
from organizations.services.changes import demand_administrator

#: How long an import can be looked at and undone.
KEPT = timedelta(days=400)
#: How long another worker is watched, in seconds, before its work is taken over.
WATCH_SECONDS = 1.0


class _Standing(Conflict):
    """Another import has brought the same file in."""


def start_import(profile: Profile, import_id: str) -> Import:
    """Let a checked import run; queue its job after it (`tasks.imports.queue_run`). A second click is fine.

    Raises ItemNotFound; AlreadyImported; ImportChanged unless it is checked and has rows to bring in;
    ImportRefused without its file, or where the person may not import for its target any more; RightsLost.
    """
    repository = ImportRepository(profile.user_id)
    found = repository.get(import_id)
    if found.state in STANDING_STATES:
        return found
    _demand_startable(profile, found)
    try:
        with WriteTransaction() as transaction:
            repository.start(
                found,
                file_key=file_key(found),
                expires_at=clock.now() + KEPT,
                transaction=transaction,
                moved=ImportChanged(),
                standing=_Standing(),
            )
            if found.is_work:
                demand_administrator(profile, transaction)
    except (ImportChanged, _Standing) as error:
        now = repository.get(import_id)
        if now.state in STANDING_STATES:  # the other click was faster
            return now
        _demand_new_file(repository, found)
        raise ImportChanged from error
    return repository.get(import_id)


def _demand_startable(profile: Profile, found: Import) -> None:
    if not found.can_start:
        raise ImportChanged
    if found.organization_id is not None:
        demand_target(profile, found.organization_id, found.department_id)
    if FileRepository(profile.user_id).find(found.id) is None:
        raise ImportRefused(FILE_GONE)
    _demand_new_file(ImportRepository(profile.user_id), found)


def _demand_new_file(repository: ImportRepository, found: Import) -> None:
    standing = repository.find_standing(file_key(found))
    if standing is not None:
        raise AlreadyImported(standing)


def run_import(user_id: str, import_id: str, *, report: Reporter | None = None) -> Import:
    """Bring in the rows that are left. Safe to run again after a crash, and twice at once.

    Returns the import as it is at the end: `finished`, with a `problem` if it could not go on; or `undoing`
    where somebody took it back meanwhile. Raises ItemNotFound.
    """
    repository = ImportRepository(user_id)
    while True:
        found = repository.get(import_id)
        if found.state is not ImportState.RUNNING:
            return found
        try:
            run = Run(found, report)
            try:
                run.go()
            except ImportRefused as refused:
                run.stop(refused.message)
        except Moved:
            _watch(repository, import_id)


def _watch(repository: ImportRepository, import_id: str) -> None:
    """Wait while somebody else brings rows in."""
    seen = -1
    while True:
        found = repository.find_head(import_id)
        if found is None or found.state is not ImportState.RUNNING or found.done_rows == seen:
            return
        seen = found.done_rows
        time.sleep(WATCH_SECONDS)
