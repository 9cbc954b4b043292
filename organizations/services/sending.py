"""Sending invitations: stored, counted against the limit of the hour, noted for the audit, then mailed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction as sql
from django.urls import reverse
from django.utils.formats import date_format
from ulid import ULID

from accounts.domain import Profile, Role
from accounts.mail import send_mail
from carbontrack import clock
from carbontrack.dynamodb import ItemAlreadyExists, WriteTransaction
from organizations.domain import Invitation, InvitationState, Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.invitations import InvitationRepository, next_hour
from organizations.repositories.members import MemberKind
from organizations.services.changes import demand_administrator, queue_record
from organizations.services.links import InvitationLink, hash_of, new_secret
from organizations.services.members import Membership, describe

VALID_FOR = timedelta(days=14)
#: Each takes two writes of a transaction, which holds a hundred.
PER_TRANSACTION = 30
#: How often to look again when others invite at the same moment.
ATTEMPTS = 5
MAIL = "organizations/email/invitation"
OVERTAKEN = (
    "Somebody else changed this invitation a moment ago, or it was used. Look at the list as it is now."
)

#: Makes the full address of a path on this site: `request.build_absolute_uri`.
Address = Callable[[str], str]


class InvitationLimitReached(Exception):
    """The organization has sent all it may this hour: `limit` invitations. It can go on at `until`."""

    def __init__(self, limit: int, until: datetime) -> None:
        super().__init__(f"{limit} until {until:%H:%M}")
        self.limit = limit
        self.until = until


@dataclass(frozen=True, slots=True)
class Offer:
    """A place in the organization for an address, which is in lower case."""

    email: str
    place: Membership


def hourly_limit(organization: Organization) -> int:
    """How many invitations an organization may send in an hour: it grows with its members."""
    return int(settings.INVITATIONS_PER_HOUR) + organization.members


def note_invitation(
    action: str,
    actor: Profile,
    organization: Organization,
    transaction: WriteTransaction,
    *,
    before: Invitation | None = None,
    after: Invitation | None = None,
) -> None:
    """Queue the audit record of what an invitation offered before and offers now."""
    invitation = after or before
    assert invitation is not None
    queue_record(
        actor,
        organization.id,
        transaction,
        action=action,
        about=invitation.email,
        about_id=invitation.email,  # by which an address is found in every trail
        before={} if before is None else _offered(before, organization),
        after={} if after is None else _offered(after, organization),
    )


def place_of(invitation: Invitation) -> Membership:
    """What an invitation offers."""
    return Membership(invitation.role, invitation.department_id, invitation.managed_departments)


def _offered(invitation: Invitation, organization: Organization) -> dict[str, object]:
    return describe(organization, place_of(invitation)) | {"expires_at": clock.stamp(invitation.expires_at)}


def kind_offered(invitation: Invitation) -> MemberKind:
    """What an invitation makes of somebody, as lists and forms say it."""
    if invitation.role is not Role.ORG_ADMIN:
        return MemberKind.MEMBER
    return MemberKind.ADMINISTRATOR if invitation.managed_departments is None else MemberKind.LIMITED


class _Overtaken(Exception):
    """Others invited at the same moment: there is less room, or an invitation is not as it was read."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """An invitation to be stored, the secret that its mail needs, and the one that it takes the place of."""

    invitation: Invitation
    secret: str = field(repr=False)
    earlier: Invitation | None


class Sending:
    """One administrator's sending, in as many transactions as it takes: each is all or nothing.

    `known` are the invitations by address that there are already. Where they turn out to have changed they
    are read again, if `may_look_again`. `limit` is set once the limit of the hour has stopped it. `demand`
    queues what must hold for the sender: that they still administer the organization, unless told otherwise.
    """

    def __init__(
        self,
        actor: Profile,
        organization: Organization,
        address_of: Address,
        *,
        known: Mapping[str, Invitation],
        may_look_again: bool = True,
        demand: Callable[[WriteTransaction], None] | None = None,
    ) -> None:
        self.limit: InvitationLimitReached | None = None
        self._actor = actor
        self._organization = organization
        self._address_of = address_of
        self._repository = InvitationRepository(organization.id)
        self._known = known
        self._may_look_again = may_look_again
        self._demand = demand or partial(demand_administrator, actor)

    def send(self, offers: Sequence[Offer]) -> list[bool]:
        """Send in order, each address once, until the limit is reached.

        Tells for each that was sent whether an invitation was pending before. Raises OrganizationConflict.
        """
        sent: list[bool] = []
        while len(sent) < len(offers) and self.limit is None:
            sent += self._send_some(offers[len(sent) :][:PER_TRANSACTION])
        return sent

    def _send_some(self, offers: Sequence[Offer]) -> list[bool]:
        """Send as many of a few offers as there is room for, and set `limit` if that is none."""
        for _ in range(ATTEMPTS):
            now = clock.now()
            allowed = hourly_limit(self._organization)
            room = max(0, allowed - self._repository.sent_in_hour(now))
            drafts = [self._draft(offer, now) for offer in offers[:room]]
            if not drafts:
                self.limit = InvitationLimitReached(allowed, next_hour(now))
                return []
            try:
                self._store(drafts, now)
            except (_Overtaken, ItemAlreadyExists):
                if not self._may_look_again:
                    break
                self._known = self._repository.by_address()
                continue
            self._mail(drafts)
            pending = (draft.earlier and draft.earlier.state(now) for draft in drafts)
            return [state is InvitationState.PENDING for state in pending]
        raise OrganizationConflict(OVERTAKEN)

    def _draft(self, offer: Offer, now: datetime) -> _Draft:
        earlier = self._known.get(offer.email)
        secret = new_secret()
        sent_at = now.replace(microsecond=0)
        invitation = Invitation(
            id=earlier.id if earlier else str(ULID()),
            organization_id=self._organization.id,
            organization_name=self._organization.name,
            email=offer.email,
            token_hash=hash_of(secret),
            role=offer.place.role,
            department_id=offer.place.department_id,
            managed_departments=offer.place.managed_departments,
            invited_by=self._actor.user_id,
            invited_by_name=self._actor.display_name,
            created_at=sent_at,
            expires_at=sent_at + VALID_FOR,
        )
        return _Draft(invitation, secret, earlier)

    def _store(self, drafts: Sequence[_Draft], now: datetime) -> None:
        with WriteTransaction() as transaction:
            for draft in drafts:
                self._store_one(draft, transaction)
            self._repository.count_sent(
                len(drafts),
                limit=hourly_limit(self._organization),
                now=now,
                error=_Overtaken(),
                transaction=transaction,
            )
            self._demand(transaction)

    def _store_one(self, draft: _Draft, transaction: WriteTransaction) -> None:
        if draft.earlier is None:
            self._repository.add(draft.invitation, transaction=transaction)
        else:
            self._repository.replace(
                draft.invitation,
                seen_version=draft.earlier.version,
                error=_Overtaken(),
                transaction=transaction,
            )
        note_invitation(
            "invitation.resent" if draft.earlier else "invitation.sent",
            self._actor,
            self._organization,
            transaction,
            before=draft.earlier,
            after=draft.invitation,
        )

    def _mail(self, drafts: Sequence[_Draft]) -> None:
        """Queue the mails, after the invitations are stored: nobody gets a link that leads nowhere."""
        with sql.atomic():
            for draft in drafts:
                invitation = draft.invitation
                link = InvitationLink(invitation.organization_id, invitation.id, draft.secret)
                context = {
                    "invited_by": invitation.invited_by_name,
                    "organization": invitation.organization_name,
                    "department": self._organization.department_label(invitation.department_id),
                    "kind": kind_offered(invitation).value,
                    "limits": self._organization.department_labels(invitation.managed_departments),
                    "ends_on": f"{date_format(invitation.expires_at, 'j F Y, H:i')} UTC",
                    "url": self._address_of(reverse("organizations:invitation", args=[link.token])),
                }
                send_mail(invitation.email, MAIL, context)
