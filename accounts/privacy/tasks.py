"""Exports as tasks. Made twice, an export is the same file in the same place."""

from __future__ import annotations

from django_tasks import task

from accounts.privacy import exporting
from accounts.privacy.exports import Export
from carbontrack import clock
from carbontrack.jobs import Reporter
from emissions.tasks.retries import carry_out


@task()
def make_export(user_id: str, export_id: str, attempt: int = 0) -> None:
    """Collect all that is kept about a person into one file."""
    job_id = Export(export_id, user_id, clock.now()).job_id
    carry_out(
        make_export,
        (user_id, export_id),
        attempt,
        run=lambda: exporting.make(user_id, export_id),
        give_up=lambda: Reporter(user_id, job_id).fail(),
        about=f"export {export_id} of {user_id}",
    )
