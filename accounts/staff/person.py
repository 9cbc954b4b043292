"""One person as the console shows them: the account, the profile, where they are signed in, what happened.

Nothing that they recorded: that takes a support visit, with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from accounts.devices import device_words
from accounts.domain import Profile
from accounts.models import User
from accounts.repository import ProfileRepository
from accounts.second_step import SecondStep
from accounts.second_step import of_user as second_step_of
from carbontrack.dynamodb import ItemNotFound
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

#: More sessions than that nobody looks through; all of them are counted and ended.
MOST_SESSIONS = 20


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Where somebody is signed in: `Firefox on Linux`, an address, and when it was last used."""

    device: str
    ip: str
    since: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Everything the page of a person tells."""

    user: User
    profile: Profile | None
    organization: Organization | None
    addresses: tuple[EmailAddress, ...]
    sessions: tuple[SessionRow, ...]
    session_count: int
    second_step: SecondStep

    @property
    def name(self) -> str:
        return self.profile.display_name if self.profile else self.user.email

    @property
    def is_verified(self) -> bool:
        return any(each.verified and each.email == self.user.email for each in self.addresses)


def find_user(user_id: str) -> User:
    """The account of that id. Raises ItemNotFound, also for what is no id at all."""
    try:
        return User.objects.get(pk=UUID(user_id))
    except (User.DoesNotExist, ValueError) as error:
        raise ItemNotFound("account") from error


def load_person(user: User) -> Person:
    """Two reads of DynamoDB at most, whatever is stored."""
    profile = ProfileRepository().find(str(user.pk))
    organization_id = profile.organization_id if profile else None
    listed = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    return Person(
        user=user,
        profile=profile,
        organization=OrganizationRepository(organization_id).find() if organization_id else None,
        addresses=tuple(EmailAddress.objects.filter(user=user).order_by("-primary", "email")),
        sessions=tuple(
            SessionRow(device_words(each.user_agent), each.ip, each.created_at, each.last_seen_at)
            for each in listed[:MOST_SESSIONS]
        ),
        session_count=listed.count(),
        second_step=second_step_of(user),
    )
