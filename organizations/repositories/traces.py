"""Where a person's id or address stands in what organizations keep, besides their audit trails.

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| invitations to an address | email = E | EmailIndex | 1 read a page |
| remove them | BatchWriteItem | - | 1 write each, and 1 for the index |
| what one of its people sent, or closed | organization_id = O, filtered | - | what it reads |
| name nobody there | UpdateItem if it is still theirs | - | 1 write |
| visits of staff to a person | ImportsTable: user_id = staff, record begins with `visit#` | - | 1 read |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from carbontrack.audit_erasure import DELETED_ACCOUNT, NOBODY_ID
from carbontrack.dynamodb import Attr, Conflict, Key, batch_write, iter_query, update_item
from carbontrack.dynamodb.tables import IMPORTS, ORGANIZATIONS
from organizations.domain import Invitation
from organizations.repositories.invitations import INVITATION, from_item
from organizations.repositories.organization_items import item_key
from organizations.repositories.visits import VISIT

#: Which attribute of a record names its author, and what is said of them beside it.
_AUTHORS: dict[str, dict[str, str]] = {"invited_by": {"invited_by_name": DELETED_ACCOUNT}, "closed_by": {}}


def invited_to(addresses: Iterable[str]) -> list[Invitation]:
    """Every invitation to one of the addresses, expired ones too, as the index has them."""
    items = (
        item
        for address in sorted(addresses)
        for item in iter_query(ORGANIZATIONS, Key("email").eq(address), index="EmailIndex")
    )
    return [from_item(item) for item in items if item["record"]["S"].startswith(INVITATION)]


def forget_invitations_to(addresses: Iterable[str]) -> None:
    """Remove every invitation to one of the addresses."""
    keys = [item_key(each.organization_id, f"{INVITATION}{each.id}") for each in invited_to(addresses)]
    batch_write(ORGANIZATIONS, deletes=keys)


def sent_by(organization_id: str, user_id: str) -> Iterator[Invitation]:
    """The invitations of an organization that somebody has sent."""
    key = Key("organization_id").eq(organization_id) & Key("record").begins_with(INVITATION)
    return map(
        from_item, iter_query(ORGANIZATIONS, key, filter=Attr("invited_by").eq(user_id), consistent=True)
    )


def invited_by(organization_id: str, user_id: str) -> list[str]:
    """The records of an organization that name somebody as their author: invitations, closed months."""
    condition = Attr("invited_by").eq(user_id) | Attr("closed_by").eq(user_id)
    key = Key("organization_id").eq(organization_id)
    items = iter_query(ORGANIZATIONS, key, filter=condition, consistent=True, projection=["record"])
    return [item["record"]["S"] for item in items]


def forget_actor(organization_id: str, user_id: str) -> None:
    """Name nobody in the records of an organization that name this person as their author."""
    for record in invited_by(organization_id, user_id):
        for attribute, names in _AUTHORS.items():
            with suppress(Conflict):
                update_item(
                    ORGANIZATIONS,
                    item_key(organization_id, record),
                    set={attribute: NOBODY_ID, **names},
                    condition=Attr(attribute).eq(user_id),
                )


def visits_of(staff_id: str, user_id: str) -> list[str]:
    """The records of visits that somebody of staff has made to a person."""
    key = Key("user_id").eq(staff_id) & Key("record").begins_with(VISIT)
    items = iter_query(IMPORTS, key, consistent=True)
    return [item["record"]["S"] for item in items if {"S": user_id} in item.values()]


def forget_visits(staff_id: str, user_id: str) -> None:
    """Remove the records of visits to a person."""
    records = visits_of(staff_id, user_id)
    batch_write(IMPORTS, deletes=[{"user_id": staff_id, "record": record} for record in records])
