"""What organizations keep about a person: handed over, and erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.repository import ProfileRepository
from carbontrack.audit import organization_subject
from carbontrack.audit_erasure import Erased, records_of, says_who
from carbontrack.personal_data import ErasureStep, Keeper, Phase, Section
from organizations.domain import Invitation
from organizations.repositories.organizations import OrganizationRepository
from organizations.repositories.traces import invited_to, sent_by
from organizations.services import traces

Row = Mapping[str, Any]
#: How the actions begin whose `about` is a person, by name or by address.
_ABOUT_PEOPLE = ("member.", "invitation.", "organization.handed_over", "support.")


def _sections(user_id: str) -> Iterable[Section]:
    yield Section(
        "membership", "The organization that you belong to, and what you may do there.", _membership(user_id)
    )
    yield Section("invitations_received", "Invitations to your address that are open.", _received(user_id))
    yield Section("invitations_sent", "Invitations that you have sent and that are open.", _sent(user_id))
    yield Section(
        "organization_activity",
        "What you did in organizations, and what was done to your membership, from their audit trails.",
        _activity(user_id),
    )


def _membership(user_id: str) -> Iterator[Row]:
    profile = ProfileRepository().find(user_id)
    if profile is None or profile.organization_id is None:
        return
    organization = OrganizationRepository(profile.organization_id).find()
    if organization is not None:
        managed = profile.managed_departments
        yield {
            "organization_id": organization.id,
            "organization": organization.name,
            "role": profile.role,
            "department": organization.department_label(profile.department_id),
            "administers_only": None if managed is None else organization.department_labels(managed),
        }


def _received(user_id: str) -> Iterator[Row]:
    for invitation in invited_to(traces.confirmed_addresses(user_id)):
        yield _invitation(invitation) | {"email": invitation.email}


def _sent(user_id: str) -> Iterator[Row]:
    for organization_id in traces.organizations_of(user_id):
        for invitation in sent_by(organization_id, user_id):
            yield _invitation(invitation)


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "organization": invitation.organization_name,
        "role": invitation.role,
        "sent_at": invitation.created_at,
        "open_until": invitation.expires_at,
    }


def _activity(user_id: str) -> Iterator[Row]:
    """Without the names and addresses of others: their part of it is about them."""
    person = Erased(user_id, traces.confirmed_addresses(user_id))
    records = [each for each in records_of(person) if each["subject"].startswith(organization_subject(""))]
    for stored in sorted(records, key=lambda each: str(each["timestamp"])):
        is_actor, is_about = stored.get("actor_id") == user_id, stored.get("about_id") in person.keys
        yield {
            "at": stored["timestamp"].partition("#")[0],
            "organization_id": stored["subject"].removeprefix(organization_subject("")),
            "action": stored["action"],
            "by": "you" if is_actor else "somebody else",
            "about": "you" if is_about else _about(stored) if is_actor else "",
            "before": _unnamed(stored.get("before", {})),
            "after": _unnamed(stored.get("after", {})),
        }


def _about(stored: Row) -> str:
    """What somebody did something to; of a person it is not said who."""
    is_person = stored["action"].startswith(_ABOUT_PEOPLE)
    return "somebody else" if is_person else str(stored.get("about", ""))


def _unnamed(values: Row) -> Row:
    """What a record says, but for who invited whom."""
    return {name: value for name, value in values.items() if not says_who(name)}


KEEPER = Keeper(
    "organizations",
    _sections,
    (
        ErasureStep(
            "organizations.invitations",
            "Removing invitations",
            Phase.MEMBERSHIP,
            traces.forget_invitations,
            traces.invitations_left,
        ),
        ErasureStep(
            "organizations.membership",
            "Leaving the organization",
            Phase.MEMBERSHIP,
            lambda user_id, alive: traces.end_membership(user_id),
            traces.membership_left,
        ),
        ErasureStep(
            "organizations.trails",
            "Taking the name out of audit trails",
            Phase.TRAIL,
            traces.forget_in_trails,
            traces.trails_left,
        ),
    ),
)
