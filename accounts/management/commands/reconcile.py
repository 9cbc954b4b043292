"""Find what differs between SQL and DynamoDB, and in organizations; put right what can be.

    manage.py reconcile                             # only look
    manage.py reconcile --repair                    # put right what loses nothing
    manage.py reconcile --repair --erase-orphans    # and erase what belongs to nobody
    manage.py reconcile --json                      # one line for each difference

It walks everything piece by piece, may run beside people, and may be run again at any time. What belongs to
nobody may also mean that SQL came back from an old copy: make sure that it has not before you erase it.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from accounts.privacy.differences import Difference, differences
from carbontrack.terminal import counted, progress_bar
from organizations import reconciling


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what loses nothing")
        parser.add_argument(
            "--erase-orphans", action="store_true", help="with --repair: erase what belongs to nobody"
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON for each difference")

    def handle(self, *, repair: bool, erase_orphans: bool, **options: Any) -> None:
        if erase_orphans and not repair:
            raise CommandError("--erase-orphans goes with --repair.")
        found = repaired = 0
        with progress_bar(sys.stderr, transient=True) as bar:
            task = bar.add_task("Looking", total=None)

            def alive(count: int) -> None:
                bar.advance(task, count)

            for difference in _everywhere(alive):
                found += 1
                wanted = repair and (erase_orphans or not difference.loses_data)
                outcome = self._repair(difference) if wanted else None
                repaired += outcome is True
                self._tell(difference, outcome, as_json=options["json"])
        self._end(found, repaired, quiet=options["json"])

    def _repair(self, difference: Difference) -> bool | None:
        """True where it was put right, False where it failed, None where it cannot be."""
        if difference.repair is None:
            return None
        try:
            return difference.repair()
        except Exception as error:  # whatever it is: the others' turn all the same
            self.stderr.write(f"{difference.about}: {type(error).__name__}: {error}")
            return False

    def _tell(self, difference: Difference, outcome: bool | None, *, as_json: bool) -> None:
        row = {"kind": difference.kind, "about": difference.about, "sentence": difference.sentence}
        if as_json:
            self.stdout.write(orjson.dumps({**row, "repaired": outcome}).decode())
            return
        words = {True: "  Put right.", False: "  Not put right.", None: ""}[outcome]
        self.stdout.write(f"{difference.kind:<16} {difference.about}  {difference.sentence}{words}")

    def _end(self, found: int, repaired: int, *, quiet: bool) -> None:
        if found > repaired:
            raise CommandError(f"{counted(found, 'difference')}, {repaired:,} put right.")
        if not quiet:
            put_right = f"{counted(found, 'difference')}, all put right." if found else "Nothing differs."
            self.stdout.write(put_right)


def _everywhere(alive: Any) -> Iterator[Difference]:
    yield from differences(alive)
    for each in reconciling.iter_differences(lambda: alive(1)):
        repair = partial(reconciling.repair, each) if each.can_be_repaired else None
        yield Difference(each.kind.value, each.organization_id, each.sentence, repair)
