"""Entries of a person in archives: their own files go, those of organizations are written anew without them.

An organization's month stays archived, and nobody sees a difference: its file is written without the person's
rows, read back and compared, and one transaction puts it in the place of the old one, with the counters of
what is archived and the totals. What was written for nothing, or is of no use any more, is noted before it
can be left behind (`ErasingFiles`). A month on its way into the archive or back is brought to rest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest

from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged
from emissions.domain.archives import (
    ArchivedMonth,
    ArchiveState,
    archived_counters,
    may_be_archived,
)
from emissions.domain.entries import Entry
from emissions.domain.totals import Counters, Subject, TotalsDelta, work_counts
from emissions.repositories.archived_counters import (
    count_archived,
    forget_archived,
    iter_archived,
    stored_archived,
)
from emissions.repositories.archives import ArchiveMoved, ArchiveRepository
from emissions.repositories.erasing_files import ErasingFiles
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.restoring import restore_month
from emissions.services.archiving.storing import archive_month
from emissions.services.erasing.counting import Place, queue_keeping

#: How often in a row somebody else may be faster.
ATTEMPTS = 12
#: Departments whose rows leave a file at once: what they move has to fit a transaction.
MOST_PLACES = 12

Alive = Callable[[], None]


def take_from_archives(user_id: str, alive: Alive = lambda: None) -> None:
    """Take a person's entries out of every archive; those of organizations first, then their own.

    Raises ArchiveUnavailable, and ArchiveDamaged for a file that is not what was stored.
    """
    for owner, month in _shared_months(user_id):
        drop_month(user_id, owner, month, alive)
        if files.is_set_up():
            files.remove_drafts(owner)
        alive()
    own = Subject.user(user_id)
    months = {record.month for record in ArchiveRepository(own).all()}
    for month in sorted(months | {archived.month for archived in iter_archived(own)}):
        drop_month(user_id, own, month, alive)


def drop_month(user_id: str, owner: Subject, month: str, alive: Alive = lambda: None) -> None:
    """Bring a month of an archive to rest, without the person's entries. Raises as `take_from_archives`."""
    drop = _drop_own if owner.is_user else _drop_shared
    failed = 0
    while True:
        seen = ArchiveRepository(owner).find(month)
        try:
            if drop(user_id, owner, month, alive):
                return
            failed = 0
        except (Conflict, ArchiveDamaged) as error:  # whoever archives, restores or erases was faster
            is_damaged = isinstance(error, ArchiveDamaged)
            failed += 1
            if failed == ATTEMPTS or (is_damaged and ArchiveRepository(owner).find(month) == seen):
                raise
            pause(failed)


def is_counted_in_archives(user_id: str) -> bool:
    """Whether archives hold entries of a person, theirs or those of organizations."""
    return any(archived.entries > 0 for archived in iter_archived(Subject.user(user_id)))


def remove_files(user_id: str) -> None:
    """Remove the files that an erasure has noted. Raises ArchiveUnavailable."""
    noted = ErasingFiles(user_id)
    for path in noted.claim():
        files.remove(path)
        noted.forget(path)


def remove_own_files(user_id: str) -> None:
    """Remove what a killed job may have left in a person's own folder."""
    if files.is_set_up():
        files.remove_all(Subject.user(user_id))


# -- Their own ----------------------------------------------------------------------------------------------


def _drop_own(user_id: str, owner: Subject, month: str, alive: Alive) -> bool:
    """Forget a month of a person's own archive, with what totals counted of it. The file need not be read."""
    repository, record = ArchiveRepository(owner), ArchiveRepository(owner).find(month)
    stored = stored_archived(owner, month)
    if _is_of_organizations(user_id, stored.counters, month):
        return True  # an organization has archived something since: its file comes first
    with WriteTransaction() as transaction:
        forget_archived(stored, transaction=transaction)
        if record is not None:
            repository.remove(record, transaction=transaction)
            if record.path or record.state is ArchiveState.WRITING:
                path = record.path or files.path_for(record)
                ErasingFiles(user_id).drop(path, transaction=transaction)
        gone = {name: -value for name, value in stored.counters.items() if value}
        if gone:
            TotalsRepository().apply([TotalsDelta(owner, month, gone)], transaction=transaction)
    remove_files(user_id)
    return True


def _is_of_organizations(user_id: str, counters: Counters, month: str) -> bool:
    """Whether some of it is in a file of an organization, or on its way there or back."""
    for (organization_id, _), count in work_counts(counters).items():
        record = ArchiveRepository(Subject.organization(organization_id)).find(month) if count else None
        if record is None or not record.is_locked:
            continue
        if record.state is not ArchiveState.ARCHIVED or files.read_keys(record.path, user_id):
            return True
    return False


