"""Answering an invitation: who may, whom it moves, and the sentence for each reason why not.

An invitation belongs to an address. Its mailed link carries a secret, which proves the mailbox; without it,
from the list of one's own invitations, the address must be confirmed. Whoever may not answer learns no more
than the holder of the link knows already, and never whether another address has an account.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.domain import Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Invitation, Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.invitations import (
    InvitationEnd,
    InvitationRepository,
    ReceivedInvitationRepository,
)
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import queue_record
from organizations.services.links import InvitationLink
from organizations.services.members import Membership, describe_held
from organizations.services.refusals import AlreadyMember, InvitationRefused, Refusal, refusal_of_end
from organizations.services.sending import note_invitation

ATTEMPTS = 4
OVERTAKEN = (
    "This invitation or your membership changed a moment ago. Look at it as it is now, then try again."
)


class ConsentMissing(Exception):
    """Whoever accepts belongs to another organization, and was not asked about leaving that one."""

    def __init__(self, offered: Offered) -> None:
        super().__init__(offered.organization.id)
        self.offered = offered


@dataclass(frozen=True, slots=True)
class Offered:
    """An invitation that can be answered, and the organization as it is now."""

    invitation: Invitation
    organization: Organization

    @property
    def place(self) -> Membership:
        """What accepting gives today: departments may have been merged or archived since.

        An administrator of departments that are all gone administers none of them, never all.
        """
        invitation, organization = self.invitation, self.organization
        department = organization.effective_department(invitation.department_id)
        managed = invitation.managed_departments
        if managed is not None:
            found = (organization.effective_department(each) for each in managed)
            managed = tuple(dict.fromkeys(each.id for each in found if each is not None))
        is_open = department is not None and department.is_open
        return Membership(invitation.role, department.id if department and is_open else None, managed)


def find_offer(link: InvitationLink) -> Offered:
    """What a link offers, to whoever holds it. Raises InvitationRefused if it is not valid (any more)."""
    repository = InvitationRepository(link.organization_id)
    invitation = repository.find(link.invitation_id)
    if invitation is None:
        ended = repository.find_end(link.invitation_id) if link.secret is not None else None
        if ended is not None and link.opens(ended.token_hash):
            raise InvitationRefused(refusal_of_end(ended.end))
        raise InvitationRefused(Refusal.UNKNOWN)
    if link.secret is not None and not link.opens(invitation.token_hash):
        raise InvitationRefused(Refusal.UNKNOWN)
    if clock.now() >= invitation.expires_at:
        raise InvitationRefused(Refusal.EXPIRED, invitation)
    organization = OrganizationRepository(link.organization_id).find()
    if organization is None or organization.deleting_at is not None:
        raise InvitationRefused(Refusal.ORGANIZATION_GONE, invitation)
    if organization.suspended_at is not None:
        raise InvitationRefused(Refusal.ORGANIZATION_SUSPENDED, invitation)
    return Offered(invitation, organization)


def check_addressee(
    profile: Profile, invitation: Invitation, link: InvitationLink, *, email_is_verified: bool
) -> None:
    """Raise InvitationRefused unless the invitation is to this person's address, and that is theirs."""
    if profile.email.lower() != invitation.email:
        # Without the secret, somebody else's invitation is the same as none.
        raise InvitationRefused(
            Refusal.UNKNOWN if link.secret is None else Refusal.OTHER_ADDRESS,
            None if link.secret is None else invitation,
        )
    if link.secret is None and not email_is_verified:
        raise InvitationRefused(Refusal.UNCONFIRMED)


