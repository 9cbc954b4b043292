"""UsersTable: the schema's patterns, and that no write undoes another."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest

from accounts.domain import PersonalTarget, Preferences, Profile, Role, Theme, UnitSystem
from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import (
    Conflict,
    ItemAlreadyExists,
    ItemNotFound,
    count_requests,
    decode_item,
    get_item,
    put_item,
    tables,
    update_item,
)
from tests.factories import NOW, make_profile
from tests.fixtures.faults import Faults

pytestmark = pytest.mark.dynamodb


def stored_item(user_id: str) -> dict[str, Any]:
    item = get_item(tables.USERS, {"user_id": user_id}, consistent=True)
    assert item is not None
    values: dict[str, Any] = decode_item(item)
    return values


def some_user() -> User:
    return User(email="john@example.com")


def test_profile_comes_back_as_it_was_stored() -> None:
    profile = make_profile(
        "user_123",
        email="john@example.com",
        name="John Doe",
        role=Role.ORG_ADMIN,
        organization_id="org_456",
        department_id="d1",
        preferences=Preferences(
            "us-camx",
            UnitSystem.IMPERIAL,
            Theme.DARK,
            "Asia/Tokyo",
            PersonalTarget(Decimal("2500.5"), date(2030, 12, 31), Decimal(5000), date(2026, 11, 22)),
        ),
    )

    ProfileRepository().add(profile)

    assert ProfileRepository().get("user_123") == profile


def test_item_has_the_names_of_the_schema() -> None:
    ProfileRepository().add(make_profile("user_123", email="john@example.com", name="John Doe"))

    assert stored_item("user_123") == {
        "user_id": "user_123",
        "email": "john@example.com",
        "name": "John Doe",
        "role": "user",
        "preferences": {"region": "gb", "unit_system": "metric", "theme": "system", "time_zone": "UTC"},
        "created_at": "2024-01-01T00:00:00Z",
        "last_login": "2024-01-01T00:00:00Z",
        "version": 1,
        "member_name": "john doe#user_123",
        "membership_version": 0,
    }


def test_item_as_the_schema_shows_it_is_understood() -> None:
    put_item(
        tables.USERS,
        {
            "user_id": "user_123",
            "email": "john@example.com",
            "name": "John Doe",
            "organization_id": "org_456",
            "role": "org_admin",
            "preferences": {},
            "created_at": "2024-03-15T10:30:00Z",
            "last_login": "2024-03-16T10:30:00Z",
        },
    )

    assert ProfileRepository().get("user_123") == Profile(
        user_id="user_123",
        email="john@example.com",
        created_at=datetime(2024, 3, 15, 10, 30, tzinfo=UTC),
        last_login=datetime(2024, 3, 16, 10, 30, tzinfo=UTC),
        name="John Doe",
        role=Role.ORG_ADMIN,
        organization_id="org_456",
    )


def test_schema_pattern_find_user_by_email() -> None:
    john = make_profile("user_123", email="john@example.com")
    ProfileRepository().add(john)
    ProfileRepository().add(make_profile("user_456", email="jane@example.com"))

    with count_requests() as meter:
        found = ProfileRepository().find_by_email("John@Example.com")

    assert found == john
    assert [request.operation for request in meter.requests] == ["query", "get_item"]
    assert ProfileRepository().find_by_email("nobody@example.com") is None


def test_profile_is_read_consistently_in_one_request(faults: Faults) -> None:
    ProfileRepository().add(make_profile("user_123"))
    faults.heal()

    ProfileRepository().get("user_123")

    assert faults.sent == ["GetItem"]
    assert faults.bodies[0]["ConsistentRead"] is True


def test_missing_profile_is_not_found() -> None:
    assert ProfileRepository().find("nobody") is None
    with pytest.raises(ItemNotFound):
        ProfileRepository().get("nobody")


def test_profile_is_added_once() -> None:
    ProfileRepository().add(make_profile("user_123", name="First"))

    with pytest.raises(ItemAlreadyExists):
        ProfileRepository().add(make_profile("user_123", name="Second"))

    assert ProfileRepository().get("user_123").name == "First"


def test_ensure_makes_a_profile_and_then_leaves_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    user = some_user()

    made = ProfileRepository().ensure(user, Preferences(region="de", time_zone="Europe/Berlin"))
    found = ProfileRepository().ensure(user, Preferences(region="fr"))

    assert made == Profile(
        user_id=str(user.pk),
        email="john@example.com",
        created_at=NOW,
        last_login=NOW,
        preferences=Preferences(region="de", time_zone="Europe/Berlin"),
    )
    assert found == made


def test_eight_first_sign_ins_at_once_make_one_profile() -> None:
    user = some_user()
    start, made = Barrier(8), []

    def sign_in(region: str) -> None:
        start.wait()
        made.append(ProfileRepository().ensure(user, Preferences(region=region)))

    regions = ("de", "fr", "gb", "us", "es", "it", "se", "no")
    threads = [Thread(target=sign_in, args=(region,)) for region in regions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [ProfileRepository().get(str(user.pk))] * 8


def test_lost_reply_to_the_first_put_still_makes_the_profile(faults: Faults) -> None:
    user = some_user()
    faults.lose_reply("PutItem")

    made = ProfileRepository().ensure(user)

    assert ProfileRepository().get(str(user.pk)) == made


def test_saving_over_a_newer_version_is_refused() -> None:
    profile = make_profile("user_123")
    ProfileRepository().add(profile)
    newer = ProfileRepository().save(replace(profile, name="New"))

    with pytest.raises(Conflict):
        ProfileRepository().save(replace(profile, name="Old"))

    assert ProfileRepository().get("user_123") == newer == replace(profile, name="New", version=2)


def test_saving_leaves_role_address_and_last_login_as_they_are() -> None:
    profile = make_profile("user_123")
    ProfileRepository().add(profile)
    update_item(tables.USERS, {"user_id": "user_123"}, set={"role": "admin", "organization_id": "org_456"})
    ProfileRepository().touch_login("user_123", NOW)
    ProfileRepository().set_email("user_123", "new@example.com")

    ProfileRepository().save(replace(profile, name="New"))

    stored = ProfileRepository().get("user_123")
    assert (stored.name, stored.role, stored.organization_id) == ("New", Role.ADMIN, "org_456")
    assert (stored.last_login, stored.email) == (NOW, "new@example.com")


def test_sign_in_does_not_move_the_version() -> None:
    profile = make_profile("user_123")
    ProfileRepository().add(profile)

    touched = ProfileRepository().touch_login("user_123", NOW)

    assert touched == ProfileRepository().get("user_123") == replace(profile, last_login=NOW)


def test_touching_or_renaming_somebody_without_a_profile_makes_no_half_item() -> None:
    with pytest.raises(ItemNotFound):
        ProfileRepository().touch_login("nobody", NOW)
    with pytest.raises(ItemNotFound):
        ProfileRepository().set_email("nobody", "nobody@example.com")

    assert ProfileRepository().find("nobody") is None
