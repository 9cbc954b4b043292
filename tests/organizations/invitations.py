"""What tests of invitations share: sending one, and the links in the mails."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.core import mail

from accounts.domain import Preferences, Role
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import Key, decode_item, iter_query
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.invitations import Outcome, invite
from organizations.services.links import InvitationLink
from organizations.services.members import Membership
from organizations.services.sending import Offer
from tests.fixtures.people import Person, make_person

TEN_O_CLOCK = datetime(2026, 11, 22, 10, 20, 30, tzinfo=UTC)
MEMBER = Membership(Role.USER, None, None)
ADMINISTRATOR = Membership(Role.ORG_ADMIN, None, None)


def dana() -> Person:
    """Somebody with an account, in no organization."""
    return make_person("Dana", Preferences())


def address_of(path: str) -> str:
    return f"http://testserver{path}"


def send(actor: Person, email: str, place: Membership = MEMBER) -> str:
    """Invite one address into the actor's organization. Returns the token of the mailed link."""
    organization = organization_of(actor)
    invited = invite(actor.stored_profile(), organization, [Offer(email, place)], address_of=address_of)
    assert invited.outcomes[0].is_sent
    return mailed_tokens()[-1]


def send_many(actor: Person, emails: list[str], place: Membership = MEMBER) -> list[Outcome]:
    offers = [Offer(email, place) for email in emails]
    return list(
        invite(actor.stored_profile(), organization_of(actor), offers, address_of=address_of).outcomes
    )


def organization_of(person: Person) -> Organization:
    organization_id = person.stored_profile().organization_id
    assert organization_id is not None
    return OrganizationRepository(organization_id).get()


def mailed_tokens() -> list[str]:
    """The tokens of all mailed links, oldest first."""
    return [
        token
        for message in mail.outbox
        for token in re.findall(
            r"^http://testserver/invitations/([^/\s]+)/$", str(message.body), re.MULTILINE
        )
    ]


def link_of(token: str) -> InvitationLink:
    link = InvitationLink.parse(token)
    assert link is not None
    return link


def raw_items(organization: Organization, record: str = "") -> list[dict[str, Any]]:
    """What is stored in an organization's partition, as it is."""
    items = iter_query(ORGANIZATIONS, Key("organization_id").eq(organization.id), consistent=True)
    return [item for item in map(decode_item, items) if item["record"].startswith(record)]


def audit_of(organization_id: str) -> list[AuditRecord]:
    """The trail of an organization, oldest first."""
    return list(AuditRepository(organization_subject(organization_id)).all())
