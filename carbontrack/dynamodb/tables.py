"""Every table and index of the product, as data.

`manage.py dynamodb create|verify|describe`, the test fixtures and the repositories all read these values, so
a live table, a test's table and the code cannot drift apart. Names and keys are those of the design; an
attribute that is neither a key nor projected by an index is not declared, as DynamoDB wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `projection` is "ALL", "KEYS_ONLY" or the non-key attributes it copies."""

    name: str
    partition_key: str
    sort_key: str | None = None
    projection: Literal["ALL", "KEYS_ONLY"] | tuple[str, ...] = "ALL"


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its logical name; keys are strings throughout."""

    name: str
    partition_key: str
    sort_key: str | None = None
    indexes: tuple[Index, ...] = ()
    ttl_attribute: str | None = None

    @property
    def physical_name(self) -> str:
        """The name in DynamoDB: the logical name behind this installation's prefix."""
        return f"{settings.DYNAMODB_TABLE_PREFIX}{self.name}"

    @property
    def key_attributes(self) -> tuple[str, ...]:
        return (self.partition_key,) if self.sort_key is None else (self.partition_key, self.sort_key)

    def index(self, name: str) -> Index:
        """The index of that name. Raises KeyError: a repository never asks for one that does not exist."""
        for index in self.indexes:
            if index.name == name:
                return index
        raise KeyError(name)


CARBON_DATA = Table(
    name="CarbonDataTable",
    partition_key="user_id",
    sort_key="timestamp",
    indexes=(
        # Sparse: only work entries carry organization_id, so a personal entry cannot be read through it.
        Index(
            name="OrganizationIndex",
            partition_key="organization_id",
            sort_key="timestamp",
            projection=(
                "activity_type",
                "category",
                "variant",
                "amount",
                "unit",
                "co2_emissions",
                "department_id",
                "scope",
                "scope3_category",
                "local_date",
                "factor",
                "version",
                "expires_at",
            ),
        ),
    ),
    ttl_attribute="expires_at",
)

USERS = Table(
    name="UsersTable",
    partition_key="user_id",
    indexes=(
        Index(name="EmailIndex", partition_key="email", projection="KEYS_ONLY"),
        Index(
            name="OrganizationIndex",
            partition_key="organization_id",
            projection=("email", "name", "role", "department_id", "last_login"),
        ),
        # Members in the order of their names, which the schema's OrganizationIndex cannot give.
        Index(
            name="MemberIndex",
            partition_key="organization_id",
            sort_key="member_name",
            projection=("email", "name", "role", "department_id", "managed_departments", "joined_on"),
        ),
    ),
)

ORGANIZATIONS = Table(
    name="OrganizationsTable",
    partition_key="organization_id",
    sort_key="record",
    indexes=(
        Index(name="EmailIndex", partition_key="email"),
        # Sparse: organizations in the order of their names, for the staff console.
        Index(
            name="DirectoryIndex",
            partition_key="directory",
            sort_key="directory_name",
            projection=("name", "country", "created_at", "suspended_at", "deleting_at"),
        ),
    ),
    ttl_attribute="expires_at",
)

EMISSION_TOTALS = Table(name="EmissionTotalsTable", partition_key="subject", sort_key="period")

FACTORS = Table(name="FactorsTable", partition_key="factor_id", sort_key="valid_from")

RECURRING = Table(
    name="RecurringTable",
    partition_key="user_id",
    sort_key="rule_id",
    indexes=(Index(name="DueIndex", partition_key="due_on", sort_key="rule_id"),),
)

IMPORTS = Table(name="ImportsTable", partition_key="user_id", sort_key="record", ttl_attribute="expires_at")

AUDIT = Table(
    name="AuditTable",
    partition_key="subject",
    sort_key="timestamp",
    indexes=(
        # By whom, to whom, and when, whatever the subject: for the staff console.
        Index(name="ActorIndex", partition_key="actor_id", sort_key="timestamp"),
        Index(name="AboutIndex", partition_key="about_id", sort_key="timestamp"),
        Index(name="DayIndex", partition_key="day", sort_key="timestamp"),
    ),
)

ALL_TABLES = (
    CARBON_DATA,
    USERS,
    ORGANIZATIONS,
    EMISSION_TOTALS,
    FACTORS,
    RECURRING,
    IMPORTS,
    AUDIT,
)