def accept(
    profile: Profile, link: InvitationLink, *, email_is_verified: bool, moving_from: str | None
) -> Organization:
    """Join the organization that a link invites to. Returns it as it was just before.

    `moving_from` is the id of the organization that the person was told they would leave. Raises
    AlreadyMember, ConsentMissing, InvitationRefused, and OrganizationConflict, also for the last
    administrator of another one.
    """
    for _ in range(ATTEMPTS):
        if profile.organization_id == link.organization_id:
            raise AlreadyMember(OrganizationRepository(link.organization_id).get())
        try:
            offered = find_offer(link)
        except InvitationRefused:
            current = ProfileRepository().get(profile.user_id)
            if current.membership_version == profile.membership_version:
                raise
            profile = current  # perhaps it is used because a click before this one has used it
            continue
        check_addressee(profile, offered.invitation, link, email_is_verified=email_is_verified)
        if profile.role is Role.ADMIN and offered.invitation.role is not Role.USER:
            raise InvitationRefused(Refusal.SYSTEM_ADMINISTRATOR, offered.invitation)
        left = None
        if profile.organization_id is not None:
            left = OrganizationRepository(profile.organization_id).find()
            if moving_from != profile.organization_id:
                raise ConsentMissing(offered)
        try:
            _join(profile, offered, left)
        except _Overtaken:
            profile = ProfileRepository().get(profile.user_id)
            continue
        return offered.organization
    raise OrganizationConflict(OVERTAKEN)


def decline(profile: Profile, link: InvitationLink, *, email_is_verified: bool) -> Invitation:
    """End an invitation that its addressee does not want. Raises InvitationRefused, OrganizationConflict."""
    offered = find_offer(link)
    invitation = offered.invitation
    check_addressee(profile, invitation, link, email_is_verified=email_is_verified)
    now = clock.now()
    with WriteTransaction() as transaction:
        InvitationRepository(invitation.organization_id).remove(
            invitation,
            end=InvitationEnd.DECLINED,
            now=now,
            error=OrganizationConflict(OVERTAKEN),
            transaction=transaction,
        )
        note_invitation("invitation.declined", profile, offered.organization, transaction, before=invitation)
    return invitation


# -- Joining ------------------------------------------------------------------------------------------------


class _Overtaken(Exception):
    """The invitation or the person's membership is not as it was read."""


def _join(profile: Profile, offered: Offered, left: Organization | None) -> None:
    """The invitation is used up, the person moves, both organizations count and note it: all or nothing."""
    now = clock.now()
    invitation, organization = offered.invitation, offered.organization
    repository = InvitationRepository(organization.id)
    others = ReceivedInvitationRepository(invitation.email).pending(now)
    place = offered.place
    if profile.role is Role.ADMIN:  # an account has one role, and nobody loses the platform's by joining
        place = Membership(Role.ADMIN, place.department_id, None)
    with WriteTransaction() as transaction:
        repository.remove(
            invitation, end=InvitationEnd.ACCEPTED, now=now, error=_Overtaken(), transaction=transaction
        )
        for other in others:  # two administrators may have invited the same address at the same moment
            if other.organization_id == organization.id and other.id != invitation.id:
                repository.forget(other, transaction=transaction)
        joined = ProfileRepository().set_membership(
            profile,
            organization_id=organization.id,
            role=place.role,
            department_id=place.department_id,
            managed_departments=place.managed_departments,
            joined_on=now.date(),
            error=_Overtaken(),
            transaction=transaction,
        )
        _count(organization, place, 1, transaction)
        _note_membership("member.joined", joined, organization, transaction, invitation=invitation)
        if left is not None:
            _count(left, Membership.of(profile), -1, transaction)
            _note_membership("member.left", profile, left, transaction)


def _count(organization: Organization, place: Membership, change: int, transaction: WriteTransaction) -> None:
    """Queue one member more or less; the organization refuses to lose its last administrator."""
    OrganizationRepository(organization.id).count_members(
        members=change,
        administrators=change if place.is_full_administrator else 0,
        departments={} if place.department_id is None else {place.department_id: change},
        transaction=transaction,
    )


def _note_membership(
    action: str,
    profile: Profile,
    organization: Organization,
    transaction: WriteTransaction,
    *,
    invitation: Invitation | None = None,
) -> None:
    words = describe_held(organization, profile)
    queue_record(
        profile,
        organization.id,
        transaction,
        action=action,
        about=profile.display_name,
        about_id=profile.user_id,
        before=words if invitation is None else {},
        after={} if invitation is None else words | {"invited_by": invitation.invited_by_name},
    )
