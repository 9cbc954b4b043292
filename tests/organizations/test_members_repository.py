"""Members of an organization: in the order of their names, narrowed down, page by page."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from accounts.domain import Role
from accounts.profile_items import profile_to_item
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import (
    InvalidCursor,
    ItemNotFound,
    batch_write,
    count_requests,
    tables,
    update_item,
)
from organizations.domain import Member
from organizations.repositories.members import (
    SEARCH_REQUESTS,
    MemberFilters,
    MemberKind,
    MemberRepository,
    kind_of,
)
from tests.factories import make_profile

pytestmark = pytest.mark.dynamodb

ORGANIZATION = "org_456"


def add(*names: str, organization_id: str | None = ORGANIZATION, **changes: Any) -> None:
    """Members of these names, each with an address and an id like the name."""
    profiles = (
        make_profile(
            name.lower().replace(" ", "-"),
            **({"name": name, "email": f"{name.lower().replace(' ', '.')}@example.com"} | changes),
            organization_id=organization_id,
        )
        for name in names
    )
    batch_write(tables.USERS, puts=[profile_to_item(profile) for profile in profiles])


def names(members: Iterable[Member]) -> list[str]:
    return [member.display_name for member in members]


def found(repository: MemberRepository | None = None, **filters: Any) -> list[str]:
    page = (repository or MemberRepository(ORGANIZATION)).page(MemberFilters(**filters))
    assert page.next_cursor is None
    return names(page.items)


def test_schema_pattern_get_organization_members() -> None:
    add("John Doe", role=Role.ORG_ADMIN, department_id="d1", managed_departments=("d1", "d2"))
    update_item(tables.USERS, {"user_id": "john-doe"}, set={"joined_on": "2024-03-15"})
    add("Jane Doe", organization_id="org_789")
    add("Somebody without", organization_id=None)

    with count_requests() as meter:
        page = MemberRepository(ORGANIZATION).page()

    john = Member(
        "john-doe", "john.doe@example.com", "John Doe", Role.ORG_ADMIN, "d1", ("d1", "d2"), date(2024, 3, 15)
    )
    assert page.items == (john,)
    assert page.next_cursor is None
    assert meter.count == 1


def test_members_come_by_name_or_address_either_way() -> None:
    add("bob", "Zoe", "Álvaro", "alice")
    add("nameless", name="", email="carl@example.com")

    assert found() == ["alice", "Álvaro", "bob", "carl@example.com", "Zoe"]
    assert found(descending=True) == ["Zoe", "carl@example.com", "bob", "Álvaro", "alice"]


def test_whoever_gives_themselves_a_name_moves_to_it() -> None:
    add("bob", "zoe")
    repository = ProfileRepository()
    zoe = repository.get("zoe")

    repository.save(zoe.edited(name="Ann", preferences=zoe.preferences, version=zoe.version))

    assert found() == ["Ann", "bob"]


@pytest.mark.parametrize("descending", [False, True])
def test_each_page_of_many_is_one_request_and_together_they_are_everybody(descending: bool) -> None:
    everybody = [f"Person {number:03}" for number in range(120)]
    add(*everybody)
    repository, filters = MemberRepository(ORGANIZATION), MemberFilters(descending=descending)
    seen: list[str] = []
    cursor: str | None = None

    for size in (50, 50, 20):
        with count_requests() as meter:
            page = repository.page(filters, cursor)
        seen += names(page.items)
        cursor = page.next_cursor
        assert (len(page.items), meter.count) == (size, 1)

    assert cursor is None
    assert seen == sorted(everybody, reverse=descending)
    assert sorted(names(repository.all())) == everybody


# -- Filters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann", ["Ann Lee", "Joanne Poe"]),
        ("ANN", ["Ann Lee", "Joanne Poe"]),
        ("  lee ", ["Ann Lee"]),
        ("elodie", ["Élodie Ann-Öz"]),
        ("ÖZ", ["Élodie Ann-Öz"]),
        ("joanne.poe@", ["Joanne Poe"]),
        ("sales-team", ["Max"]),
        ("%", []),
        ("#", []),
        ("nobody", []),
    ],
)
def test_search_finds_parts_of_names_and_addresses(text: str, expected: list[str]) -> None:
    add("Ann Lee", "Joanne Poe")
    add("elodie", name="Élodie Ann-Öz" if "ann" not in text.lower() else "Élodie")
    add("Max", email="sales-team@example.com")

    assert found(search=text) == expected


def test_departments_narrow_and_nobody_stands_for_an_empty_set() -> None:
    add("Ann", department_id="d1")
    add("Bob", department_id="merged-into-d1")
    add("Cleo", department_id="d2")
    add("Dan")

    assert found(departments=frozenset({"d1", "merged-into-d1"})) == ["Ann", "Bob"]
    assert found(departments=frozenset({None})) == ["Dan"]
    assert found(departments=frozenset({"d2", None})) == ["Cleo", "Dan"]
    with count_requests() as meter:
        assert found(departments=frozenset()) == []
    assert meter.count == 0


def test_roles_narrow_and_the_platforms_administrator_is_a_member() -> None:
    add("Ann", role=Role.ORG_ADMIN)
    add("Bob", role=Role.ORG_ADMIN, managed_departments=("d1",))
    add("Cleo", role=Role.USER)
    add("Dan", role=Role.ADMIN)

    assert found(kind=MemberKind.ADMINISTRATOR) == ["Ann"]
    assert found(kind=MemberKind.LIMITED) == ["Bob"]
    assert found(kind=MemberKind.MEMBER) == ["Cleo", "Dan"]


def test_filters_hold_together() -> None:
    add("Ann One", department_id="d1")
    add("Ann Two", department_id="d2")
    add("Ann Three", department_id="d1", role=Role.ORG_ADMIN)

    assert found(search="ann", departments=frozenset({"d1"}), kind=MemberKind.MEMBER) == ["Ann One"]


def test_page_of_a_search_is_full_although_few_fit() -> None:
    add(*(f"Person {number:03}" for number in range(120)))
    repository, filters = MemberRepository(ORGANIZATION), MemberFilters(search="5")

    page = repository.page(filters, page_size=10)
    rest = repository.page(filters, page.next_cursor, page_size=50)

    fitting = [name for number in range(120) if "5" in (name := f"Person {number:03}")]
    assert names(page.items) == fitting[:10]
    assert names(rest.items) == fitting[10:]
    assert rest.next_cursor is None


def test_search_ends_within_its_budget_and_goes_on_with_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbontrack.dynamodb.pagination.MAX_READ_LIMIT", 3)
    add(*(f"Person {number:03}" for number in range(3 * SEARCH_REQUESTS)), "Zoe")
    repository, filters = MemberRepository(ORGANIZATION), MemberFilters(search="zoe")

    with count_requests() as meter:
        page = repository.page(filters)

    assert (page.items, meter.count) == ((), SEARCH_REQUESTS)
    assert names(repository.page(filters, page.next_cursor).items) == ["Zoe"]


# -- Tenancy ------------------------------------------------------------------------------------------------


def test_probe_06_cursor_of_another_organization_is_refused() -> None:
    add("Ann", "Bob", "Cleo")
    cursor = MemberRepository(ORGANIZATION).page(page_size=2).next_cursor

    with pytest.raises(InvalidCursor):
        MemberRepository("org_789").page(cursor=cursor, page_size=2)


@pytest.mark.parametrize(
    "filters",
    [
        MemberFilters(descending=True),
        MemberFilters(search="a"),
        MemberFilters(departments=frozenset({"d1"})),
        MemberFilters(departments=frozenset({None})),
        MemberFilters(kind=MemberKind.MEMBER),
    ],
    ids=["order", "search", "department", "no department", "role"],
)
def test_probe_06_cursor_of_another_filter_or_order_is_refused(filters: MemberFilters) -> None:
    add("Ann", "Bob", "Cleo", department_id="d1")
    cursor = MemberRepository(ORGANIZATION).page(page_size=2).next_cursor
    assert cursor is not None

    with pytest.raises(InvalidCursor):
        MemberRepository(ORGANIZATION).page(filters, cursor, page_size=2)


def test_one_member_is_read_consistently_and_only_in_their_organization() -> None:
    add("Ann")
    add("Bob", organization_id="org_789")
    add("Cleo", organization_id=None)
    repository = MemberRepository(ORGANIZATION)

    assert repository.get("ann") == ProfileRepository().get("ann")
    for user_id in ("bob", "cleo", "nobody", "", "a" * 3000, "a\x00b", "a\nb"):
        with pytest.raises(ItemNotFound):
            repository.get(user_id)


def test_kind_of_a_profile_is_that_of_the_member() -> None:
    add("Ann", role=Role.ORG_ADMIN, managed_departments=("d1",))
    (member,) = MemberRepository(ORGANIZATION).page().items

    assert kind_of(member) is kind_of(ProfileRepository().get("ann")) is MemberKind.LIMITED
