"""The people of one organization, read from UsersTable.

| access pattern             | key condition         | index             | cost                       |
| -------------------------- | --------------------- | ----------------- | -------------------------- |
| members of an organization | organization_id = :id | OrganizationIndex | 1 eventual read a page     |

The index lags by moments: it lists people, it never decides what one of them may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.domain import Role
from carbontrack.dynamodb import Item, Key, Page, decode_item, iter_query, query_page, tables
from organizations.domain import Member

MEMBERS_PER_PAGE = 50


class MemberRepository:
    """The members of one organization, in no particular order: the index has no sort key."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id

    def page(self, cursor: str | None = None, *, page_size: int = MEMBERS_PER_PAGE) -> Page[Member]:
        """One page of members. Raises InvalidCursor for a cursor of another organization."""
        return query_page(
            tables.USERS,
            Key("organization_id").eq(self._organization_id),
            scope=("members", self._organization_id),
            page_size=page_size,
            decode=from_item,
            cursor=cursor,
            index="OrganizationIndex",
        )

    def all(self) -> Iterator[Member]:
        """Every member."""
        key = Key("organization_id").eq(self._organization_id)
        return (from_item(item) for item in iter_query(tables.USERS, key, index="OrganizationIndex"))


def from_item(item: Item) -> Member:
    """A member, from the attributes that OrganizationIndex projects."""
    stored = decode_item(item)
    return Member(
        user_id=stored["user_id"],
        email=stored["email"],
        name=stored.get("name", ""),
        role=Role(stored.get("role", Role.USER)),
        department_id=stored.get("department_id"),
        last_login=datetime.fromisoformat(stored["last_login"]),
    )
