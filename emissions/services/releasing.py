"""What an organization that is being deleted gives back: people their entries, and their freedom to go.

The indexes by which both are found lag behind. So everything is looked up once more where it is stored before
it is changed, and a search is over only when it has found nothing some times in a row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

import structlog

from accounts.domain import Profile, Role
from accounts.mail import send_notice
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.jobs import Reporter
from emissions.archive.errors import MonthArchived
from emissions.domain.entries import Entry
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository
from emissions.services.archiving.restoring import begin_restore, restore_month
from emissions.services.drafts import as_personal
from emissions.services.writing import write_entries
from organizations.domain import Organization
from organizations.errors import MonthClosed
from organizations.repositories.members import MemberRepository
from organizations.repositories.remains import OrganizationRemains
from organizations.services.members import describe_held

log = structlog.get_logger(__name__)

MAIL = "emissions/work/email/organization_deleted"
#: An index lags behind its table by less than this, in seconds.
INDEX_LAG_SECONDS = 5.0
#: How often in a row a search finds nothing before it is over.
QUIET_ROUNDS = 2
#: Entries of one author and month in one transaction, which holds a hundred writes: each may move the totals
#: of another department, in an item of theirs and in one of the organization's.
CHUNK = 30
ATTEMPTS = 8


class NotEmptyYet(Conflict):
    """Somebody kept writing while the organization was emptied, or its totals are not the sum of entries."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the job. The actor is who asked for it."""

    organization: Organization
    actor_id: str
    actor_name: str
    report: Reporter

    @classmethod
    def of(cls, organization: Organization, actor_id: str, report: Reporter) -> Job:
        actor = ProfileRepository().find(actor_id)
        return cls(organization, actor_id, "" if actor is None else actor.display_name, report)

    @property
    def organization_id(self) -> str:
        return self.organization.id


def remove_records(job: Job) -> None:
    """Invitations, targets and closed months. Without the locks, entries of closed months can be released."""
    OrganizationRemains(job.organization_id).remove_records()


def release_entries(job: Job) -> None:
    """Turn every work entry into a personal one of its author, with all its figures."""

    def release() -> int:
        authors = {entry.user_id for entry in OrganizationEntryRepository(job.organization_id).all()}
        return sum(_release_author(job, author) for author in sorted(authors))

    _until_quiet(release, job)


def release_members(job: Job) -> None:
    """Let everybody go but whoever asked, who looks on."""

    def release() -> int:
        members = {each.user_id for each in MemberRepository(job.organization_id).all()} - {job.actor_id}
        return sum(_release_member(job, member) for member in sorted(members))

    _until_quiet(release, job)


def _until_quiet(search: Callable[[], int], job: Job) -> None:
    quiet = 0
    while True:
        quiet = 0 if search() else quiet + 1
        if quiet >= QUIET_ROUNDS:
            return
        job.report.advance(0)
        time.sleep(INDEX_LAG_SECONDS)


# -- Entries ------------------------------------------------------------------------------------------------


def _release_author(job: Job, user_id: str) -> int:
    """Release the entries of one author, as their own partition has them now. Returns how many."""
    released = 0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            for chunk in _chunks(_work_entries(job.organization_id, user_id)):
                personal = [as_personal(entry) for entry in chunk]
                write_entries(user_id, added=personal, removed=chunk, organization=job.organization)
                released += len(chunk)
                job.report.advance(len(chunk))
            return released
        except MonthArchived as archived:  # of their own entries: it is archived anew with what comes
            begin_restore(archived.owner, archived.month)
            restore_month(archived.owner, archived.month)
        except MonthClosed:  # somebody closed it while the organization was marked
            remove_records(job)
        except Conflict:  # the author changed one of them: read again
            pause(attempt)
    raise NotEmptyYet(f"the entries of {user_id} kept changing")


def _work_entries(organization_id: str, user_id: str) -> Iterator[Entry]:
    stored = EntryRepository(user_id).iter_stored()
    return (entry for entry in stored if entry.organization_id == organization_id)


def _chunks(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Entries of one month, as many as fit a transaction with the totals they move."""
    for _month, of_month in groupby(entries, key=lambda entry: entry.month):
        while chunk := list(islice(of_month, CHUNK)):
            yield chunk


# -- People -------------------------------------------------------------------------------------------------


def _release_member(job: Job, user_id: str) -> int:
    """End one membership and tell the person. Returns 0 for who is no member any more.

    The organization's counters stay as they are: they go with it, and the rule of the last administrator,
    which hangs on them, must not hold this up.
    """
    for attempt in range(1, ATTEMPTS + 1):
        member = find_member(job.organization_id, user_id)
        if member is None:
            return 0
        record = AuditRecord(
            action="member.removed",
            actor_id=job.actor_id,
            actor_name=job.actor_name,
            about=member.display_name,
            about_id=member.user_id,
            before=describe_held(job.organization, member),
        )
        try:
            with WriteTransaction() as transaction:
                queue_leaving(member, transaction)
                AuditRepository(organization_subject(job.organization_id)).add(
                    record, transaction=transaction
                )
        except Conflict:  # changed meanwhile: look again
            pause(attempt)
            continue
        tell(member, job.organization)
        job.report.advance()
        return 1
    raise NotEmptyYet(f"the membership of {user_id} kept changing")


def find_member(organization_id: str, user_id: str) -> Profile | None:
    """The profile of a member as of this moment; None for who is none, or not of this organization."""
    profile = ProfileRepository().find(user_id)
    return profile if profile is not None and profile.organization_id == organization_id else None


def queue_leaving(member: Profile, transaction: WriteTransaction) -> None:
    """Queue the end of a membership. The transaction raises Conflict if it has changed since."""
    ProfileRepository().set_membership(
        member,
        organization_id=None,
        role=Role.ADMIN if member.role is Role.ADMIN else Role.USER,
        department_id=None,
        managed_departments=None,
        error=Conflict(f"the membership of {member.user_id} changed meanwhile"),
        transaction=transaction,
    )


def tell(member: Profile, organization: Organization) -> None:
    """Mail to somebody whose organization is gone."""
    send_notice(member.email, MAIL, {"organization": organization.name})
