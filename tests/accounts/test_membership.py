"""Where a person belongs, on their own item: changed as it was seen, and sorted by the right name."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from accounts.domain import Profile, Role
from accounts.profile_items import folded, member_name
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import (
    Conflict,
    WriteTransaction,
    count_requests,
    decode_item,
    get_item,
    put_item,
    tables,
)
from tests.factories import make_profile

pytestmark = pytest.mark.dynamodb

JOINED_ON = date(2024, 3, 15)


class Refused(Exception):
    """What a test queues with its write."""


def stored_item(user_id: str = "user_123") -> dict[str, Any]:
    item = get_item(tables.USERS, {"user_id": user_id}, consistent=True)
    assert item is not None
    return decode_item(item)


def set_membership(profile: Profile, **changes: Any) -> Profile:
    values: dict[str, Any] = {
        "organization_id": "org_456",
        "role": Role.USER,
        "department_id": None,
        "managed_departments": None,
    }
    with WriteTransaction() as transaction:
        return ProfileRepository().set_membership(
            profile, **(values | changes), error=Refused(), transaction=transaction
        )


def somebody(**changes: Any) -> Profile:
    profile = make_profile("user_123", **({"name": "John Doe"} | changes))
    ProfileRepository().add(profile)
    return profile


def test_joining_is_stored_and_returned() -> None:
    profile = somebody()
    before = stored_item()

    joined = set_membership(
        profile,
        role=Role.ORG_ADMIN,
        department_id="d1",
        managed_departments=["d1", "d2"],
        joined_on=JOINED_ON,
    )

    assert stored_item() == before | {
        "organization_id": "org_456",
        "role": "org_admin",
        "department_id": "d1",
        "managed_departments": ["d1", "d2"],
        "joined_on": "2024-03-15",
        "membership_version": 1,
    }
    assert joined == ProfileRepository().get("user_123")
    assert joined.managed_departments == ("d1", "d2")


def test_leaving_takes_everything_of_the_organization_off_the_item() -> None:
    profile = somebody()
    before = stored_item()
    joined = set_membership(profile, department_id="d1", managed_departments=[], joined_on=JOINED_ON)

    left = set_membership(joined, organization_id=None)

    assert stored_item() == before | {"membership_version": 2}
    assert left == ProfileRepository().get("user_123") == replace(profile, membership_version=2)


def test_the_day_of_joining_stays_while_the_organization_does() -> None:
    joined = set_membership(somebody(), joined_on=JOINED_ON)

    promoted = set_membership(joined, role=Role.ORG_ADMIN)
    assert stored_item()["joined_on"] == "2024-03-15"

    set_membership(promoted, organization_id="org_789", joined_on=date(2025, 1, 1))
    assert stored_item()["joined_on"] == "2025-01-01"


def test_membership_that_somebody_else_changed_is_not_overwritten() -> None:
    joined = set_membership(somebody())
    set_membership(joined, role=Role.ORG_ADMIN)

    with pytest.raises(Refused):
        set_membership(joined, department_id="d9")

    assert "department_id" not in stored_item()
    assert stored_item()["role"] == "org_admin"


def test_settings_saved_meanwhile_and_a_new_role_both_stay() -> None:
    joined = set_membership(somebody())
    ProfileRepository().save(replace(joined, name="Johnny"))

    set_membership(joined, role=Role.ORG_ADMIN)

    assert (stored_item()["name"], stored_item()["role"]) == ("Johnny", "org_admin")
    assert stored_item()["member_name"] == "johnny#user_123"


def test_who_joins_while_they_rename_themselves_is_asked_again() -> None:
    profile = somebody()
    ProfileRepository().save(replace(profile, name="Johnny"))

    with pytest.raises(Refused):
        set_membership(profile)

    assert "organization_id" not in stored_item()


def test_item_of_an_older_release_can_join_and_sorts_by_its_name() -> None:
    put_item(
        tables.USERS,
        {
            "user_id": "user_123",
            "email": "john@example.com",
            "name": "John Doe",
            "created_at": "2024-03-15T10:30:00Z",
            "last_login": "2024-03-16T10:30:00Z",
        },
    )

    set_membership(ProfileRepository().get("user_123"))

    assert stored_item()["member_name"] == "john doe#user_123"
    assert stored_item()["membership_version"] == 1


# -- The right of whoever acts ------------------------------------------------------------------------------


def act_as(profile: Profile) -> None:
    """Something an administrator does: here, a note in the item of somebody else."""
    with WriteTransaction() as transaction:
        ProfileRepository().check_administrator(profile, transaction=transaction, error=Refused())
        transaction.update(tables.USERS, {"user_id": "other"}, set={"email": "other@example.com"})


def test_administrator_may_act() -> None:
    act_as(set_membership(somebody(), role=Role.ORG_ADMIN))

    assert stored_item("other") == {"user_id": "other", "email": "other@example.com"}


@pytest.mark.parametrize(
    "change",
    [
        {"role": Role.USER},
        {"role": Role.ORG_ADMIN, "managed_departments": ["d1"]},
        {"role": Role.ORG_ADMIN, "organization_id": "org_789"},
        {"organization_id": None},
    ],
    ids=["demoted", "limited", "moved", "removed"],
)
def test_administrator_who_is_none_any_more_changes_nothing(change: dict[str, Any]) -> None:
    administrator = set_membership(somebody(), role=Role.ORG_ADMIN)
    set_membership(administrator, **change)

    with pytest.raises(Refused):
        act_as(administrator)

    assert get_item(tables.USERS, {"user_id": "other"}, consistent=True) is None


@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_other_roles_are_no_administrators_of_an_organization(role: Role) -> None:
    with pytest.raises(Refused):
        act_as(set_membership(somebody(), role=role))


# -- How people sort ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("John Doe", "john doe"),
        ("  Élodie\t Öztürk ", "elodie ozturk"),
        ("STRASSE Straße", "strasse strasse"),
        ("Zoë\u00a0X\u200b", "zoe x"),
        ("李小龍", "李小龍"),
        ("İpek", "ipek"),
    ],
)
def test_names_are_folded_to_sort_and_search(name: str, expected: str) -> None:
    assert folded(name) == expected == folded(folded(name))


def test_very_long_name_still_makes_a_key() -> None:
    assert len(member_name("李" * 400, "", "u" * 36).encode()) < 1024


def test_who_has_no_name_sorts_by_the_address_also_after_a_change() -> None:
    somebody(name="", email="old@example.com")
    assert stored_item()["member_name"] == "old@example.com#user_123"

    with count_requests() as meter:
        moved = ProfileRepository().set_email("user_123", "New@example.com")

    assert stored_item()["member_name"] == "new@example.com#user_123"
    assert moved == ProfileRepository().get("user_123")
    assert meter.count == 2


def test_who_has_a_name_sorts_by_it_also_after_a_change_of_address() -> None:
    somebody(name="John Doe", email="old@example.com")

    with count_requests() as meter:
        ProfileRepository().set_email("user_123", "new@example.com")

    assert (stored_item()["email"], stored_item()["member_name"]) == ("new@example.com", "john doe#user_123")
    assert meter.count == 1


def test_giving_up_the_name_while_the_address_changes_is_refused() -> None:
    profile = somebody(name="John Doe", email="old@example.com")
    ProfileRepository().set_email("user_123", "new@example.com")

    with pytest.raises(Conflict):
        ProfileRepository().save(replace(profile, name=""))

    assert stored_item()["member_name"] == "john doe#user_123"


def test_new_name_moves_the_person_in_the_list() -> None:
    profile = somebody(name="", email="john@example.com")

    ProfileRepository().save(replace(profile, name="Ann"))

    assert stored_item()["member_name"] == "ann#user_123"
