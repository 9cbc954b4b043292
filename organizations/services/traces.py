"""What organizations keep of a person who is erased: the membership, invitations, traces in their records.

Each function may run again, and be killed at any point. Where an organization has to know later that
something was done, it stays, by "a deleted account".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from allauth.account.models import EmailAddress

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.audit_erasure import (
    DELETED_ACCOUNT,
    Erased,
    anonymize,
    anonymize_trail,
    names_in,
    own_keys,
    records_of,
    remove_own_trail,
)
from carbontrack.dynamodb import WriteTransaction
from organizations.errors import OrganizationConflict
from organizations.repositories.organizations import OrganizationRepository
from organizations.repositories.traces import (
    forget_actor,
    forget_invitations_to,
    forget_visits,
    invited_by,
    invited_to,
    visits_of,
)
from organizations.services.members import Membership

_ORGANIZATION = organization_subject("")
ATTEMPTS = 4

Alive = Callable[[], None]


def addresses_of(user_id: str) -> frozenset[str]:
    """Every address that is or was a person's, in lower case, while the account or the profile is there.

    Not one that they have only claimed, nor one that is somebody else's by now.
    """
    profile = ProfileRepository().find(user_id)
    known = confirmed_addresses(user_id) | _former_addresses(user_id)
    if profile is not None:
        known |= {profile.email.lower()}
    others = EmailAddress.objects.filter(email__in=known, verified=True).exclude(user_id=user_id)
    return known - {each.lower() for each in others.values_list("email", flat=True)}


def confirmed_addresses(user_id: str) -> frozenset[str]:
    """The addresses that somebody has shown to be theirs, in lower case."""
    stored = EmailAddress.objects.filter(user_id=user_id, verified=True).values_list("email", flat=True)
    return frozenset(map(str.lower, stored))


def _former_addresses(user_id: str) -> frozenset[str]:
    """What the address was before it was changed, as their own trail tells it: it goes last."""
    trail = AuditRepository(person_subject(user_id)).all()
    changes = (record.before.get("email") for record in trail if record.action == "account.email_changed")
    return frozenset(each.lower() for each in changes if each)


def organizations_of(user_id: str) -> list[str]:
    """The ids of the organizations that had to do with a person, as far as anything tells."""
    person = Erased(user_id, addresses_of(user_id))
    profile = ProfileRepository().find(user_id)
    found = {each["subject"] for each in records_of(person)}
    organizations = {each.removeprefix(_ORGANIZATION) for each in found if each.startswith(_ORGANIZATION)}
    organizations |= {invitation.organization_id for invitation in invited_to(person.addresses)}
    if profile is not None and profile.organization_id is not None:
        organizations.add(profile.organization_id)
    return sorted(organizations)


# -- Membership ---------------------------------------------------------------------------------------------


def end_membership(user_id: str) -> None:
    """Let a person go, with the organization's counters. What its trail says of it names nobody.

    Raises OrganizationConflict for the last administrator: somebody else has to become one first.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _end_membership(user_id)
        except OrganizationConflict:
            if attempt == ATTEMPTS:
                raise


def _end_membership(user_id: str) -> None:
    profile = ProfileRepository().find(user_id)
    if profile is None or profile.organization_id is None:
        return
    repository = OrganizationRepository(profile.organization_id)
    held = Membership.of(profile)
    with WriteTransaction() as transaction:
        ProfileRepository().set_membership(
            profile,
            organization_id=None,
            role=Role.ADMIN if profile.role is Role.ADMIN else Role.USER,
            department_id=None,
            managed_departments=None,
            error=OrganizationConflict(f"the membership of {user_id} changed meanwhile"),
            transaction=transaction,
        )
        if repository.find() is None:  # it was deleted, and this membership was left behind
            return
        repository.count_members(
            members=-1,
            administrators=-int(held.is_full_administrator),
            departments={} if held.department_id is None else {held.department_id: -1},
            transaction=transaction,
        )
        record = AuditRecord("member.left", actor_id="", actor_name=DELETED_ACCOUNT, about=DELETED_ACCOUNT)
        trail = AuditRepository(organization_subject(profile.organization_id))
        trail.add(record, transaction=transaction)


def membership_left(user_id: str) -> Iterator[str]:
    profile = ProfileRepository().find(user_id)
    if profile is not None and profile.organization_id is not None:
        yield f"member of {profile.organization_id}"


# -- Invitations --------------------------------------------------------------------------------------------


def forget_invitations(user_id: str, alive: Alive) -> None:
    """Remove invitations to a person; those that they sent stay, by nobody, as do months that they closed."""
    organizations = organizations_of(user_id)
    forget_invitations_to(addresses_of(user_id))
    for organization_id in organizations:
        forget_actor(organization_id, user_id)
        alive()


def invitations_left(user_id: str) -> Iterator[str]:
    for invitation in invited_to(addresses_of(user_id)):
        yield f"invitation {invitation.id} of {invitation.organization_id}"
    for organization_id in organizations_of(user_id):
        for record in invited_by(organization_id, user_id):
            yield f"{record} of {organization_id}"


# -- Trails -------------------------------------------------------------------------------------------------


def forget_in_trails(user_id: str, alive: Alive) -> None:
    """Take a person out of every trail: those of organizations as a whole, the others where indexes say so.

    In the trail of an organization it may be said who invited somebody, which no index finds.
    """
    profile = ProfileRepository().find(user_id)
    person = Erased(user_id, addresses_of(user_id))
    records = records_of(person)
    names = names_in(records, user_id) | ({profile.name} if profile is not None and profile.name else set())
    person = Erased(user_id, person.addresses, names)
    for each in _visitors(user_id):
        forget_visits(each, user_id)
    own = person_subject(user_id)
    for organization_id in organizations_of(user_id):
        anonymize_trail(organization_subject(organization_id), person, alive)
    for stored in records:
        if stored["subject"] != own and not stored["subject"].startswith(_ORGANIZATION):
            anonymize(stored, person)
            alive()
    remove_own_trail(user_id)


def trails_left(user_id: str) -> Iterator[str]:
    """Records that still know a person, as the indexes and their own trail have them."""
    for stored in records_of(Erased(user_id, addresses_of(user_id))):
        yield f"audit {stored['subject']} {stored['timestamp']}"
    for key in own_keys(user_id):
        yield f"audit {key['subject']} {key['timestamp']}"
    for each in _visitors(user_id):
        yield from visits_of(each, user_id)


def _visitors(user_id: str) -> set[str]:
    """Members of staff who have looked at a person's data."""
    trail = AuditRepository(person_subject(user_id)).all()
    return {record.actor_id for record in trail if record.action.startswith("support.") and record.actor_id}
