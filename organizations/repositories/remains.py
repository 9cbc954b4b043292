"""What is filed under an organization that is being deleted: invitations, targets, locks and itself.

| access pattern | key condition | cost |
| --- | --- | --- |
| everything of an organization but itself | organization_id = O, keys only | 1 read a MB, 1 write each |
| the organization, last of all | DeleteItem (O, `organization`) if it is there, in a transaction | 2 writes |
"""

from __future__ import annotations

from carbontrack.dynamodb import Attr, ItemNotFound, Key, WriteTransaction, batch_write, iter_query
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.repositories.organization_items import ORGANIZATION, item_key


class OrganizationRemains:
    """The records of one organization, whatever they are: the next kind of record goes with it as well."""

    def __init__(self, organization_id: str) -> None:
        self.organization_id = organization_id

    def remove_records(self) -> int:
        """Remove all but the organization itself, and return how many that were. Again is harmless."""
        items = iter_query(
            ORGANIZATIONS,
            Key("organization_id").eq(self.organization_id),
            consistent=True,
            projection=ORGANIZATIONS.key_attributes,
        )
        names = [item["record"]["S"] for item in items]
        keys = [item_key(self.organization_id, name) for name in names if name != ORGANIZATION]
        batch_write(ORGANIZATIONS, deletes=keys)
        return len(keys)

    def remove_organization(self, *, transaction: WriteTransaction) -> None:
        """Queue the end of the organization. The transaction raises ItemNotFound where it is gone."""
        transaction.delete(
            ORGANIZATIONS,
            item_key(self.organization_id),
            condition=Attr("record").exists(),
            error=ItemNotFound(f"organization {self.organization_id}"),
        )
