"""Inviting people: who may offer what to whom, what became of each address, and taking it back.

Nothing here looks for an account. Who is "a member already" is read from the organization's own list of
members, so the answer, its time and its requests are the same whether or not an address has an account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import PermissionDenied

from accounts.domain import Profile, Role
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Invitation, InvitationState, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.invitations import InvitationEnd, InvitationRepository
from organizations.repositories.members import MemberRepository
from organizations.services.changes import demand_administrator, demand_lasting
from organizations.services.members import Membership
from organizations.services.sending import (
    OVERTAKEN,
    Address,
    InvitationLimitReached,
    Offer,
    Sending,
    note_invitation,
    place_of,
)


class Outcome(StrEnum):
    """What became of one address of a list."""

    SENT = "sent"
    RENEWED = "renewed"
    MEMBER = "member"
    DUPLICATE = "duplicate"
    ELSEWHERE = "elsewhere"
    NOT_AN_ADDRESS = "not-an-address"
    UNKNOWN_DEPARTMENT = "unknown-department"
    NO_DEPARTMENT = "no-department"
    UNKNOWN_ROLE = "unknown-role"
    NOT_ALLOWED = "not-allowed"
    OVER_LIMIT = "over-limit"

    @property
    def is_sent(self) -> bool:
        return self in {Outcome.SENT, Outcome.RENEWED}


@dataclass(frozen=True, slots=True)
class Invited:
    """The answer to a list of offers: what became of each, in their order, and when the next may be sent."""

    outcomes: tuple[Outcome, ...]
    limit: InvitationLimitReached | None = None


def check_offer(actor: Profile, organization: Organization, place: Membership) -> None:
    """Raise OrganizationRefused for what does not exist, and for what the actor may not offer."""
    open_ids = {each.id for each in organization.open_departments}
    if place.department_id is not None and place.department_id not in open_ids:
        raise OrganizationRefused("Choose a department from the list.", field="department")
    if place.role not in {Role.USER, Role.ORG_ADMIN}:
        raise OrganizationRefused("Choose a role from the list.", field="access")
    if place.managed_departments is not None:
        is_administrator = place.role is Role.ORG_ADMIN
        if (
            not is_administrator
            or not place.managed_departments
            or not open_ids.issuperset(place.managed_departments)
        ):
            raise OrganizationRefused("Tick at least one department.", field="departments")
    managed = organization.managed_ids(actor.managed_departments)
    if managed is None:
        return
    if place.role is not Role.USER:
        raise OrganizationRefused("You may invite members, not administrators.", field="access")
    if place.department_id not in managed:
        raise OrganizationRefused("Choose one of the departments you administer.", field="department")


def may_handle(actor: Profile, organization: Organization, invitation: Invitation) -> bool:
    """Whether an administrator sees, renews and revokes an invitation: all, or those they could have sent."""
    managed = organization.managed_ids(actor.managed_departments)
    return managed is None or (invitation.role is Role.USER and invitation.department_id in managed)


def invite(
    actor: Profile, organization: Organization, offers: Sequence[Offer], *, address_of: Address
) -> Invited:
    """Invite people. Somebody who was invited before gets a new link, and the old one ends.

    What is over the limit of the hour is not sent. Raises OrganizationRefused for an offer not allowed.
    """
    demand_lasting(organization)
    for place in {offer.place for offer in offers}:
        check_offer(actor, organization, place)
    everybody = MemberRepository(organization.id).all()
    members = {member.email.lower(): member.department_id for member in everybody}
    known = InvitationRepository(organization.id).by_address()
    waiting: dict[str, Offer] = {}
    settled: list[Outcome | None] = []
    for offer in offers:
        outcome = _outcome_without_sending(actor, organization, offer, members, known.get(offer.email))
        if outcome is None and offer.email in waiting:
            outcome = Outcome.DUPLICATE
        elif outcome is None:
            waiting[offer.email] = offer
        settled.append(outcome)
    sending = Sending(actor, organization, address_of, known=known)
    was_pending = sending.send(list(waiting.values()))
    sent = [Outcome.RENEWED if pending else Outcome.SENT for pending in was_pending]
    sent += [Outcome.OVER_LIMIT] * (len(waiting) - len(sent))
    remaining = iter(sent)
    return Invited(tuple(each or next(remaining) for each in settled), sending.limit)


def _outcome_without_sending(
    actor: Profile,
    organization: Organization,
    offer: Offer,
    members: Mapping[str, str | None],
    earlier: Invitation | None,
) -> Outcome | None:
    """Why an address gets no mail; None if it gets one.

    Who administers some departments is not told whether an address of elsewhere was invited or is a member:
    only the latter has an account.
    """
    if offer.email in members:
        managed = organization.managed_ids(actor.managed_departments)
        is_theirs = managed is None or members[offer.email] in managed
        return Outcome.MEMBER if is_theirs else Outcome.ELSEWHERE
    is_pending = earlier is not None and earlier.state(clock.now()) is InvitationState.PENDING
    if earlier is not None and is_pending and not may_handle(actor, organization, earlier):
        return Outcome.ELSEWHERE
    return None


def resend(
    actor: Profile, organization: Organization, invitation_id: str, *, address_of: Address
) -> Invitation:
    """Send an invitation again, with a new link and another two weeks; the old link ends.

    Raises ItemNotFound, PermissionDenied, InvitationLimitReached, OrganizationConflict.
    """
    invitation = _handled(actor, organization, invitation_id)
    demand_lasting(organization)
    offer = Offer(invitation.email, place_of(invitation))
    known = {invitation.email: invitation}
    sending = Sending(actor, organization, address_of, known=known, may_look_again=False)
    sending.send([offer])
    if sending.limit is not None:
        raise sending.limit
    return invitation


def revoke(actor: Profile, organization: Organization, invitation_id: str) -> Invitation:
    """End an invitation: its link stops working.

    Raises ItemNotFound, PermissionDenied, OrganizationConflict.
    """
    invitation = _handled(actor, organization, invitation_id)
    now = clock.now()
    with WriteTransaction() as transaction:
        InvitationRepository(organization.id).remove(
            invitation,
            end=InvitationEnd.REVOKED,
            now=now,
            error=OrganizationConflict(OVERTAKEN),
            transaction=transaction,
        )
        demand_administrator(actor, transaction)
        note_invitation("invitation.revoked", actor, organization, transaction, before=invitation)
    return invitation


def _handled(actor: Profile, organization: Organization, invitation_id: str) -> Invitation:
    invitation = InvitationRepository(organization.id).get(invitation_id)
    if not may_handle(actor, organization, invitation):
        raise PermissionDenied
    return invitation
