"""Reports of many entries as tasks. Preparing one twice writes the same report in the same place."""

from __future__ import annotations

from django_tasks import task

from carbontrack.jobs import Reporter
from emissions.reports.preparing import ReportRequest
from emissions.services import reporting
from emissions.tasks.retries import carry_out


def queue_report(request: ReportRequest) -> None:
    """Queue a report; while one is waiting or running, the page does not offer it."""
    Reporter(request.owner, request.file_id, total=request.entry_count).wait()
    prepare_report.enqueue(request.file_id, request.owner, reporting.names_of(request))


@task()
def prepare_report(file_id: str, owner: str, names: dict[str, str], attempt: int = 0) -> None:
    """Read the entries, write the report in all its forms, and keep it.

    `names` are what names a report: see `emissions.services.reporting`.
    """
    carry_out(
        prepare_report,
        (file_id, owner, names),
        attempt,
        run=lambda: reporting.prepare(file_id, owner, names),
        give_up=lambda: Reporter(owner, file_id).fail(),
        about=f"report {file_id} of {owner}",
    )
