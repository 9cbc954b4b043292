"""Support visits: a stated reason opens the data of one organization or one person, to read, for a while.

Whoever is visited finds it in their own audit trail: that it was opened, why and until when; each kind of
page that was looked at; and that it was ended. Neither is stored without the other, nor for somebody who does
not run the platform at that very moment (StaffConflict).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ulid import ULID

from accounts.domain import Profile
from accounts.staff.rights import demand_staff
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.clock import stamp
from carbontrack.dynamodb import Conflict, WriteTransaction
from organizations.domain import Organization
from organizations.repositories.visits import SupportVisit, VisitKind, VisitRepository


class _Done(Conflict):
    """The page was looked at before, or the visit is over: by another click of the same person."""


def visit_organization(
    actor: Profile, organization: Organization, *, reason: str, minutes: int
) -> SupportVisit:
    """Open an organization's own pages, to read."""
    return _open(actor, VisitKind.ORGANIZATION, organization.id, organization.name, reason, minutes)


def visit_person(actor: Profile, person: Profile, *, reason: str, minutes: int) -> SupportVisit:
    """Open a person's entries and their trail, to read."""
    return _open(actor, VisitKind.PERSON, person.user_id, person.display_name, reason, minutes)


def look(actor: Profile, visit: SupportVisit, page: str) -> bool:
    """Note that a kind of page (`entries`) is opened, once a visit; what was noted costs nothing again.

    Returns whether it may be shown: not if the visit was ended by another click meanwhile.
    """
    if page in visit.looked:
        return True
    done = _Done(visit.id)
    try:
        with WriteTransaction() as transaction:
            VisitRepository(actor.user_id).note_look(
                visit, page, clock.now(), error=done, transaction=transaction
            )
            _note(actor, visit, "support.looked", {"page": page}, transaction)
    except _Done:
        return VisitRepository(actor.user_id).get(visit.id).is_open(clock.now())
    return True


def end_visit(actor: Profile, visit: SupportVisit) -> None:
    """End a visit before its time. One that is over stays as it is."""
    now = clock.now()
    if not visit.is_open(now):
        return
    try:
        with WriteTransaction() as transaction:
            VisitRepository(actor.user_id).end(visit, now, error=_Done(visit.id), transaction=transaction)
            _note(actor, visit, "support.ended", {}, transaction)
    except _Done:
        return


def subject_of(visit: SupportVisit) -> str:
    """Whose audit trail a visit is in."""
    named = organization_subject if visit.is_of_organization else person_subject
    return named(visit.about_id)


def _open(
    actor: Profile, kind: VisitKind, about_id: str, about: str, reason: str, minutes: int
) -> SupportVisit:
    now = clock.now().replace(microsecond=0)
    visit = SupportVisit(
        id=str(ULID()),
        staff_id=actor.user_id,
        kind=kind,
        about_id=about_id,
        about=about,
        reason=reason,
        opened_at=now,
        ends_at=now + timedelta(minutes=minutes),
    )
    with WriteTransaction() as transaction:
        VisitRepository(actor.user_id).add(visit, transaction=transaction)
        opened = {"reason": reason, "until": stamp(visit.ends_at)}
        _note(actor, visit, "support.opened", opened, transaction)
    return visit


def _note(
    actor: Profile,
    visit: SupportVisit,
    action: str,
    after: Mapping[str, str],
    transaction: WriteTransaction,
) -> None:
    record = AuditRecord(
        action=action,
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        about=visit.about,
        about_id=visit.about_id,
        after=after,
    )
    demand_staff(actor, transaction)
    AuditRepository(subject_of(visit)).add(record, transaction=transaction)
