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
    """

    region: str = "gb"
    unit_system: UnitSystem = UnitSystem.METRIC
    theme: Theme = Theme.SYSTEM
    time_zone: str = "UTC"
    target_kg_per_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One item of UsersTable: everything about a person but the credentials, which are in SQL.

    `version` counts the changes the person made, so that two open tabs cannot overwrite each other unseen.
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

    def edited(self, *, name: str, preferences: Preferences, version: int) -> Profile:
        """The profile with what its owner may change, as changed by somebody who looked at `version`."""
        return replace(self, name=name, preferences=preferences, version=version)
