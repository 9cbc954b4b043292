"""Carry out the deletions of accounts whose day has come. Daily or hourly, in one Region.

    manage.py erase                 # all that is due
    manage.py erase --list          # who is due, and what keeps them

It may be run twice, late, in parallel, and again after it was killed: it goes on where it was.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from accounts.models import Erasure
from accounts.privacy import due
from carbontrack.dynamodb import DataLayerError
from carbontrack.terminal import counted


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="only say what is due")
        parser.add_argument(
            "--settle",
            type=int,
            default=int(due.SETTLING.total_seconds()),
            metavar="SECONDS",
            help="wait so long after closing an account, for requests under way (default: %(default)s)",
        )

    def handle(self, *, settle: int, verbosity: int, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        begun, waiting, failed = self._begin()
        erased = 0
        for user_id in begun:
            outcome = self._carry_out(user_id, timedelta(seconds=settle))
            erased += outcome is True
            failed += outcome is None
        if verbosity:
            self.stdout.write(f"Deleted {counted(erased, 'account')}; {waiting:,} cannot be deleted yet.")
        if failed:
            raise CommandError(f"{failed:,} could not be deleted to the end. Run this again later.")

    def _begin(self) -> tuple[list[str], int, int]:
        """Close the accounts that are due: which are closed, how many wait, and how many failed."""
        waiting = failed = 0
        begun = []
        for user_id in due.due():
            try:
                held_up = due.begin(user_id)
            except (DataLayerError, DatabaseError) as error:
                failed += 1
                self.stderr.write(f"{user_id}: {error}")
                continue
            waiting += held_up is not None
            if held_up is None:
                begun.append(user_id)
        return begun, waiting, failed

    def _carry_out(self, user_id: str, settling: timedelta) -> bool | None:
        """True once it is erased, False if another process is at it, None where it failed."""
        wait = due.time_to_settle(user_id, settling)
        if wait is None:
            return False
        time.sleep(wait.total_seconds())
        try:
            return due.carry_out(user_id)
        except Exception as error:  # whatever it is: the others' turn all the same
            self.stderr.write(f"{user_id}: {type(error).__name__}: {error}")
            return None

    def _list(self) -> None:
        for user_id in due.due():
            erasure = Erasure.objects.get(user_id=user_id)
            state = "has begun" if erasure.begun_at else erasure.waits_for or "is due"
            steps = f", {counted(len(erasure.done), 'step')} done" if erasure.begun_at else ""
            self.stdout.write(f"{user_id}  {state}{steps}")
