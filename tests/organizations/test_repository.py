"""Members of an organization, from UsersTable's OrganizationIndex."""

from datetime import UTC, datetime

import pytest

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import InvalidCursor, count_requests
from organizations.domain import Member
from organizations.repository import MemberRepository
from tests.factories import make_profile

pytestmark = pytest.mark.dynamodb

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def add_members(count: int, organization_id: str = "org_456") -> set[str]:
    ids = {f"{organization_id}-{number}" for number in range(count)}
    for user_id in ids:
        ProfileRepository().add(make_profile(user_id, organization_id=organization_id))
    return ids


def test_schema_pattern_get_organization_members() -> None:
    ProfileRepository().add(
        make_profile(
            "user_123",
            email="john@example.com",
            name="John Doe",
            role=Role.ORG_ADMIN,
            organization_id="org_456",
            department_id="d1",
        )
    )
    ProfileRepository().add(make_profile("user_789", organization_id="org_789"))
    ProfileRepository().add(make_profile("somebody-without"))

    with count_requests() as meter:
        page = MemberRepository("org_456").page()

    assert page.items == (Member("user_123", "john@example.com", "John Doe", Role.ORG_ADMIN, "d1", NEW_YEAR),)
    assert page.next_cursor is None
    assert meter.count == 1


def test_pages_together_are_all_members() -> None:
    ids = add_members(5)
    repository = MemberRepository("org_456")

    first = repository.page(page_size=3)
    second = repository.page(first.next_cursor, page_size=3)

    assert (len(first.items), len(second.items)) == (3, 2)
    assert {member.user_id for member in first.items + second.items} == ids
    assert {member.user_id for member in repository.all()} == ids


def test_probe_06_cursor_of_another_organization_is_refused() -> None:
    add_members(3)
    cursor = MemberRepository("org_456").page(page_size=2).next_cursor

    with pytest.raises(InvalidCursor):
        MemberRepository("org_789").page(cursor, page_size=2)
