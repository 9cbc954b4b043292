"""Organizations, targets and closed months in OrganizationsTable.

| access pattern | key condition | cost |
| --- | --- | --- |
| an organization with its departments | GetItem (O, `organization`), consistent | 1 read |
| the same with targets and closed months | O, record between `organization` and `target#~` | 1 read |
| a change of the organization or a department | UpdateItem if the version is as seen | 1 write |
| a member more or less | UpdateItem, ADD to the counters | 1 write |
| whether a month is closed, inside a transaction | ConditionCheck (O, `period#2024-03`) | 2 |

Departments are a map on the organization's item, with a flat counter of members for each: every dashboard and
every form for work needs them, and invitations, which may be many, sort between `department#` and
`organization`. Invitations are in `repositories.invitations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from carbontrack.clock import stamp
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    WriteTransaction,
    get_item,
    iter_query,
)
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import ClosedMonth, Organization, OrganizationOverview, Target
from organizations.errors import MonthClosed, OrganizationConflict
from organizations.repositories.organization_items import (
    ORGANIZATION,
    PERIOD,
    SAVED,
    TARGET,
    closed_month_from_item,
    item_key,
    member_counter,
    organization_from_item,
    organization_to_item,
    target_from_item,
)

CHANGED_MEANWHILE = (
    "Somebody else changed the organization a moment ago. Look at it as it is now, then try again."
)
OPEN_ALREADY = "This month is open already."
LAST_ADMINISTRATOR = (
    "An organization keeps at least one administrator. Make somebody else an administrator of the whole "
    "organization first."
)
NOBODY_JOINS = "This organization is suspended, being deleted or gone, so nobody can join it now."


class OrganizationRepository:
    """One organization. Its partition comes from the constructor, so no call can reach another's."""

    def __init__(self, organization_id: str) -> None:
        self.organization_id = organization_id

    def get(self, *, consistent: bool = True) -> Organization:
        """The organization with its departments. Raises ItemNotFound."""
        organization = self.find(consistent=consistent)
        if organization is None:
            raise ItemNotFound(f"organization {self.organization_id}")
        return organization

    def find(self, *, consistent: bool = True) -> Organization | None:
        item = get_item(ORGANIZATIONS, item_key(self.organization_id), consistent=consistent)
        return None if item is None else organization_from_item(item)

    def overview(self) -> OrganizationOverview:
        """The organization, its targets and closed months in one request. Raises ItemNotFound."""
        organization: Organization | None = None
        targets: list[Target] = []
        closed: list[ClosedMonth] = []
        partition = Key("organization_id").eq(self.organization_id)
        records = Key("record").between(ORGANIZATION, f"{TARGET}~")
        for item in iter_query(ORGANIZATIONS, partition & records, consistent=True):
            record = item["record"]["S"]
            if record == ORGANIZATION:
                organization = organization_from_item(item)
            elif record.startswith(TARGET):
                targets.append(target_from_item(item))
            elif record.startswith(PERIOD):
                month = closed_month_from_item(item)
                if month is not None:
                    closed.append(month)
        if organization is None:
            raise ItemNotFound(f"organization {self.organization_id}")
        return OrganizationOverview(organization, tuple(targets), tuple(closed))

    # -- The organization and its departments ---------------------------------------------------------------

    def add(self, organization: Organization, *, transaction: WriteTransaction) -> None:
        """Queue a new organization."""
        transaction.put(
            ORGANIZATIONS,
            organization_to_item(organization),
            condition=Attr("record").not_exists(),
            error=ItemAlreadyExists(f"organization {organization.id}"),
        )

    def save(
        self, organization: Organization, *, seen_version: int, transaction: WriteTransaction
    ) -> Organization:
        """Queue what the organization says of itself and of its departments, if nobody else has since.

        Counters of members and administrators stay as they are stored. Returns it one version on.
        """
        saved = replace(organization, version=seen_version + 1)
        stored = organization_to_item(saved)
        settable = {name: value for name, value in stored.items() if name in SAVED and value is not None}
        transaction.update(
            ORGANIZATIONS,
            item_key(self.organization_id),
            set=settable,
            remove=[name for name in sorted(SAVED) if name not in settable],
            condition=Attr("version").eq(seen_version),
            error=OrganizationConflict(CHANGED_MEANWHILE),
        )
        return saved

    def count_members(
        self,
        *,
        members: int = 0,
        administrators: int = 0,
        departments: Mapping[str, int] | None = None,
        transaction: WriteTransaction,
    ) -> None:
        """Queue a change of the counters, where it is not zero.

        Taking the last administrator away fails, and so does joining one that is being deleted or suspended.
        `departments` maps ids to the change of their members. All deltas of a transaction go in one call.
        """
        added = {"members": members, "administrators": administrators}
        added |= {member_counter(each): delta for each, delta in (departments or {}).items()}
        added = {name: delta for name, delta in added.items() if delta}
        if not added:
            return
        condition: ConditionBase = Attr("record").exists()
        message = CHANGED_MEANWHILE
        if members > 0:
            condition &= Attr("deleting_at").not_exists() & Attr("suspended_at").not_exists()
            message = NOBODY_JOINS
        if administrators < 0:
            condition &= Attr("administrators").gt(-administrators)
            message = LAST_ADMINISTRATOR
        transaction.update(
            ORGANIZATIONS,
            item_key(self.organization_id),
            add=added,
            condition=condition,
            error=OrganizationConflict(message),
        )

    # -- Targets --------------------------------------------------------------------------------------------

    def add_target(self, target: Target, *, transaction: WriteTransaction) -> None:
        """Queue a new target."""
        transaction.put(
            ORGANIZATIONS,
            item_key(self.organization_id, f"{TARGET}{target.id}")
            | {
                "base_year": target.base_year,
                "base_kg": target.base_kg,
                "reduction_percent": target.reduction_percent,
                "target_year": target.target_year,
                "created_at": stamp(target.created_at),
            },
            condition=Attr("record").not_exists(),
            error=ItemAlreadyExists(f"target {target.id}"),
        )

    def remove_target(self, target_id: str, *, transaction: WriteTransaction) -> None:
        """Queue the end of a target. The transaction raises ItemNotFound if there is none."""
        transaction.delete(
            ORGANIZATIONS,
            item_key(self.organization_id, f"{TARGET}{target_id}"),
            condition=Attr("record").exists(),
            error=ItemNotFound(f"target {target_id}"),
        )

    # -- Closed months --------------------------------------------------------------------------------------

    def close_month(self, month: ClosedMonth, *, transaction: WriteTransaction) -> None:
        """Queue the lock of a month."""
        transaction.put(
            ORGANIZATIONS,
            item_key(self.organization_id, f"{PERIOD}{month.month}")
            | {"closed_at": stamp(month.closed_at), "closed_by": month.closed_by},
            condition=Attr("closed_at").not_exists(),
            error=OrganizationConflict("Somebody else closed this month a moment ago."),
        )

    def reopen_month(self, month: str, *, transaction: WriteTransaction) -> None:
        """Queue the end of a lock."""
        transaction.delete(
            ORGANIZATIONS,
            item_key(self.organization_id, f"{PERIOD}{month}"),
            condition=Attr("closed_at").exists(),
            error=OrganizationConflict(OPEN_ALREADY),
        )

    def demand_open_months(self, months: Iterable[str], *, transaction: WriteTransaction) -> None:
        """Let the transaction fail with MonthClosed if one of the months is closed by the time it runs."""
        for month in sorted(set(months)):
            transaction.check(
                ORGANIZATIONS,
                item_key(self.organization_id, f"{PERIOD}{month}"),
                condition=Attr("closed_at").not_exists(),
                error=MonthClosed(
                    f"Your organization has closed {_month_name(month)}: its work entries cannot be changed "
                    "any more. An administrator can reopen the month."
                ),
            )


def _month_name(month: str) -> str:
    """`September 2026` for `2026-09`."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"
