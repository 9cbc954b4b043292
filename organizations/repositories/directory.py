"""All organizations in the order of their names, for the staff of the platform.

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| by the beginning of the name | directory = D, directory_name begins with it | DirectoryIndex | 1 to 8 |
| those of a page, with their counters | BatchGetItem (O, `organization`) | - | 1 request |
| whether the directory has all, by command | Scan | - | all of them |

D is the same for all of them. `directory_name` is the name, folded as people type it, and the id. The index
lags by moments. Counters are not in it, so that who joins somewhere does not write to a key of everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from accounts.profile_items import folded
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Item,
    Key,
    Page,
    batch_get,
    decode_item,
    iter_scan,
    query_page,
    update_item,
)
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.organization_items import (
    DIRECTORY,
    MOST_NAME_CHARACTERS,
    ORGANIZATION,
    directory_name,
    item_key,
    organization_from_item,
)

PAGE_SIZE = 50


class OrganizationState(StrEnum):
    """What a list of organizations may be narrowed to."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"

    @classmethod
    def of(cls, organization: Organization) -> OrganizationState:
        if organization.deleting_at is not None:
            return cls.DELETING
        return cls.ACTIVE if organization.suspended_at is None else cls.SUSPENDED


_FILTERS: dict[OrganizationState, ConditionBase] = {
    OrganizationState.ACTIVE: Attr("suspended_at").not_exists() & Attr("deleting_at").not_exists(),
    OrganizationState.SUSPENDED: Attr("suspended_at").exists() & Attr("deleting_at").not_exists(),
    OrganizationState.DELETING: Attr("deleting_at").exists(),
}


class DirectoryRepository:
    """The organizations of everybody: only staff of the platform may look through them."""

    def page(
        self, beginning: str = "", state: OrganizationState | None = None, cursor: str | None = None
    ) -> Page[Organization]:
        """One page of those whose name begins with a text, counters included. Raises InvalidCursor."""
        beginning = folded(beginning)[:MOST_NAME_CHARACTERS]
        key: ConditionBase = Key("directory").eq(DIRECTORY)
        if beginning:
            key &= Key("directory_name").begins_with(beginning)
        page = query_page(
            ORGANIZATIONS,
            key,
            scope=("directory", beginning, state or ""),
            page_size=PAGE_SIZE,
            decode=_id_of,
            filter=None if state is None else _FILTERS[state],
            cursor=cursor,
            index="DirectoryIndex",
        )
        items = batch_get(ORGANIZATIONS, [item_key(each) for each in page.items])
        return Page(tuple(map(organization_from_item, items)), page.next_cursor)

    def iter_all(self) -> Iterator[Organization]:
        """Every organization, in the directory or not: for commands, which may scan."""
        for item in iter_scan(ORGANIZATIONS):
            if item["record"]["S"] == ORGANIZATION:
                yield organization_from_item(item)

    def find_listed(self, organization_ids: list[str]) -> set[str]:
        """Those that are in the directory under the name they have, as of this moment."""
        items = batch_get(ORGANIZATIONS, [item_key(each) for each in organization_ids], consistent=True)
        stored = map(decode_item, items)
        return {
            each["organization_id"]
            for each in stored
            if each.get("directory") == DIRECTORY
            and each.get("directory_name") == directory_name(each["name"], each["organization_id"])
        }

    def enlist(self, organization: Organization) -> None:
        """Put one into the directory. Raises OrganizationConflict where it was renamed or is gone since."""
        update_item(
            ORGANIZATIONS,
            item_key(organization.id),
            set={
                "directory": DIRECTORY,
                "directory_name": directory_name(organization.name, organization.id),
            },
            condition=Attr("name").eq(organization.name),
            error=OrganizationConflict("This organization was renamed a moment ago."),
        )


def _id_of(item: Item) -> str:
    return str(item["organization_id"]["S"])
