"""Compare totals with their entries, or mend them, while people go on writing."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from carbontrack.terminal import counted, progress_bar
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.totals import (
    Difference,
    TotalsKeptChanging,
    rebuild_subject,
    verify_subject,
)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action", choices=("verify", "rebuild"), help="verify tells what differs, rebuild mends it"
        )
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--user", metavar="ID", help="one person, by id or e-mail address")
        whose.add_argument("--all", action="store_true", help="everybody, organizations included")

    def handle(self, *, action: str, user: str | None, **options: Any) -> None:
        subjects = _everybody() if user is None else [Subject.user(_user_id(user))]
        walk = Walk(verify_subject if action == "verify" else rebuild_subject, follow=user is None)
        for line in walk.over(subjects, progress_bar(self.stderr)):
            self.stdout.write(line)
        checked = counted(walk.checked, "subject")
        if walk.busy:
            raise CommandError(
                f"{counted(walk.busy, 'subject')} kept changing. Run this again in a quieter moment."
            )
        if action == "rebuild":
            self.stdout.write(f"Mended {counted(walk.differences, 'month')} of {checked}.")
        elif walk.differences:
            raise CommandError(
                f"Totals differ from their entries in {counted(walk.differences, 'month')} of {checked}. "
                "Mend them with: manage.py totals rebuild"
            )
        else:
            self.stdout.write(f"All totals of {checked} equal their entries.")


class Walk:
    """One run over many subjects. With `follow`, organizations that only entries name are visited too."""

    def __init__(self, check: Callable[..., Iterator[Difference]], *, follow: bool) -> None:
        self._check = check
        self._follow = follow
        self.checked = self.differences = self.busy = 0

    def over(self, subjects: list[Subject], progress: Progress) -> Iterator[str]:
        """Check one after the other, and yield a line for whatever is worth one."""
        waiting, known = list(subjects), set(subjects)
        with progress:
            task = progress.add_task("Comparing totals with entries", total=len(waiting))
            while waiting:
                met: set[Subject] = set()
                yield from self._one(waiting.pop(0), met)
                if self._follow:
                    waiting += sorted(met - known, key=lambda subject: subject.key)
                    known |= met
                self.checked += 1
                progress.update(task, completed=self.checked, total=self.checked + len(waiting))

    def _one(self, subject: Subject, met: set[Subject]) -> Iterator[str]:
        try:
            for difference in self._check(subject, met=met):
                self.differences += 1
                yield _line(difference)
        except TotalsKeptChanging as error:
            self.busy += 1
            yield str(error)


def _everybody() -> list[Subject]:
    """Everybody with an account or with totals: what only one of the stores knows is checked too."""
    ids = get_user_model().objects.order_by("pk").values_list("pk", flat=True)
    people = [Subject.user(str(user_id)) for user_id in ids]
    return list(dict.fromkeys([*people, *TotalsRepository().iter_subjects()]))


def _user_id(text: str) -> str:
    """The id of the person with this id or address. Somebody without an account may still have totals."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        pass
    user = get_user_model().objects.filter(email__iexact=text).first()
    if user is None:
        raise CommandError(f"Nobody has the id or e-mail address {text!r}.")
    return str(user.pk)


def _line(difference: Difference) -> str:
    """`user#… 2024-03: co2_emissions +1.5, entries +1`: what the entries have and the totals lack."""
    missing = ", ".join(
        f"{name} {value.normalize():+f}" for name, value in sorted(difference.missing.items())
    )
    return f"{difference.subject.key} {difference.month}: {missing}"
