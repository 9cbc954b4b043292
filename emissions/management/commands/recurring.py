"""Write the entries of recurring rules whose time has come: for cron, hourly or at least once a day.

It may be run twice, late, and several times at once: every day of a rule is written exactly once.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from carbontrack.dynamodb import DataLayerError
from carbontrack.terminal import counted
from emissions.services.recurring.run import Report, run_rules


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("run",))
        parser.add_argument(
            "--since",
            type=_day,
            metavar="2026-01-31",
            help="look from this day on, even if it is finished: after a table was restored",
        )

    def handle(self, *, since: date | None, verbosity: int, **options: Any) -> None:
        report = Report()
        try:
            run_rules(report, since=since)
        except DataLayerError as error:
            raise CommandError(
                f"{_said(report)} Then DynamoDB failed ({error}). Nothing is lost: run this again."
            ) from error
        if report.failed:
            raise CommandError(
                f"{_said(report)} {counted(report.failed, 'rule')} could not be settled and will be tried "
                "again by the next run; the log tells why."
            )
        # Every hour of a laptop: only what is worth a line.
        if verbosity or report.written or report.paused:
            self.stdout.write(_said(report))


def _said(report: Report) -> str:
    entries = counted(report.written, "entry", "entries")
    said = f"Wrote {entries} of {counted(report.rules, 'rule')}."
    if report.paused:
        said += f" {counted(report.paused, 'rule')} paused, with the reason on its owner's page."
    return said


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"Write the day like 2026-01-31, not {text!r}.") from error
