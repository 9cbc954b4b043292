"""Invitations in OrganizationsTable, and how many were sent in an hour.

| access pattern | key condition | cost |
| --- | --- | --- |
| an invitation | GetItem (O, `invitation#<ULID>`), consistent | 1 read |
| those of an organization, newest first | O, record begins with `invitation#`, descending | 1 read a page |
| every address an organization has invited | the same, all of it, consistent | 1 read a MB (2,000) |
| what an address is invited to | email = :email | 1 eventual read of EmailIndex |
| a new one, a renewed one | PutItem, if new, or if the version is as seen | 1 write |
| used, declined, revoked | DeleteItem if as seen, PutItem (O, `ended-invitation#<ULID>`) | 2 writes |
| why a link is over | GetItem (O, `ended-invitation#<ULID>`) | 1 read |
| how many an hour | UpdateItem (O, `invitation-limit#2024-03-15T10`), ADD if it stays within | 1 write |

All writes are queued in a transaction. `expires_at` is what DynamoDB removes items by, some time after;
nothing here waits for that. Only the hash of a link's secret is stored, also of one that is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.domain import Role
from carbontrack.clock import stamp
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Item,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    Page,
    WriteTransaction,
    decode_item,
    get_item,
    iter_query,
    new_token,
    query_page,
)
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import Invitation, InvitationState

INVITATION = "invitation#"
ENDED = "ended-invitation#"
LIMIT = "invitation-limit#"
PAGE_SIZE = 50
#: How long a link that was used, declined or revoked is remembered, to say so to whoever opens it again.
END_IS_KEPT = timedelta(days=30)
#: How long the count of an hour outlives it.
LIMIT_IS_KEPT = timedelta(hours=2)

_ID = re.compile(r"[0-9A-Za-z]{1,40}")


class InvitationEnd(StrEnum):
    """Why an invitation is no more, unless its time was over."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class EndedInvitation:
    """What remains of an invitation: enough to tell the holder of its link what became of it."""

    token_hash: str
    end: InvitationEnd


def is_id(text: str) -> bool:
    """Whether text from outside can be part of a key here."""
    return _ID.fullmatch(text) is not None


