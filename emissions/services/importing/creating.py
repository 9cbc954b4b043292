"""An upload becomes an import: stored, its columns guessed, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from ulid import ULID

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import ItemAlreadyExists, WriteTransaction
from carbontrack.files import FileRepository
from emissions.domain.imports import Import, ImportState
from emissions.imports.columns import Columns, columns_key, guess_columns
from emissions.imports.reading import Row, Upload
from emissions.repositories.import_columns import ImportColumnsRepository
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.errors import AlreadyImported, ImportChanged, ImportRefused
from emissions.services.importing.files import iter_rows
from emissions.services.importing.rights import demand_target
from organizations.domain import Organization

#: How long an upload waits to be started, and its refused rows can be had back.
FILE_KEPT = timedelta(days=30)
#: As many as a page of the list of imports has.
MOST_AN_HOUR = 20
TOO_MANY = f"You have brought {MOST_AN_HOUR} files within an hour. Please wait a while before the next one."
FILE_TYPE = "application/x-carbontrack-rows"
_LONGEST_NAME = 200
_LONGEST_TITLE = 100
#: So many rows are looked at to guess how a column writes numbers and dates.
_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Target:
    """Work of an organization that an import is for: of one of its departments, or of none."""

    organization_id: str
    department_id: str | None = None


def file_key(found: Import) -> str:
    """A file for a target: what may be in the log once."""
    return f"{found.digest}#{found.organization_id or ''}#{found.department_id or ''}"


def create_import(
    profile: Profile,
    upload: Upload,
    *,
    target: Target | None = None,
    organization: Organization | None = None,
    import_id: str | None = None,
) -> Import:
    """Store an upload as an import in state `uploaded`, with its columns as remembered or guessed.

    Without a `target` its rows become personal entries; `organization` saves reading it. `import_id`, that of
    the form, makes one import of a double click. Raises AlreadyImported, and ImportRefused for a target that
    is not this person's to import for, and after too many files.
    """
    if target is not None:
        demand_target(profile, target.organization_id, target.department_id, organization=organization)
    new = _new_import(profile, upload, target, import_id or str(ULID()))
    repository = ImportRepository(profile.user_id)
    earlier = repository.find(new.id)
    if earlier is not None and file_key(earlier) == file_key(new):
        return earlier
    if earlier is not None:  # the same form with another file
        new = replace(new, id=str(ULID()))
    standing = repository.find_standing(file_key(new))
    if standing is not None:
        raise AlreadyImported(standing)
    _demand_room(repository)
    columns = _known_columns(new) or guess_columns(
        upload.header, islice(upload.rows(), _LOOKED_AT), new.region
    )
    new = replace(new, columns=columns.as_item())
    FileRepository(profile.user_id).save(
        new.id, upload.chunks(), name=new.name, content_type=FILE_TYPE, keep=FILE_KEPT
    )
    try:
        with WriteTransaction() as transaction:
            repository.add(new, expires_at=_file_ends(new), transaction=transaction)
    except ItemAlreadyExists:  # the same form, again
        return repository.get(new.id)
    return repository.get(new.id)


def set_columns(profile: Profile, import_id: str, columns: Columns) -> Import:
    """Say what the columns mean, also for later files with this header. The import has to be checked anew.

    Raises ItemNotFound, and ImportChanged for an import that has been started.
    """
    repository = ImportRepository(profile.user_id)
    found = demand_open(repository.get(import_id))
    ImportColumnsRepository(profile.user_id).save(columns_key(found.header), columns.as_item())
    changed = replace(found, columns=columns.as_item(), check=None, state=ImportState.UPLOADED)
    return save_open(repository, found, changed)


def columns_of(found: Import) -> Columns:
    """What is said, remembered or guessed of an import's columns. Of one that was read with its details."""
    return Columns.from_item(found.columns or {})


def sample_rows(found: Import, limit: int = 20) -> Sequence[Row]:
    """The first rows of an import's file. Raises ImportRefused once the file is no longer kept."""
    return list(islice(iter_rows(found), limit))


def discard_import(profile: Profile, import_id: str) -> None:
    """Throw away an import that has not been started, with its file. One that is gone already is fine.

    Raises ImportChanged for an import that has been started: that is undone instead.
    """
    repository = ImportRepository(profile.user_id)
    found = repository.find(import_id)
    if found is None:
        return
    repository.remove(demand_open(found), error=ImportChanged())
    FileRepository(profile.user_id).remove(import_id)


def demand_open(found: Import) -> Import:
    """The import, if nothing of it has been written. Raises ImportChanged."""
    if not found.is_open:
        raise ImportChanged
    return found


def save_open(repository: ImportRepository, seen: Import, changed: Import) -> Import:
    """Store what changed of an import that has not been started. Raises ImportChanged."""
    return repository.save_open(
        changed, seen_version=seen.version, error=ImportChanged(), expires_at=_file_ends(seen)
    )


def _new_import(profile: Profile, upload: Upload, target: Target | None, import_id: str) -> Import:
    preferences = profile.preferences
    return Import(
        id=import_id,
        user_id=profile.user_id,
        name=upload.name[:_LONGEST_NAME] or "file",
        digest=upload.digest,
        header=tuple(title[:_LONGEST_TITLE] for title in upload.header),
        row_count=upload.row_count,
        state=ImportState.UPLOADED,
        created_at=clock.now().replace(microsecond=0),
        region=preferences.region,
        time_zone=preferences.time_zone,
        unit_system=preferences.unit_system.value,
        organization_id=None if target is None else target.organization_id,
        department_id=None if target is None else target.department_id,
    )


def _demand_room(repository: ImportRepository) -> None:
    """Raise ImportRefused for who uploads faster than anybody can look: each file is kept for a month."""
    lately = clock.now() - timedelta(hours=1)
    if sum(each.created_at > lately for each in repository.page().items) >= MOST_AN_HOUR:
        raise ImportRefused(TOO_MANY)


def _known_columns(new: Import) -> Columns | None:
    stored = ImportColumnsRepository(new.user_id).find(columns_key(new.header))
    return None if stored is None else Columns.from_item(stored)


def _file_ends(found: Import) -> datetime:
    return found.created_at + FILE_KEPT
