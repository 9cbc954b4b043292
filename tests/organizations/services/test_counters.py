"""The counters of members stay the number of members, whoever moves at once and whatever answers get lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import pytest

from accounts.domain import Preferences, Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb.errors import Conflict, ItemNotFound, Unavailable
from organizations.domain import Organization
from organizations.errors import OrganizationRefused
from organizations.repositories.invitations import ReceivedInvitationRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services import members
from organizations.services.acceptance import ConsentMissing, accept
from organizations.services.invitations import invite
from organizations.services.links import InvitationLink
from organizations.services.members import Membership, change_member, leave, remove_member
from organizations.services.refusals import AlreadyMember, InvitationRefused
from organizations.services.sending import Offer, Sending
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person, make_person
from tests.organizations.invitations import TEN_O_CLOCK, address_of, audit_of
from tests.organizations.members import counters

STEPS = 250
#: What somebody is told who was too late, or may not, or got no answer twice in a row.
ANSWERS = (
    AlreadyMember,
    Conflict,
    ConsentMissing,
    InvitationRefused,
    ItemNotFound,
    OrganizationRefused,
    Unavailable,
)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """One time for all, and no mail: threads would not see this test's SQL transaction."""
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK)
    monkeypatch.setattr(members, "send_notice", lambda *args: None)
    monkeypatch.setattr(Sending, "_mail", lambda *args: None)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("lost", [0, 40], ids=["all answers arrive", "answers get lost"])
def test_counters_and_trail_are_exact_through_moves_at_once(
    lost: int,
    seed: int,
    acme: Organization,
    globex: Organization,
    alice: Person,
    bob: Person,
    charlie: Person,
    faults: Faults,
) -> None:
    people = [alice, bob, charlie, *(make_person(name, Preferences()) for name in ("Dana", "Erin", "Frank"))]
    ids = [person.user_id for person in people]
    before = {acme.id: 2, globex.id: 1}

    def step(number: int) -> None:
        random = Random(f"{seed} {number}")
        if lost and number % (STEPS // lost) == 0:
            faults.lose_reply("TransactWriteItems")
        profiles = ProfileRepository()
        with suppress(*ANSWERS):
            random.choice(ACTS)(profiles.get(random.choice(ids)), profiles.get(random.choice(ids)), random)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(step, range(STEPS)))
    faults.heal()

    stored = [person.stored_profile() for person in people]
    for organization in (acme, globex):
        own = [profile for profile in stored if profile.organization_id == organization.id]
        administrators = sum(profile.is_full_organization_admin for profile in own)
        departments = Counter(profile.department_id for profile in own if profile.department_id)
        assert counters(organization) == (len(own), administrators, dict(departments))
        assert administrators >= 1
        told = Counter(record.action for record in audit_of(organization.id))
        moved = told["member.joined"] - told["member.left"] - told["member.removed"]
        assert before[organization.id] + moved == len(own)


# -- What people do -----------------------------------------------------------------------------------------

Act = Callable[[Profile, Profile, Random], object]


def membership(random: Random) -> Membership:
    department = random.choice([SALES, None])
    return random.choice(
        [
            Membership(Role.USER, department, None),
            Membership(Role.ORG_ADMIN, department, None),
            Membership(Role.ORG_ADMIN, department, (SALES,)),
        ]
    )


def invites(actor: Profile, other: Profile, random: Random) -> None:
    if actor.is_full_organization_admin:
        organization = OrganizationRepository(actor.organization_id or "").get()
        invite(actor, organization, [Offer(other.email, membership(random))], address_of=address_of)


def accepts(actor: Profile, other: Profile, random: Random) -> None:
    for each in ReceivedInvitationRepository(actor.email).pending(TEN_O_CLOCK)[:1]:
        link = InvitationLink(each.organization_id, each.id)
        accept(actor, link, email_is_verified=True, moving_from=actor.organization_id)


def changes(actor: Profile, other: Profile, random: Random) -> None:
    if actor.is_full_organization_admin:
        wanted = membership(random)
        change_member(
            actor,
            other.user_id,
            role=wanted.role,
            department_id=wanted.department_id,
            managed_departments=wanted.managed_departments,
            seen_version=other.membership_version,
        )


def removes(actor: Profile, other: Profile, random: Random) -> None:
    if actor.is_full_organization_admin:
        remove_member(actor, other.user_id, seen_version=other.membership_version)


def leaves(actor: Profile, other: Profile, random: Random) -> None:
    leave(actor)


ACTS: tuple[Act, ...] = (
    invites,
    invites,
    invites,
    accepts,
    accepts,
    accepts,
    accepts,
    changes,
    changes,
    removes,
    leaves,
)