class InvitationRepository:
    """The invitations of one organization."""

    def __init__(self, organization_id: str) -> None:
        self.organization_id = organization_id

    def get(self, invitation_id: str) -> Invitation:
        """The invitation, expired or not. Raises ItemNotFound."""
        invitation = self.find(invitation_id)
        if invitation is None:
            raise ItemNotFound(f"invitation {invitation_id}")
        return invitation

    def find(self, invitation_id: str) -> Invitation | None:
        item = self._read(INVITATION, invitation_id)
        return None if item is None else from_item(item)

    def find_end(self, invitation_id: str) -> EndedInvitation | None:
        """What became of an invitation that is no more; None if it never was, or long ago."""
        item = self._read(ENDED, invitation_id)
        if item is None:
            return None
        stored = decode_item(item)
        return EndedInvitation(stored["token_hash"], InvitationEnd(stored["end"]))

    def page(
        self, cursor: str | None = None, *, keep: Callable[[Invitation], bool] | None = None
    ) -> Page[Invitation]:
        """One page, newest first, of those that `keep` wants. Raises InvalidCursor."""
        return query_page(
            ORGANIZATIONS,
            Key("organization_id").eq(self.organization_id) & Key("record").begins_with(INVITATION),
            scope=("invitations", self.organization_id),
            page_size=PAGE_SIZE,
            decode=from_item,
            keep=keep,
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def by_address(self) -> dict[str, Invitation]:
        """Every address with its invitation, the newest if there are several; expired ones too."""
        key = Key("organization_id").eq(self.organization_id) & Key("record").begins_with(INVITATION)
        items = iter_query(ORGANIZATIONS, key, consistent=True)
        return {invitation.email: invitation for invitation in map(from_item, items)}

    # -- Writes ---------------------------------------------------------------------------------------------

    def add(self, invitation: Invitation, *, transaction: WriteTransaction) -> None:
        """Queue a new invitation."""
        transaction.put(
            ORGANIZATIONS,
            to_item(invitation),
            condition=Attr("record").not_exists(),
            error=ItemAlreadyExists(f"invitation {invitation.id}"),
        )

    def replace(
        self, invitation: Invitation, *, seen_version: int, error: Exception, transaction: WriteTransaction
    ) -> Invitation:
        """Queue a changed invitation, if nobody else changed or ended it. Returns it one version on."""
        replaced = replace(invitation, version=seen_version + 1)
        transaction.put(
            ORGANIZATIONS, to_item(replaced), condition=Attr("version").eq(seen_version), error=error
        )
        return replaced

    def remove(
        self,
        invitation: Invitation,
        *,
        end: InvitationEnd,
        now: datetime,
        error: Exception,
        transaction: WriteTransaction,
    ) -> None:
        """Queue the end of an invitation whose link is still the one that was seen.

        The transaction raises `error` otherwise, and also when what is accepted has expired by `now`.
        """
        condition: ConditionBase = Attr("token_hash").eq(invitation.token_hash)
        if end is InvitationEnd.ACCEPTED:
            condition &= Attr("expires_at").gt(int(now.timestamp()))
        key = _key(self.organization_id, INVITATION, invitation.id)
        transaction.delete(ORGANIZATIONS, key, condition=condition, error=error)
        transaction.put(
            ORGANIZATIONS,
            {
                **_key(self.organization_id, ENDED, invitation.id),
                "token_hash": invitation.token_hash,
                "end": end.value,
                "expires_at": int((now + END_IS_KEPT).timestamp()),
            },
        )

    def forget(self, invitation: Invitation, *, transaction: WriteTransaction) -> None:
        """Queue the removal of an invitation without a trace: another one to its address was accepted."""
        transaction.delete(ORGANIZATIONS, _key(self.organization_id, INVITATION, invitation.id))

    # -- How many an hour -----------------------------------------------------------------------------------

    def sent_in_hour(self, now: datetime) -> int:
        """How many mails with invitations the organization has sent in the hour of `now`."""
        item = get_item(ORGANIZATIONS, self._limit_key(now), consistent=True)
        return 0 if item is None else int(decode_item(item)["count"])

    def count_sent(
        self, number: int, *, limit: int, now: datetime, error: Exception, transaction: WriteTransaction
    ) -> None:
        """Queue `number` more for the hour of `now`. The transaction raises `error` beyond `limit`."""
        transaction.update(
            ORGANIZATIONS,
            self._limit_key(now),
            # The token tells this write from all others of the hour, should its answer get lost.
            set={"expires_at": int((next_hour(now) + LIMIT_IS_KEPT).timestamp()), "latest": new_token()},
            add={"count": number},
            condition=Attr("count").not_exists() | Attr("count").lte(limit - number),
            error=error,
        )

    def _limit_key(self, now: datetime) -> dict[str, str]:
        return _key(self.organization_id, LIMIT, f"{now.astimezone(UTC):%Y-%m-%dT%H}")

    def _read(self, prefix: str, invitation_id: str) -> Item | None:
        if not is_id(invitation_id) or not is_id(self.organization_id):
            return None
        key = _key(self.organization_id, prefix, invitation_id)
        return get_item(ORGANIZATIONS, key, consistent=True)


class ReceivedInvitationRepository:
    """The invitations to one address, from whatever organizations."""

    def __init__(self, email: str) -> None:
        self.email = email.lower()

    def pending(self, now: datetime) -> tuple[Invitation, ...]:
        """Those that can be accepted, newest first. The index may lag: accepting looks at the item itself."""
        items = iter_query(ORGANIZATIONS, Key("email").eq(self.email), index="EmailIndex")
        invitations = [each for each in map(from_item, items) if each.state(now) is InvitationState.PENDING]
        return tuple(sorted(invitations, key=lambda each: (each.created_at, each.id), reverse=True))


def next_hour(now: datetime) -> datetime:
    """When the count of sent invitations begins anew."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


# -- Items --------------------------------------------------------------------------------------------------


def _key(organization_id: str, prefix: str, suffix: str) -> dict[str, str]:
    return {"organization_id": organization_id, "record": f"{prefix}{suffix}"}


def to_item(invitation: Invitation) -> dict[str, Any]:
    managed = invitation.managed_departments
    return {
        **_key(invitation.organization_id, INVITATION, invitation.id),
        "organization_name": invitation.organization_name,
        "email": invitation.email.lower(),
        "token_hash": invitation.token_hash,
        "role": invitation.role.value,
        "department_id": invitation.department_id,
        "managed_departments": None if managed is None else list(managed),
        "invited_by": invitation.invited_by,
        "invited_by_name": invitation.invited_by_name,
        "created_at": stamp(invitation.created_at),
        "expires_at": int(invitation.expires_at.timestamp()),
        "version": invitation.version,
    }


def from_item(item: Item) -> Invitation:
    stored = decode_item(item)
    managed = stored.get("managed_departments")
    return Invitation(
        id=stored["record"].removeprefix(INVITATION),
        organization_id=stored["organization_id"],
        organization_name=stored["organization_name"],
        email=stored["email"],
        token_hash=stored["token_hash"],
        role=Role(stored["role"]),
        department_id=stored.get("department_id"),
        managed_departments=None if managed is None else tuple(managed),
        invited_by=stored["invited_by"],
        invited_by_name=stored["invited_by_name"],
        created_at=datetime.fromisoformat(stored["created_at"]),
        expires_at=datetime.fromtimestamp(int(stored["expires_at"]), tz=UTC),
        version=int(stored["version"]),
    )
