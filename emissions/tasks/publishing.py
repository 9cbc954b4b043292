"""Counting what an edition of factors touches, as a task."""

from __future__ import annotations

from django_tasks import task

from carbontrack.jobs import Reporter
from emissions.domain.publications import PLATFORM, Publication
from emissions.services.publishing import counting
from emissions.tasks.retries import carry_out


def queue_count(publication: Publication) -> None:
    """Queue the look at all entries. Raises PublicationRefused for what is no draft."""
    counting.demand_draft(publication)
    Reporter(PLATFORM, counting.job_id(publication.id)).wait()
    count_affected.enqueue(publication.id)


@task()
def count_affected(publication_id: str, attempt: int = 0) -> None:
    """Find out how many entries an edition would touch."""
    carry_out(
        count_affected,
        (publication_id,),
        attempt,
        run=lambda: counting.count(publication_id),
        give_up=lambda: Reporter(PLATFORM, counting.job_id(publication_id)).fail(),
        about=f"factors {publication_id}",
    )
