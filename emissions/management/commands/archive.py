"""Move entries that are older than their owners keep them from the table into files, or check the files.

    manage.py archive run                 # what is due of everybody; daily, in one Region
    manage.py archive run --owner user#5f0f...
    manage.py archive verify              # that every file is there, as it was written

It may be run twice, late, in parallel, and again after it was killed.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from carbontrack.dynamodb import DataLayerError
from carbontrack.terminal import counted
from emissions.archive import files
from emissions.archive.errors import ArchiveDamaged
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository, iter_owners
from emissions.services.archiving.due import archive_owner


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("run", "verify"))
        parser.add_argument("--owner", metavar="SUBJECT", help="one: user#ID or organization#ID")

    def handle(self, *, action: str, owner: str | None, verbosity: int, **options: Any) -> None:
        if not files.is_set_up():
            raise CommandError("Nothing can be archived: ARCHIVE_URL does not say where to.")
        if owner is not None and not owner.startswith(("user#", "organization#")):
            raise CommandError("An owner is user#ID or organization#ID.")
        if action == "run":
            self._run(iter_owners(keepers=True) if owner is None else [Subject(owner)], verbosity=verbosity)
        else:
            self._verify(iter_owners() if owner is None else [Subject(owner)])

    def _run(self, owners: Iterable[Subject], *, verbosity: int) -> None:
        archived = restored = failed = 0
        for owner in owners:
            try:
                outcome = archive_owner(owner)
            except (DataLayerError, ArchiveDamaged) as error:  # the others' turn all the same
                failed += 1
                self.stderr.write(f"{owner.key}: {error}")
                continue
            archived += len(outcome.archived)
            restored += len(outcome.restored)
            failed += len(outcome.refused)
            for refused in outcome.refused:
                self.stderr.write(str(refused))
        if verbosity:
            self.stdout.write(
                f"Archived {counted(archived, 'month')}, restored {counted(restored, 'month')}."
            )
        if failed:
            raise CommandError(f"{failed:,} could not be archived: nothing is lost. Run this again later.")

    def _verify(self, owners: Iterable[Subject]) -> None:
        checked = damaged = 0
        for owner in owners:
            for record in ArchiveRepository(owner).all():
                if not record.path:
                    continue
                checked += 1
                try:
                    files.demand_whole(record)
                except ArchiveDamaged as error:
                    damaged += 1
                    self.stderr.write(f"{record.month} of {owner.owner_id}: {error}")
        if damaged:
            raise CommandError(f"{damaged:,} of {checked:,} files are damaged. Look for them in a backup.")
        self.stdout.write(f"All {checked:,} files are as they were written.")
