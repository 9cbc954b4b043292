"""The walks over whole tables that an export needs; pages never take them.

| access pattern | request |
| --- | --- |
| which month of whom changed | Scan of EmissionTotalsTable |
| everybody's region, organization and department | Scan of UsersTable |
| every organization with its departments | Scan of OrganizationsTable |
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from accounts.domain import Profile
from accounts.profile_items import profile_from_item
from carbontrack.dynamodb import Item, iter_scan
from carbontrack.dynamodb.tables import EMISSION_TOTALS, ORGANIZATIONS, USERS
from emissions.domain.totals import CHANGES, CO2_EMISSIONS, ENTRIES, Subject
from emissions.warehouse.pseudonyms import Pseudonyms
from emissions.warehouse.spooling import PersonMonth
from organizations.domain import Organization
from organizations.repositories.organization_items import ORGANIZATION, organization_from_item


def scan_months(pseudonyms: Pseudonyms) -> Iterator[PersonMonth]:
    """Every month of every person, once for each Region that has totals of it, in no order."""
    for item in iter_scan(EMISSION_TOTALS, projection=["subject", "period", CHANGES, ENTRIES, CO2_EMISSIONS]):
        subject = Subject(item["subject"]["S"])
        if subject.is_user:
            user_id = subject.owner_id
            yield PersonMonth(
                user_id=user_id,
                person=pseudonyms.person(user_id),
                month=item["period"]["S"].partition("#")[0],
                changes=int(_number(item, CHANGES)),
                entries=int(_number(item, ENTRIES)),
                kg=_number(item, CO2_EMISSIONS),
            )


def scan_profiles() -> Iterator[Profile]:
    return map(profile_from_item, iter_scan(USERS))


def scan_organizations() -> Iterator[Organization]:
    return (
        organization_from_item(item)
        for item in iter_scan(ORGANIZATIONS)
        if item["record"]["S"] == ORGANIZATION
    )


def _number(item: Item, name: str) -> Decimal:
    return Decimal(item[name]["N"]) if name in item else Decimal(0)
