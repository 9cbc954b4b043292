"""The person as the product knows them. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
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
class PersonalTarget:
    """So many kg CO2e a year, by a day: from `base_kg` a year on the day `base_on`, straight down (or up).

    A target without `by` has no path: it is the same from the start on. Those of older releases are like
    that, and those that are typed in the settings. The three that make the path are there together or not
    at all.
    """

    kg_per_year: Decimal
    by: date | None = None
    base_kg: Decimal | None = None
    base_on: date | None = None

    @property
    def is_dated(self) -> bool:
        return self.by is not None

    def kg_on(self, day: date) -> Decimal | None:
        """kg CO2e a year that the path has on a day; None before it begins. After `by` it stays there."""
        if self.by is None or self.base_kg is None or self.base_on is None or day >= self.by:
            return self.kg_per_year
        if day < self.base_on:
            return None
        share = Decimal((day - self.base_on).days) / (self.by - self.base_on).days
        return self.base_kg + (self.kg_per_year - self.base_kg) * share


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person may set. `region` is a country or an eGRID subregion in lower case (`gb`, `us-camx`).

    `target` is the personal target; None while there is none.
    `keep_months` is for how long personal entries stay at hand before they are archived; None is for ever.
    """

    region: str = "gb"
    unit_system: UnitSystem = UnitSystem.METRIC
    theme: Theme = Theme.SYSTEM
    time_zone: str = "UTC"
    target: PersonalTarget | None = None
    keep_months: int | None = None

    @property
    def target_kg_per_year(self) -> Decimal | None:
        """kg CO2e a year that the target is in the end."""
        return None if self.target is None else self.target.kg_per_year

    def with_target_of(self, kg_per_year: Decimal | None) -> Preferences:
        """With another figure of the target; a dated one keeps its date and where it began."""
        if kg_per_year is None:
            return replace(self, target=None)
        if self.target is None:
            return replace(self, target=PersonalTarget(kg_per_year))
        return replace(self, target=replace(self.target, kg_per_year=kg_per_year))


@dataclass(frozen=True, slots=True)
class Profile:
    """One item of UsersTable: everything about a person but the credentials, which are in SQL.

    `version` counts the changes the person made, so that two open tabs cannot overwrite each other unseen.
    `membership_version` counts the changes of organization, role and department, which others make.
    `managed_departments` limits an org_admin to these departments; None is the whole organization.
    `disabled_at` is set while the account is disabled. SQL decides who may sign in; this is for what goes on
    without them.
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
    disabled_at: datetime | None = None

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
    def is_platform_admin(self) -> bool:
        """Whether the person runs the platform, from the staff console."""
        return self.role is Role.ADMIN

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
