"""A new administrator for an organization, chosen by staff of the platform: a member, or somebody invited.

Those it has stay: whoever comes in decides about them. It is for organizations whose administrators are gone
or locked out, so it also works while one is suspended.
"""

from __future__ import annotations

from accounts.domain import Profile, Role
from accounts.mail import send_notice
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.invitations import InvitationRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import BEING_DELETED, queue_staff_record
from organizations.services.members import MEMBER_CHANGED, SYSTEM_ADMINISTRATOR, Membership
from organizations.services.sending import Address, Offer, Sending

ALREADY = "This member administers the whole organization already."


def find_member(organization: Organization, email: str) -> Profile | None:
    """The member of that address; None for everybody else, with or without an account."""
    profile = ProfileRepository().find_by_email(email)
    return profile if profile is not None and profile.organization_id == organization.id else None


def hand_over(
    actor: Profile, organization: Organization, email: str, *, reason: str, address_of: Address
) -> Profile | None:
    """Make a member an administrator of the whole organization, or invite the address to be one.

    Returns the member as they are now, None where somebody was invited. They are told by mail. Raises
    OrganizationRefused for who is one already or runs the platform, OrganizationConflict, StaffConflict,
    InvitationLimitReached.
    """
    if organization.deleting_at is not None:
        raise OrganizationConflict(BEING_DELETED)
    member = find_member(organization, email)
    if member is None:
        _invite(actor, organization, email.lower(), reason, address_of)
        return None
    if member.role is Role.ADMIN:
        raise OrganizationRefused(SYSTEM_ADMINISTRATOR, field="email")
    if member.is_full_organization_admin:
        raise OrganizationRefused(ALREADY, field="email")
    changed = _promote(actor, organization, member, reason)
    context = {"organization": organization.name, "reason": reason}
    send_notice(member.email, "organizations/email/handed_over", context)
    return changed


def _promote(actor: Profile, organization: Organization, member: Profile, reason: str) -> Profile:
    with WriteTransaction() as transaction:
        changed = ProfileRepository().set_membership(
            member,
            organization_id=organization.id,
            role=Role.ORG_ADMIN,
            department_id=member.department_id,
            managed_departments=None,
            error=OrganizationConflict(MEMBER_CHANGED),
            transaction=transaction,
        )
        OrganizationRepository(organization.id).count_members(administrators=1, transaction=transaction)
        queue_staff_record(
            actor,
            organization.id,
            transaction,
            action="organization.handed_over",
            about=member.display_name,
            about_id=member.user_id,
            after={"reason": reason},
        )
    return changed


def _invite(actor: Profile, organization: Organization, email: str, reason: str, address_of: Address) -> None:
    """Send the invitation with the record of why: one does not go without the other."""

    def note(transaction: WriteTransaction) -> None:
        queue_staff_record(
            actor,
            organization.id,
            transaction,
            action="organization.handed_over",
            about=email,
            after={"reason": reason},
        )

    known = InvitationRepository(organization.id).by_address()
    sending = Sending(actor, organization, address_of, known=known, demand=note)
    sending.send([Offer(email, Membership(Role.ORG_ADMIN, None, None))])
    if sending.limit is not None:
        raise sending.limit
