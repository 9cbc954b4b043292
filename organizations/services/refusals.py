"""Why an invitation cannot be answered, each reason with its title and the next step."""

from __future__ import annotations

from enum import Enum

from organizations.domain import Invitation, Organization
from organizations.repositories.invitations import InvitationEnd


class Refusal(Enum):
    """Each is (status, title, sentence)."""

    UNKNOWN = (
        404,
        "This invitation does not open",
        "A newer mail may have replaced the link, or part of it got lost on the way. Open the link in the "
        "latest mail, or ask whoever invited you for a new one.",
    )
    USED = (
        410,
        "This invitation has been used",
        "An invitation works once. If it was not you who used it, tell whoever invited you.",
    )
    DECLINED = (
        410,
        "This invitation was declined",
        "Changed your mind? Ask whoever invited you for a new one.",
    )
    REVOKED = (
        410,
        "This invitation was withdrawn",
        "An administrator took it back. Ask whoever invited you if you expected it to work.",
    )
    EXPIRED = (
        410,
        "This invitation has expired",
        "It was open for two weeks. Ask whoever invited you to send it again: that takes them one click.",
    )
    OTHER_ADDRESS = (
        403,
        "This invitation is for another address",
        "Sign out, then sign in or create an account with the address that the invitation was sent to.",
    )
    UNCONFIRMED = (
        403,
        "Confirm your address first",
        "We do not know yet that this address is yours. Open the link in the mail of the invitation instead: "
        "that shows it.",
    )
    ORGANIZATION_GONE = (
        410,
        "This organization is gone",
        "It has been deleted, or is being deleted just now, so nobody can join it any more.",
    )
    ORGANIZATION_SUSPENDED = (
        403,
        "This organization is suspended",
        "Nobody can join it for now. Your invitation stays as it is: try again later, or ask whoever invited "
        "you.",
    )
    SYSTEM_ADMINISTRATOR = (
        403,
        "This account cannot administer an organization",
        "You administer CarbonTrack itself, and an account has one role. Ask to be invited as a member, or "
        "at another address.",
    )

    def __init__(self, status: int, title: str, sentence: str) -> None:
        self.status = status
        self.title = title
        self.sentence = sentence


class InvitationRefused(Exception):
    """`invitation` is set only where whoever asks may see what it offers."""

    def __init__(self, refusal: Refusal, invitation: Invitation | None = None) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
        self.invitation = invitation


class AlreadyMember(Exception):
    """Whoever accepts belongs to the organization already, perhaps since a moment ago."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(organization.id)
        self.organization = organization


_ENDS = {
    InvitationEnd.ACCEPTED: Refusal.USED,
    InvitationEnd.DECLINED: Refusal.DECLINED,
    InvitationEnd.REVOKED: Refusal.REVOKED,
}


def refusal_of_end(end: InvitationEnd) -> Refusal:
    return _ENDS[end]


def masked(email: str) -> str:
    """Enough of an address for its owner to know it: `a•••@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"
