"""Count the figures of the staff console's overview: entries and kg of everybody, people, organizations.

    manage.py overview            # now
    manage.py overview --if-due   # unless it was done lately; hourly, from the schedule

It may be run twice, late, in parallel, and again after it was killed.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from carbontrack import clock
from emissions.figures import mass
from emissions.repositories.platform import PlatformRepository, is_due
from emissions.services.overview import count_platform


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-due", action="store_true", help="not if it was done lately")

    def handle(self, *, if_due: bool, verbosity: int, **options: Any) -> None:
        if if_due and not is_due(PlatformRepository().find_summary(), clock.now()):
            return
        summary = count_platform()
        if verbosity:
            self.stdout.write(
                f"{summary.people:,} people, {summary.organizations:,} organizations, "
                f"{summary.entries:,} entries, {mass(summary.kg)} CO2e."
            )
