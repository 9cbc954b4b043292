"""The person as the product knows them. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Role(StrEnum):
    """What a person may do. The values are the schema's and are stored."""

    USER = "user"
    ORG_ADMIN = "org_admin"
    ADMIN = "admin"


class UnitSystem(StrEnum):
    METRIC = "metric"
    IMPERIAL = "imperial"


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


#: Where people measure in miles, pounds and gallons: three countries, and the territories of one of them.
#: Great Britain is mixed (liters and kilograms, but miles) and counts as metric; forms take miles anyway.
IMPERIAL_COUNTRIES = frozenset({"us", "lr", "mm", "as", "gu", "mp", "pr", "vi"})


def usual_unit_system(region: str) -> UnitSystem:
    """The units that people in a country or eGRID subregion (`us-camx`) grew up with."""
    country = region.partition("-")[0]
    return UnitSystem.IMPERIAL if country in IMPERIAL_COUNTRIES else UnitSystem.METRIC


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person may set. `region` is a country or an eGRID subregion in lower case (`gb`, `us-camx`).

    `target_kg_per_year` is the personal target in kg CO2e a year; None while there is none.
    `keep_months` is for how long personal entries stay at hand before they are archived; None is for ever.
    """

    region: str = "gb"
    unit_system: UnitSystem = UnitSystem.METRIC
    theme: Theme = Theme.SYSTEM
    time_zone: str = "UTC"
    target_kg_per_year: Decimal | None = None
    keep_months: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One item of UsersTable: everything about a person but the credentials, which are in SQL.

    `version` counts the changes the person made, so that two open tabs cannot overwrite each other unseen.
    `membership_version` counts the changes of organization, role and department, which others make.
    `managed_departments` limits an org_admin to these departments; None is the whole organization.
    """

    user_id: str
    email: str
    created_at: datetime
    last_login: datetime
    name: str = ""
    role: Role = Role.USER
    organization_id: str | None = None
    department_id: str | None = None
    preferences: Preferences = field(default_factory=Preferences)
    version: int = 1
    managed_departments: tuple[str, ...] | None = None
    membership_version: int = 0

    @property
    def is_member(self) -> bool:
        """Whether the person belongs to an organization."""
        return self.organization_id is not None

    @property
    def is_organization_admin(self) -> bool:
        """Whether the person administers their organization, all of it or some departments."""
        return self.is_member and self.role is Role.ORG_ADMIN

    @property
    def is_full_organization_admin(self) -> bool:
        """Whether the person administers all of their organization."""
        return self.is_organization_admin and self.managed_departments is None

    @property
    def display_name(self) -> str:
        """What others call the person: the name, or the address while there is none."""
        return self.name or self.email

    def edited(self, *, name: str, preferences: Preferences, version: int) -> Profile:
        """The profile with what its owner may change, as changed by somebody who looked at `version`."""
        return replace(self, name=name, preferences=preferences, version=version)

    def placed(
        self,
        *,
        organization_id: str | None,
        role: Role,
        department_id: str | None,
        managed_departments: tuple[str, ...] | None,
    ) -> Profile:
        """The profile with what others decide of it, one membership version on."""
        return replace(
            self,
            organization_id=organization_id,
            role=role,
            department_id=department_id,
            managed_departments=managed_departments,
            membership_version=self.membership_version + 1,
        )
