"""Stored values in words: what a label says, a country instead of its code, a moment that can be read."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts import countries
from accounts.domain import Role
from organizations.sectors import sector_name

NOTHING = "nothing"
NO_LIMIT = "no limit"

LABELS = {
    "name": "Name",
    "country": "Country",
    "sector": "Sector",
    "headcount": "Headcount",
    "floor_area_m2": "Floor area in m²",
    "reporting_year_start": "Reporting year begins in",
    "minimum_group": "Smallest group that is shown",
    "inside": "Inside",
    "moved_with_it": "Moved with it",
    "role": "Role",
    "department": "Department",
    "limited_to": "Limited to",
    "expires_at": "Expires",
    "invited_by": "Invited by",
    "base_year": "Base year",
    "base_kg": "kg CO2e in the base year",
    "base_from": "That figure is",
    "reduction_percent": "Reduction in percent",
    "target_year": "Target year",
    "closed_at": "Closed at",
    "members": "Members",
    "departments": "Departments",
    "targets": "Targets",
    "closed_months": "Closed months",
    "year": "Reporting year",
    "type": "Activity type",
    "scope": "Scope",
    "co2_emissions": "kg CO2e",
    "entries": "Entries",
    "keep_months": "Months at hand",
    "period": "Period",
    "created": "Entries added",
    "existing": "Entries that were there before",
    "refused": "Rows refused",
    "removed": "Entries taken back",
    "kept": "Entries kept, as they were changed since",
    "gone": "Entries that were gone already",
    "problem": "Stopped because",
    "email": "Address",
    "device": "From",
    "ip": "Network address",
    "sessions": "Sessions",
    "second_step": "A second step is asked of",
    "erase_at": "To be deleted on",
    "factor_id": "Factor",
    "kg_co2e_per_unit": "kg CO2e per unit",
    "valid_from": "In force from",
    "valid_to": "In force until",
    "publish_on": "Published on",
    "factors": "Factors",
    "kg": "Change in kg CO2e",
    "outcome": "Outcome",
}
#: What the sentence says already.
TOLD = frozenset(
    {
        "state",
        "reason",
        "into",
        "into_id",
        "file",
        "what",
        "page",
        "to",
        "until",
        "step",
        "other",
        "with",
        "how",
        "job",
    }
)
TOLD_BY = {
    "factors.published": frozenset({"valid_from"}),
    "staff.role_changed": frozenset({"role"}),
    "staff.sessions_ended": frozenset({"sessions"}),
    "account.sessions_ended": frozenset({"sessions"}),
}
#: What tells how much somebody emits.
FIGURES = frozenset({"co2_emissions", "base_kg", "kg"})
_MOMENTS = frozenset({"closed_at", "expires_at", "until", "erase_at", "publish_at"})
_DAYS = frozenset({"valid_from", "valid_to", "publish_on"})
_ROLES = {
    Role.USER.value: "member",
    Role.ORG_ADMIN.value: "administrator",
    Role.ADMIN.value: "administrator of CarbonTrack",
}


def day_of(text: str) -> str:
    """`1 January 2026` for a stored day; anything else as it is, on one line."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return one_line(text)
    return f"{day.day} {day:%B %Y}"


def words(name: str, value: Any) -> str:
    """A stored value for people. `name` is what it is a value of."""
    if value is None or value == "" or value == []:
        return NO_LIMIT if name in {"limited_to", "valid_to"} else NOTHING
    if name in _DAYS:
        return day_of(str(value))
    if isinstance(value, list | tuple):
        return ", ".join(words("", each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{one_line(str(key))}: {words('', each)}" for key, each in value.items())
    if name == "role":
        return _ROLES.get(str(value), one_line(str(value)))
    if name == "country":
        return countries.name(str(value))
    if name == "sector":
        return sector_name(one_line(str(value)))
    if name == "reporting_year_start" and 1 <= int(value) <= 12:
        return calendar.month_name[int(value)]
    if name in _MOMENTS:
        return moment_of(str(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return one_line(str(value))


def moment_of(text: str) -> str:
    """`22 November 2026, 12:09 UTC`, of `2026-11-22T12:09:17Z`."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return one_line(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def one_line(text: str) -> str:
    """Text without line breaks, control characters and what turns the direction of the text around it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
