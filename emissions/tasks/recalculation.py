"""Recalculations as tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_tasks import task

from carbontrack.jobs import Reporter
from emissions.domain.recalculation import Recalculation
from emissions.services.recalculation import applying, checking
from emissions.services.recalculation.newer import Whose
from emissions.tasks.retries import carry_out


def queue_check(whose: Whose, recalculation: Recalculation) -> None:
    """Queue the look at all entries."""
    Reporter(whose.owner, checking.JOB_ID).wait()
    check_entries.enqueue(whose.owner, whose.is_organization, recalculation.id)


def queue_apply(whose: Whose, recalculation: Recalculation) -> None:
    """Queue the change of entries, for the first time or again."""
    Reporter(whose.owner, checking.JOB_ID).wait()
    apply_changes.enqueue(whose.owner, whose.is_organization, recalculation.id)


@task()
def check_entries(owner: str, is_organization: bool, recalculation_id: str, attempt: int = 0) -> None:
    """Find out what would change."""
    _carry_out(check_entries, checking.check, Whose(owner, is_organization), recalculation_id, attempt)


@task()
def apply_changes(owner: str, is_organization: bool, recalculation_id: str, attempt: int = 0) -> None:
    """Change what was found."""
    _carry_out(apply_changes, applying.apply, Whose(owner, is_organization), recalculation_id, attempt)


def _carry_out(
    itself: Any, service: Callable[[Whose, str], None], whose: Whose, recalculation_id: str, attempt: int
) -> None:
    carry_out(
        itself,
        (whose.owner, whose.is_organization, recalculation_id),
        attempt,
        run=lambda: service(whose, recalculation_id),
        give_up=lambda: Reporter(whose.owner, checking.JOB_ID).fail(),
        about=f"recalculation {recalculation_id}",
    )
