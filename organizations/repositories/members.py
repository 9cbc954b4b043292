"""The people of one organization, read from UsersTable.

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| members by name | organization_id = :id, either way | MemberIndex | 1 eventual read a page |
| those of departments, of a role, found by text | the same, thinned as it is read | MemberIndex | 1 to 12 |
| one member, to change them | user_id = :id (GetItem, consistent) | - | 1 read |
| every member | organization_id = :id | OrganizationIndex | 1 eventual read a page |

The indexes lag by moments: they list people, they never decide what one of them may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.domain import Profile, Role
from accounts.profile_items import folded
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import (
    InvalidItem,
    Item,
    ItemNotFound,
    Key,
    Page,
    decode_item,
    iter_query,
    query_page,
    tables,
)
from organizations.domain import Member

MEMBERS_PER_PAGE = 50
#: Text is compared as it is folded, which DynamoDB cannot do, so a search reads its way along the names: this
#: many requests get through 8,500 members, and "look further" through the rest.
SEARCH_REQUESTS = 12


class MemberKind(StrEnum):
    """What somebody may do in their organization, as lists and forms say it."""

    MEMBER = "member"
    ADMINISTRATOR = "administrator"
    LIMITED = "limited"


def kind_of(person: Member | Profile) -> MemberKind:
    """Who administers the platform is a member like others here."""
    if person.role is not Role.ORG_ADMIN:
        return MemberKind.MEMBER
    return MemberKind.ADMINISTRATOR if person.managed_departments is None else MemberKind.LIMITED


@dataclass(frozen=True, slots=True)
class MemberFilters:
    """What a list of members is narrowed to, and its order.

    `search` is looked for in names and addresses, folded as they are. `departments` are ids, merged ones
    included, with None for "in no department"; None instead of a set is everybody, an empty set nobody.
    """

    search: str = ""
    departments: frozenset[str | None] | None = None
    kind: MemberKind | None = None
    descending: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "search", folded(self.search))

    def fit(self, member: Member) -> bool:
        return (
            (self.departments is None or member.department_id in self.departments)
            and (self.kind is None or kind_of(member) is self.kind)
            and (self.search in folded(member.name) or self.search in folded(member.email))
        )

    @property
    def narrow(self) -> bool:
        """Whether anybody may be left out."""
        return bool(self.search) or self.departments is not None or self.kind is not None

    @property
    def scope(self) -> tuple[str, ...]:
        """What a cursor is bound to, beside the direction."""
        departments = "all" if self.departments is None else sorted(each or "" for each in self.departments)
        return (self.search, str(departments), self.kind or "")


class MemberRepository:
    """The members of one organization."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._partition = Key("organization_id").eq(organization_id)

    def page(
        self,
        filters: MemberFilters | None = None,
        cursor: str | None = None,
        *,
        page_size: int = MEMBERS_PER_PAGE,
    ) -> Page[Member]:
        """One page in the order of names. Raises InvalidCursor for one of another list or organization.

        Without filters it is one request.
        """
        filters = filters or MemberFilters()
        if filters.departments is not None and not filters.departments:
            return Page((), None)
        return query_page(
            tables.USERS,
            self._partition,
            scope=("members", self._organization_id, *filters.scope),
            page_size=page_size,
            decode=from_item,
            keep=filters.fit if filters.narrow else None,
            forward=not filters.descending,
            cursor=cursor,
            index="MemberIndex",
            budget=SEARCH_REQUESTS,
        )

    def get(self, user_id: str) -> Profile:
        """The profile of a member, as of this moment. Raises ItemNotFound, also for people of elsewhere."""
        try:
            profile = ProfileRepository().find(user_id)
        except InvalidItem as error:  # no such key can exist
            raise ItemNotFound("member") from error
        if profile is None or profile.organization_id != self._organization_id:
            raise ItemNotFound(f"member {user_id}")
        return profile

    def all(self) -> Iterator[Member]:
        """Every member in no order, without the limits of administrators, which this index does not have."""
        items = iter_query(tables.USERS, self._partition, index="OrganizationIndex")
        return (from_item(item) for item in items)


def from_item(item: Item) -> Member:
    """A member, from what the indexes project."""
    stored = decode_item(item)
    managed = stored.get("managed_departments")
    joined_on = stored.get("joined_on")
    return Member(
        user_id=stored["user_id"],
        email=stored["email"],
        name=stored.get("name", ""),
        role=Role(stored.get("role", Role.USER)),
        department_id=stored.get("department_id"),
        managed_departments=None if managed is None else tuple(managed),
        joined_on=None if joined_on is None else date.fromisoformat(joined_on),
    )
