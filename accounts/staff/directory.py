"""Everybody who has an account, in the order of their addresses: a page at a time, searched and narrowed.

SQL knows the accounts, DynamoDB the profiles. A page is one statement and one BatchGetItem; only narrowing by
role, which SQL does not know, reads on until the page is full or the budget is used up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, QuerySet

from accounts.domain import Profile, Role
from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import InvalidCursor, Page

PAGE_SIZE = 50
#: How many accounts a page narrowed by role looks at: as many as ten requests for profiles tell.
MOST_LOOKED_AT = 1000
_CHUNK = 100


class State(StrEnum):
    """How an account is. One that is disabled or being deleted may be unconfirmed as well."""

    ACTIVE = "active"
    UNVERIFIED = "unverified"
    DISABLED = "disabled"
    ERASING = "erasing"


@dataclass(frozen=True, slots=True)
class Filters:
    """`text` is how an address begins, or a whole id."""

    text: str = ""
    state: State | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account as the list shows it. `profile` is None for who has never signed in."""

    user_id: str
    email: str
    is_active: bool
    is_verified: bool
    joined_at: datetime
    erase_at: datetime | None
    profile: Profile | None

    @property
    def name(self) -> str:
        return self.profile.name if self.profile else ""

    @property
    def role(self) -> Role:
        return self.profile.role if self.profile else Role.USER


def people_page(filters: Filters, cursor: str | None = None) -> Page[PersonRow]:
    """One page. Raises InvalidCursor for a cursor of another list."""
    cursors = Signer(salt=f"accounts.staff.people:{filters.text}|{filters.state}|{filters.role}")
    after = _opened(cursors, cursor)
    found: list[PersonRow] = []
    for looked_at, row in enumerate(_rows(filters, after), start=1):
        if filters.role is None or row.role is filters.role:
            if len(found) == PAGE_SIZE:
                return Page(tuple(found), cursors.sign_object(found[-1].email))
            found.append(row)
        if looked_at == MOST_LOOKED_AT:
            return Page(tuple(found), cursors.sign_object(row.email))
    return Page(tuple(found), None)


def is_verified(user: User) -> bool:
    """Whether the address that somebody signs in with is confirmed."""
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def _rows(filters: Filters, after: str) -> Iterator[PersonRow]:
    """The accounts behind an address, with their profiles; the profiles of a chunk come together."""
    accounts = _accounts(filters)
    size = PAGE_SIZE + 1 if filters.role is None else _CHUNK
    while True:
        chunk = list(accounts.filter(email__gt=after)[:size])
        yield from _with_profiles(chunk)
        if len(chunk) < size:
            return
        after = chunk[-1].email


def _accounts(filters: Filters) -> QuerySet[User]:
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    accounts = User.objects.annotate(is_verified=Exists(confirmed)).order_by("email")
    user_id = _id_of(filters.text)
    if user_id is not None:
        accounts = accounts.filter(pk=user_id)
    elif filters.text:
        accounts = accounts.filter(email__startswith=filters.text.lower())
    if filters.state is State.DISABLED:
        return accounts.filter(is_active=False)
    if filters.state is State.ERASING:
        return accounts.filter(erase_at__isnull=False)
    if filters.state is State.UNVERIFIED:
        return accounts.filter(is_verified=False)
    if filters.state is State.ACTIVE:
        return accounts.filter(is_active=True, is_verified=True, erase_at=None)
    return accounts


def _with_profiles(accounts: Sequence[User]) -> Iterator[PersonRow]:
    profiles = ProfileRepository().find_many(str(user.pk) for user in accounts)
    for user in accounts:
        yield PersonRow(
            user_id=str(user.pk),
            email=user.email,
            is_active=user.is_active,
            is_verified=user.is_verified,  # type: ignore[attr-defined]  # annotated by `_accounts`
            joined_at=user.date_joined,
            erase_at=user.erase_at,
            profile=profiles.get(str(user.pk)),
        )


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _opened(cursors: Signer, cursor: str | None) -> str:
    """The address to go on behind. Raises InvalidCursor."""
    if not cursor:
        return ""
    try:
        return str(cursors.unsign_object(cursor))
    except (BadSignature, ValueError) as error:
        raise InvalidCursor("The cursor is not one of this list.") from error
