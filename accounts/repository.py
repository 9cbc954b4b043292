"""UsersTable: one item for each person.

| access pattern                | key condition                        | index             | cost          |
| ----------------------------- | ------------------------------------ | ----------------- | ------------- |
| the profile of a person       | user_id = :id (GetItem, consistent)  | -                 | 1 read        |
| a person by email             | email = :email, then the item itself | EmailIndex        | 2 reads       |
| first sign-in                 | PutItem, if there is none            | -                 | 1 write       |
| every later sign-in           | UpdateItem of last_login             | -                 | 1 write       |
| a person edits their settings | UpdateItem, if the version is theirs | -                 | 1 write       |
| the address changed in SQL    | UpdateItem of email                  | -                 | 1 write       |
| members of an organization    | organization_id = :id                | OrganizationIndex | 1 read a page |

The last one is `organizations.repository.MemberRepository`. Every update names the attributes it changes, so
signing in on one device cannot undo a setting saved on another, and neither can touch a role.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from accounts.domain import Preferences, Profile, Role, Theme, UnitSystem
from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    Conflict,
    Item,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    decode_item,
    get_item,
    put_item,
    query,
    tables,
    update_item,
)

if TYPE_CHECKING:
    from accounts.models import User


def _key(user_id: str) -> dict[str, str]:
    return {"user_id": user_id}


class ProfileRepository:
    """The profiles of everybody. What a person may see of others is decided by the caller."""

    def get(self, user_id: str, *, consistent: bool = True) -> Profile:
        """The profile. Raises ItemNotFound."""
        profile = self.find(user_id, consistent=consistent)
        if profile is None:
            raise ItemNotFound(f"profile {user_id}")
        return profile

    def find(self, user_id: str, *, consistent: bool = True) -> Profile | None:
        """The profile, or None. Consistent unless told otherwise: roles are read from it."""
        item = get_item(tables.USERS, _key(user_id), consistent=consistent)
        return None if item is None else from_item(item)

    def find_by_email(self, email: str) -> Profile | None:
        """The person with this address, or None.

        The index may lag behind, so the item has the last word about the address. Never decide by this who
        somebody is: sign-in and uniqueness are settled in SQL.
        """
        email = email.lower()
        for hit in query(tables.USERS, Key("email").eq(email), index="EmailIndex").items:
            profile = self.find(decode_item(hit)["user_id"])
            if profile is not None and profile.email == email:
                return profile
        return None

    def add(self, profile: Profile) -> None:
        """Store a new profile. Raises ItemAlreadyExists if the person has one."""
        put_item(
            tables.USERS,
            to_item(profile),
            condition=Attr("user_id").not_exists(),
            error=ItemAlreadyExists(f"profile {profile.user_id}"),
        )

    def ensure(self, user: User, preferences: Preferences | None = None) -> Profile:
        """The profile of a user, made now if there is none. Calling it twice, or twice at once, makes one.

        `preferences` are what a new profile starts with; an existing one keeps its own.
        """
        profile = self.find(str(user.pk))
        if profile is not None:
            return profile
        now = clock.now().replace(microsecond=0)
        profile = Profile(
            user_id=str(user.pk),
            email=user.email,
            created_at=now,
            last_login=now,
            preferences=preferences or Preferences(),
        )
        try:
            self.add(profile)
        except ItemAlreadyExists:  # a sign-in on another device was a moment faster
            return self.get(profile.user_id)
        return profile

    def save(self, profile: Profile) -> Profile:
        """Store the name and the preferences, if the stored version is still `profile.version`.

        Returns the profile as it is now, one version on. Raises Conflict if somebody saved in between.
        """
        item = update_item(
            tables.USERS,
            _key(profile.user_id),
            set={
                "name": profile.name,
                "preferences": _preferences_to_map(profile.preferences),
                "version": profile.version + 1,
            },
            condition=Attr("version").eq(profile.version),
            error=Conflict(f"profile {profile.user_id}"),
            returning=True,
        )
        return from_item(item) if item else replace(profile, version=profile.version + 1)

    def touch_login(self, user_id: str, at: datetime) -> Profile:
        """Note that the person was here. Raises ItemNotFound if they have no profile yet."""
        return self._set(user_id, "last_login", _instant(at))

    def set_email(self, user_id: str, email: str) -> Profile:
        """Follow a change of address, which SQL has already settled. Raises ItemNotFound."""
        return self._set(user_id, "email", email.lower())

    def _set(self, user_id: str, attribute: str, value: str) -> Profile:
        error = ItemNotFound(f"profile {user_id}")
        item = update_item(
            tables.USERS,
            _key(user_id),
            set={attribute: value},
            condition=Attr("user_id").exists(),
            error=error,
            returning=True,
        )
        if item is None:
            raise error
        return from_item(item)


# -- Items --------------------------------------------------------------------------------------------------


def _instant(moment: datetime) -> str:
    """A moment as the schema writes it: UTC to the second, `2024-03-15T10:30:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _preferences_to_map(preferences: Preferences) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "region": preferences.region,
        "unit_system": preferences.unit_system.value,
        "theme": preferences.theme.value,
        "time_zone": preferences.time_zone,
    }
    if preferences.target_kg_per_year is not None:
        stored["target_kg_per_year"] = preferences.target_kg_per_year
    return stored


def _preferences_from_map(stored: dict[str, Any]) -> Preferences:
    usual = Preferences()
    return Preferences(
        region=stored.get("region", usual.region),
        unit_system=UnitSystem(stored.get("unit_system", usual.unit_system)),
        theme=Theme(stored.get("theme", usual.theme)),
        time_zone=stored.get("time_zone", usual.time_zone),
        target_kg_per_year=stored.get("target_kg_per_year"),
    )


def to_item(profile: Profile) -> dict[str, Any]:
    """The item of a profile. Without an organization the attribute is absent, so the index stays sparse."""
    return {
        "user_id": profile.user_id,
        "email": profile.email,
        "name": profile.name,
        "organization_id": profile.organization_id,
        "department_id": profile.department_id,
        "role": profile.role.value,
        "preferences": _preferences_to_map(profile.preferences),
        "created_at": _instant(profile.created_at),
        "last_login": _instant(profile.last_login),
        "version": profile.version,
    }


def from_item(item: Item) -> Profile:
    """The profile of an item; what an item of an older release lacks has its usual value."""
    stored = decode_item(item)
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
    )