# -- Those of organizations ---------------------------------------------------------------------------------


def _shared_months(user_id: str) -> list[tuple[Subject, str]]:
    """The months of organizations that may have something of a person in a file."""
    own, now = Subject.user(user_id), clock.now()
    counted = [(stored.month, stored.counters) for stored in TotalsRepository().iter_stored(own)]
    counted += [(archived.month, archived.counters) for archived in iter_archived(own)]
    found = {
        (organization_id, month)
        for month, counters in counted
        for (organization_id, _), count in work_counts(counters).items()
        if count and may_be_archived(month, now)
    }
    return [(Subject.organization(organization_id), month) for organization_id, month in sorted(found)]


def _drop_shared(user_id: str, owner: Subject, month: str, alive: Alive) -> bool:
    """One step towards a month at rest without the person's rows. Returns whether it is."""
    record = ArchiveRepository(owner).find(month)
    if record is None or (record.state is ArchiveState.RESTORED and not record.path):
        return True
    if record.state is ArchiveState.WRITING:
        with suppress(ArchiveMoved):
            ArchiveRepository(owner).abandon(record)
            files.remove(files.path_for(record))
        return False
    if record.state is ArchiveState.MARKING:
        archive_month(owner, month, alive=alive)
        return False
    if record.state is not ArchiveState.ARCHIVED:
        restore_month(owner, month, alive=alive)
        return False
    files.demand_whole(record)
    if not files.read_keys(record.path, user_id):
        return True
    _leave_out(user_id, record, alive)
    return False


def _leave_out(user_id: str, record: ArchivedMonth, alive: Alive) -> None:
    """Write an archived month without a person's rows, of up to `MOST_PLACES` departments at once."""
    noted = ErasingFiles(user_id)
    renamed = replace(record, generation=str(ULID()))
    path = files.path_for(renamed)
    noted.intend(path)
    taken: list[Entry] = []
    digest = files.write(path, _others(record, user_id, taken, alive))
    _demand_same(record, path, {entry.slug for entry in taken}, user_id)
    with WriteTransaction() as transaction:
        _queue_exchange(record, replace(renamed, path=path, digest=digest), taken, noted, transaction)
        _queue_archived(record.month, taken, transaction)
        queue_keeping(user_id, record.month, taken, transaction=transaction)
    remove_files(user_id)


def _others(record: ArchivedMonth, user_id: str, taken: list[Entry], alive: Alive) -> Iterator[Entry]:
    """The rows of a file but those of one person, which are `taken`."""
    places: set[Place] = set()
    for number, entry in enumerate(files.read(record.path)):
        if number % 1_000 == 0:
            alive()
        place = (entry.organization_id or "", entry.department_id)
        if entry.user_id == user_id and (place in places or len(places) < MOST_PLACES):
            places.add(place)
            taken.append(entry)
        else:
            yield entry


def _demand_same(record: ArchivedMonth, path: str, taken: set[str], user_id: str) -> None:
    """Read both files. Raises ArchiveDamaged unless the new one is the old one without what was taken."""
    kept = (entry for entry in files.read(record.path) if entry.user_id != user_id or entry.slug not in taken)
    count = 0
    for before, after in zip_longest(kept, files.read(path)):
        if before != after:
            raise ArchiveDamaged(path)
        count += 1
    if count + len(taken) != record.entries:
        raise ArchiveDamaged(record.path)


def _queue_exchange(
    record: ArchivedMonth,
    written: ArchivedMonth,
    taken: list[Entry],
    noted: ErasingFiles,
    transaction: WriteTransaction,
) -> None:
    """Queue that the month is in the file of `written`; one of which no row is left is in no file."""
    repository = ArchiveRepository(record.owner)
    kg = sum((entry.co2_emissions for entry in taken), Decimal(0))
    left = record.entries - len(taken)
    noted.drop(record.path, transaction=transaction)
    if not left:
        repository.remove(record, transaction=transaction)
        return
    noted.use(written.path, transaction=transaction)
    changed = replace(
        written,
        entries=left,
        marked=left,
        co2_emissions=record.co2_emissions - kg,
        erased_entries=record.erased_entries + len(taken),
        erased_kg=record.erased_kg + kg,
    )
    repository.change(record, changed, transaction=transaction)


def _queue_archived(month: str, taken: list[Entry], transaction: WriteTransaction) -> None:
    """Queue that archives hold these entries no more. An author of whom nothing is left is not named."""
    for less in archived_counters(taken, sign=-1):
        stored = stored_archived(less.subject, month, less.author)
        if not less.subject.is_user and stored.entries + less.entries == 0:
            forget_archived(stored, transaction=transaction)
        else:
            count_archived([less], transaction=transaction)
