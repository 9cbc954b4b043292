"""The end of an organization: nothing of it is left but its audit trail, and nobody loses an entry.

`start` marks it, in one transaction; from then on nobody invites, joins, or logs for it. The rest is a job
of steps, each of which looks for what is still there and removes it: after a crash all of them run again, and
two workers at once do no harm.

Then the organization, empty, waits for `FAREWELL`. What somebody had under way when it was marked is over by
then: a request that was still writing, a work entry whose deletion could be undone. `end` looks for it once
more and removes the organization with the last membership, that of whoever asked: until then the page that
tells how far the job is stays theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import Conflict, ItemNotFound, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.jobs import JobState, ProgressRepository, Reporter
from emissions.domain.totals import ENTRIES, Subject
from emissions.repositories.emptied_totals import remove_empty_months
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.ending import end_archive, restore_everything
from emissions.services.publishing.own import remove_all as remove_own_factors
from emissions.services.releasing import (
    Job,
    NotEmptyYet,
    find_member,
    queue_leaving,
    release_entries,
    release_members,
    remove_records,
    tell,
)
from emissions.services.tokens import UNDO_TIME
from organizations.domain import Organization, OrganizationOverview
from organizations.repositories.organizations import OrganizationRepository
from organizations.repositories.remains import OrganizationRemains
from organizations.services.changes import commit_change

JOB_ID = "deletion"
#: From the end of the steps to the end of the organization.
FAREWELL = UNDO_TIME + timedelta(minutes=1)
#: How often late writes are looked for, and how often the last transaction is tried.
ATTEMPTS = 3


def start(actor: Profile, overview: OrganizationOverview) -> Organization:
    """Mark an organization as being deleted. Raises OrganizationConflict if somebody has changed it since.

    The audit record says what goes with it: departments, targets and locks get no records of their own.
    """
    organization = overview.organization
    names = [organization.department_label(each.id) for each in organization.listed_departments]
    return commit_change(
        actor,
        replace(organization, deleting_at=clock.now().replace(microsecond=0)),
        action="organization.deletion_started",
        about=organization.name,
        about_id=organization.id,
        before={
            "members": organization.members,
            "departments": names,
            "targets": len(overview.targets),
            "closed_months": sorted(each.month for each in overview.closed_months),
        },
    )


def empty(organization_id: str, actor_id: str) -> bool:
    """Run all steps. Returns whether there is something left to end: False where it is gone already."""
    organization = OrganizationRepository(organization_id).find()
    if organization is None:
        return False
    if organization.deleting_at is None:
        raise ValueError(f"nobody has asked to delete organization {organization_id}")
    report = Reporter(organization_id, JOB_ID, total=_work_to_do(organization))
    job = Job.of(organization, actor_id, report)
    for words, step in STEPS:
        report.step(words)
        step(job)
    report.finish()
    return True


def end(organization_id: str, actor_id: str) -> None:
    """Remove what came late, then the organization itself. Raises NotEmptyYet if it cannot be emptied."""
    organization = OrganizationRepository(organization_id).find()
    if organization is None:
        return
    job = Job.of(organization, actor_id, Reporter(organization_id, JOB_ID, state=JobState.DONE))
    for _ in range(ATTEMPTS):
        for step in (remove_records, restore_archive, release_entries, release_members):
            step(job)
        if _remove_all_totals(organization):
            break
    else:
        raise NotEmptyYet(f"the totals of organization {organization_id} do not go back to zero")
    end_archive(Subject.organization(organization_id))
    remove_own_factors(organization_id)
    actor = _remove_organization(job)
    if actor is not None:
        tell(actor, organization)


def restore_archive(job: Job) -> None:
    """Bring archived work entries back into the table: what is in a file cannot become its author's own."""
    archive = Subject.organization(job.organization_id)
    restore_everything(archive, alive=lambda: job.report.advance(0))


def remove_totals(job: Job) -> None:
    """Remove what is left of the totals: months of zeros. One that has just been moved waits for the end."""
    _remove_all_totals(job.organization)


#: What each does, in words for whoever waits.
STEPS: tuple[tuple[str, Callable[[Job], None]], ...] = (
    ("Removing invitations, targets and locks", remove_records),
    ("Bringing archived entries back", restore_archive),
    ("Giving entries back to their authors", release_entries),
    ("Letting members go", release_members),
    ("Removing totals", remove_totals),
)


def _work_to_do(organization: Organization) -> int:
    """Entries and members, for the progress bar."""
    stored = TotalsRepository().iter_stored(Subject.organization(organization.id))
    entries = sum(int(item.counters.get(ENTRIES, 0)) for item in stored if not item.is_erased)
    return max(0, entries) + max(0, organization.members)


def _remove_all_totals(organization: Organization) -> bool:
    """Remove months of zeros. Returns whether no totals are left."""
    subjects = [Subject.department(organization.id, each.id) for each in organization.departments]
    subjects.append(Subject.organization(organization.id))
    left = [subject for subject in subjects if not remove_empty_months(subject)]
    return not left


def _remove_organization(job: Job) -> Profile | None:
    """The last transaction. Returns who asked, if they were a member until now."""
    organization = job.organization
    for attempt in range(1, ATTEMPTS + 1):
        actor = find_member(organization.id, job.actor_id)
        record = AuditRecord(
            action="organization.deleted",
            actor_id=job.actor_id,
            actor_name=job.actor_name,
            about=organization.name,
            about_id=organization.id,
        )
        try:
            with WriteTransaction() as transaction:
                OrganizationRemains(organization.id).remove_organization(transaction=transaction)
                if actor is not None:
                    queue_leaving(actor, transaction)
                AuditRepository(organization_subject(organization.id)).add(record, transaction=transaction)
                ProgressRepository(organization.id).remove(JOB_ID, transaction=transaction)
            return actor
        except ItemNotFound:  # another worker was faster
            return None
        except Conflict:
            pause(attempt)
    raise NotEmptyYet(f"the membership of {job.actor_id} kept changing")
