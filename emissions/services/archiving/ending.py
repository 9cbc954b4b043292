"""The archive of an organization that is being deleted: its entries come back, to go to their authors."""

from __future__ import annotations

from collections.abc import Callable

from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.services.archiving.due import is_coming_back
from emissions.services.archiving.restoring import begin_restore, restore_month


def restore_everything(owner: Subject, *, alive: Callable[[], None] = lambda: None) -> None:
    """Bring back every archived month. Raises ArchiveDamaged and ArchiveUnavailable.

    A month of an organization that is marked as being deleted is never begun, so none comes after these.
    """
    for record in list(ArchiveRepository(owner).all()):
        begun = record.is_locked and begin_restore(owner, record.month)
        if begun or is_coming_back(record):
            restore_month(owner, record.month, alive=alive)


def end_archive(owner: Subject) -> None:
    """Forget an archive of which everything is back at hand. Raises ArchiveMoved while it is not."""
    ArchiveRepository(owner).remove_all()
