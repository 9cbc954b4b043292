"""Two administrators at the same moment, and the last of them: one succeeds, the other one sees why not."""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest

from accounts.domain import Preferences, Profile, Role
from carbontrack import clock
from carbontrack.dynamodb import tables, update_item
from organizations.domain import Organization
from organizations.errors import RIGHTS_CHANGED, OrganizationConflict, RightsLost
from organizations.repositories.organizations import LAST_ADMINISTRATOR
from organizations.services import members
from organizations.services.members import MEMBER_CHANGED, change_member, leave, remove_member
from tests.factories import NOW
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person, make_person
from tests.organizations.members import change, counters, item_of, removal, trail

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


# -- The last administrator ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda alice: change(alice, alice, role=Role.USER),
        lambda alice: change(alice, alice, managed_departments=(SALES,)),
        lambda alice: leave(alice.stored_profile()),
        lambda alice: removal(alice, alice),
    ],
    ids=["demotion", "limits", "leaving", "removal"],
)
def test_last_administrator_stays_one(
    act: Callable[[Person], Profile], acme: Organization, alice: Person, bob: Person
) -> None:
    change(alice, bob, role=Role.ORG_ADMIN, managed_departments=(SALES,))  # who does not count as one
    before, already = item_of(alice), trail(acme)

    with pytest.raises(OrganizationConflict) as conflict:
        act(alice)

    assert conflict.value.sentence == LAST_ADMINISTRATOR
    assert item_of(alice) == before
    assert counters(acme) == (2, 1, {SALES: 1})
    assert trail(acme) == already


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What came of each: None, or the error that it raised."""
    start = Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            act()
        except Exception as error:
            outcomes[place] = error

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


ROUNDS = 12


@pytest.fixture
def _no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads have database connections of their own, which would not see this test's transaction."""
    monkeypatch.setattr(members, "send_notice", lambda *args: None)


@pytest.fixture
def dana(db: None, dynamodb: None) -> Person:
    return make_person("Dana", Preferences())


@pytest.mark.usefixtures("_no_mail")
@pytest.mark.parametrize("way", ["demote", "remove", "step down", "leave"])
def test_of_the_last_two_administrators_exactly_one_can_go(way: str, alice: Person, bob: Person) -> None:
    for number in range(ROUNDS):
        organization = make_organization(f"01HS00000000000000000R{number:04}")
        for person in (alice, bob):
            join(person.user_id, organization.id, role=Role.ORG_ADMIN)
        one, other = alice.stored_profile(), bob.stored_profile()

        outcomes = at_once(act(way, one, other), act(way, other, one))

        (refused,) = [outcome for outcome in outcomes if outcome is not None]
        assert isinstance(refused, OrganizationConflict)
        assert refused.sentence in {RIGHTS_CHANGED, MEMBER_CHANGED, LAST_ADMINISTRATOR}
        stored = [alice.stored_profile(), bob.stored_profile()]
        kept = [each for each in stored if each.is_full_organization_admin]
        gone = way in {"remove", "leave"}
        assert len(kept) == 1
        assert counters(organization) == (1 if gone else 2, 1, {})
        assert len(trail(organization)) == 1
        for person in (alice, bob):
            update_item(tables.USERS, {"user_id": person.user_id}, remove=["organization_id"])


def act(way: str, actor: Profile, other: Profile) -> Callable[[], Any]:
    """A way for two administrators to leave nobody: of each other, or each of themselves."""
    demoted: dict[str, Any] = {"role": Role.USER, "department_id": None, "managed_departments": None}
    return {
        "demote": lambda: change_member(
            actor, other.user_id, **demoted, seen_version=other.membership_version
        ),
        "remove": lambda: remove_member(actor, other.user_id, seen_version=other.membership_version),
        "step down": lambda: change_member(
            actor, actor.user_id, **demoted, seen_version=actor.membership_version
        ),
        "leave": lambda: leave(actor),
    }[way]


# -- Two at the same moment ---------------------------------------------------------------------------------


def test_second_of_two_administrators_sees_why_nothing_was_saved(
    acme: Organization, alice: Person, bob: Person, dana: Person
) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    seen = bob.stored_profile().membership_version
    change(alice, bob, department_id=ENGINEERING)

    with pytest.raises(OrganizationConflict) as changing:
        change(dana, bob, department_id=FIELD, seen_version=seen)
    with pytest.raises(OrganizationConflict) as removing:
        remove_member(dana.stored_profile(), bob.user_id, seen_version=seen)

    assert changing.value.sentence == removing.value.sentence == MEMBER_CHANGED
    assert bob.stored_profile().department_id == ENGINEERING
    assert counters(acme) == (3, 2, {ENGINEERING: 1})
    assert len(trail(acme)) == 1


def move(actor: Profile, department_id: str, person: Person, seen_version: int) -> Profile:
    return change_member(
        actor,
        person.user_id,
        role=Role.USER,
        department_id=department_id,
        managed_departments=None,
        seen_version=seen_version,
    )


@pytest.mark.usefixtures("_no_mail")
def test_of_two_at_once_one_succeeds_and_counters_fit(
    acme: Organization, alice: Person, bob: Person, dana: Person
) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    for number in range(ROUNDS):
        wanted = [each for each in (SALES, ENGINEERING, FIELD) if each != bob.stored_profile().department_id]
        seen = bob.stored_profile().membership_version
        actors = (alice.stored_profile(), dana.stored_profile())

        outcomes = at_once(*(partial(move, *pair, bob, seen) for pair in zip(actors, wanted, strict=True)))

        assert sorted(str(outcome) for outcome in outcomes) == sorted(["None", MEMBER_CHANGED])
        assert counters(acme) == (3, 2, {bob.stored_profile().department_id: 1})
        assert len(trail(acme)) == number + 1


@pytest.mark.parametrize("fate", ["demoted", "limited", "removed"])
def test_administrator_who_lost_the_right_meanwhile_changes_nothing(
    fate: str, acme: Organization, alice: Person, bob: Person, dana: Person
) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    as_read = dana.stored_profile()
    if fate == "removed":
        removal(alice, dana)
    else:
        limits = (SALES,) if fate == "limited" else None
        role = Role.ORG_ADMIN if fate == "limited" else Role.USER
        change(alice, dana, role=role, managed_departments=limits)
    before = item_of(bob)

    for attempt in (
        lambda: remove_member(as_read, bob.user_id, seen_version=1),
        lambda: change_member(
            as_read,
            bob.user_id,
            role=Role.ORG_ADMIN,
            department_id=None,
            managed_departments=None,
            seen_version=1,
        ),
    ):
        with pytest.raises(RightsLost) as conflict:
            attempt()
        assert conflict.value.sentence == RIGHTS_CHANGED

    assert item_of(bob) == before


def test_demoted_administrator_cannot_take_the_right_back(
    acme: Organization, alice: Person, dana: Person
) -> None:
    """Not even with a form that guessed the version to come, in a request that began a moment earlier."""
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    as_read = dana.stored_profile()
    change(alice, dana, role=Role.USER)

    with pytest.raises(RightsLost):
        change_member(
            as_read,
            dana.user_id,
            role=Role.ORG_ADMIN,
            department_id=None,
            managed_departments=None,
            seen_version=dana.stored_profile().membership_version,
        )

    assert dana.stored_profile().role is Role.USER
