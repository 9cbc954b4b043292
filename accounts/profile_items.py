"""Profiles to and from items of UsersTable, and how people are sorted and searched by name."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

from accounts.domain import PersonalTarget, Preferences, Profile, Role, Theme, UnitSystem
from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item, decode_item


def folded(text: str) -> str:
    """Text as it is sorted and searched: `Élodie  Öz` is `elodie oz`, and nothing in it is unprintable."""
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    printable = "".join(each if each.isprintable() else " " for each in plain)
    return " ".join(printable.casefold().split())


def member_name(name: str, email: str, user_id: str) -> str:
    """How a person sorts in lists of members (MemberIndex): by name, else by address."""
    return f"{folded(name or email)[:200]}#{user_id}"


def preferences_to_map(preferences: Preferences) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "region": preferences.region,
        "unit_system": preferences.unit_system.value,
        "theme": preferences.theme.value,
        "time_zone": preferences.time_zone,
    }
    if preferences.target is not None:
        stored["target"] = _target_to_map(preferences.target)
    if preferences.keep_months is not None:
        stored["keep_months"] = preferences.keep_months
    return stored


def _preferences_from_map(stored: dict[str, Any]) -> Preferences:
    usual = Preferences()
    return Preferences(
        region=stored.get("region", usual.region),
        unit_system=UnitSystem(stored.get("unit_system", usual.unit_system)),
        theme=Theme(stored.get("theme", usual.theme)),
        time_zone=stored.get("time_zone", usual.time_zone),
        target=_target_from_map(stored),
        keep_months=None if stored.get("keep_months") is None else int(stored["keep_months"]),
    )


def _target_to_map(target: PersonalTarget) -> dict[str, Any]:
    stored: dict[str, Any] = {"kg_per_year": target.kg_per_year}
    if target.by is not None and target.base_on is not None:
        stored |= {"by": target.by.isoformat(), "base_kg": target.base_kg}
        stored |= {"base_on": target.base_on.isoformat()}
    return stored


def _target_from_map(stored: dict[str, Any]) -> PersonalTarget | None:
    """The target of preferences; those of an older release have its kg a year alone, without a date."""
    target = stored.get("target")
    if target is None:
        kg_per_year = stored.get("target_kg_per_year")
        return None if kg_per_year is None else PersonalTarget(kg_per_year)
    if "by" not in target:
        return PersonalTarget(target["kg_per_year"])
    return PersonalTarget(
        target["kg_per_year"],
        by=date.fromisoformat(target["by"]),
        base_kg=target["base_kg"],
        base_on=date.fromisoformat(target["base_on"]),
    )


def membership_to_map(profile: Profile) -> dict[str, Any]:
    managed = profile.managed_departments
    return {
        "organization_id": profile.organization_id,
        "department_id": profile.department_id,
        "role": profile.role.value,
        "managed_departments": None if managed is None else list(managed),
        "membership_version": profile.membership_version,
    }


def profile_to_item(profile: Profile) -> dict[str, Any]:
    """The item of a profile. Without an organization the attribute is absent, so the index stays sparse."""
    return {
        "user_id": profile.user_id,
        "email": profile.email,
        "name": profile.name,
        **membership_to_map(profile),
        "member_name": member_name(profile.name, profile.email, profile.user_id),
        "preferences": preferences_to_map(profile.preferences),
        "created_at": stamp(profile.created_at),
        "last_login": stamp(profile.last_login),
        "version": profile.version,
        **({} if profile.disabled_at is None else {"disabled_at": stamp(profile.disabled_at)}),
    }


def profile_from_item(item: Item) -> Profile:
    """The profile of an item; what an item of an older release lacks has its usual value."""
    stored = decode_item(item)
    managed = stored.get("managed_departments")
    return Profile(
        user_id=stored["user_id"],
        email=stored["email"],
        created_at=datetime.fromisoformat(stored["created_at"]),
        last_login=datetime.fromisoformat(stored["last_login"]),
        name=stored.get("name", ""),
        role=Role(stored.get("role", Role.USER)),
        organization_id=stored.get("organization_id"),
        department_id=stored.get("department_id"),
        preferences=_preferences_from_map(stored.get("preferences") or {}),
        version=int(stored.get("version", 1)),
        managed_departments=None if managed is None else tuple(managed),
        membership_version=int(stored.get("membership_version", 0)),
        disabled_at=read_stamp(stored.get("disabled_at")),
    )
