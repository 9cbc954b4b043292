"""UsersTable: one item for each person.

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| the profile of a person | user_id = :id (GetItem, consistent) | - | 1 read |
| a person by email | email = :email, then the item itself | EmailIndex | 2 reads |
| first sign-in | PutItem, if there is none | - | 1 write |
| every later sign-in | UpdateItem of last_login | - | 1 write |
| a person edits their settings | UpdateItem, if the version is theirs | - | 1 write |
| the address changed in SQL | UpdateItem of email | - | 1 write |
| somebody joins, moves or leaves, in a transaction | UpdateItem, if it is as seen | - | 2 writes |
| all that is stored of a person, to be handed over | user_id = :id (GetItem, consistent) | - | 1 read |
| an account is erased | DeleteItem, if they belong to no organization | - | 1 write |
| whether an administrator still is one, inside a transaction | ConditionCheck | - | 2 writes |
| the profiles of a page of accounts | BatchGetItem | - | 1 read each |
| whether somebody still runs the platform, inside a transaction | ConditionCheck | - | 2 writes |
| members of an organization by name | organization_id = :id | MemberIndex | 1 read a page |
| all members of an organization | organization_id = :id | OrganizationIndex | 1 read a page |

The last two are `organizations.repositories.members`. Every update names the attributes it changes, so
signing in on one device cannot undo a setting saved on another, and neither can touch a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from accounts.domain import Preferences, Profile, Role
from accounts.profile_items import (
    member_name,
    membership_to_map,
    preferences_to_map,
    profile_from_item,
    profile_to_item,
)
from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Conflict,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    WriteTransaction,
    batch_get,
    decode_item,
    delete_item,
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


def _as_seen(counter: str, seen: int, *, usual: int) -> ConditionBase:
    """That a counter is as it was read; an item of an older release lacks it, which reads as `usual`."""
    condition: ConditionBase = Attr(counter).eq(seen)
    return condition | Attr(counter).not_exists() if seen == usual else condition


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
        return None if item is None else profile_from_item(item)

    def find_many(self, user_ids: Iterable[str]) -> dict[str, Profile]:
        """The profiles of these people by id, in one request for up to 100; who has none is left out."""
        items = batch_get(tables.USERS, [_key(user_id) for user_id in user_ids])
        return {profile.user_id: profile for profile in map(profile_from_item, items)}

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
            profile_to_item(profile),
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
        condition: ConditionBase = Attr("version").eq(profile.version)
        if not profile.name:  # then the address decides how they sort, so it has to be the stored one
            condition &= Attr("email").eq(profile.email)
        item = update_item(
            tables.USERS,
            _key(profile.user_id),
            set={
                "name": profile.name,
                "member_name": member_name(profile.name, profile.email, profile.user_id),
                "preferences": preferences_to_map(profile.preferences),
                "version": profile.version + 1,
            },
            condition=condition,
            error=Conflict(f"profile {profile.user_id}"),
            returning=True,
        )
        return profile_from_item(item) if item else replace(profile, version=profile.version + 1)

    def touch_login(self, user_id: str, at: datetime) -> Profile:
        """Note that the person was here. Raises ItemNotFound if they have no profile yet."""
        return self._set(user_id, {"last_login": clock.stamp(at)}, Attr("user_id").exists())

    def set_email(self, user_id: str, email: str) -> Profile:
        """Follow a change of address, which SQL has already settled. Raises ItemNotFound.

        Who has no name is sorted by the address, which then moves with it: a second write, for them alone.
        """
        email = email.lower()
        has_name = Attr("name").gt("")
        try:
            return self._set(user_id, {"email": email}, has_name)
        except ItemNotFound:
            moved = {"email": email, "member_name": member_name("", email, user_id)}
            return self._set(user_id, moved, Attr("user_id").exists() & ~has_name)

    # -- Privacy --------------------------------------------------------------------------------------------

    def stored(self, user_id: str) -> dict[str, Any] | None:
        """All that is stored of a person, by attribute, or None: what a release before this one wrote too."""
        item = get_item(tables.USERS, _key(user_id), consistent=True)
        return None if item is None else decode_item(item)

    def remove(self, user_id: str) -> None:
        """Remove a profile; one that is not there is fine. Raises Conflict while they are a member."""
        delete_item(
            tables.USERS,
            _key(user_id),
            condition=Attr("organization_id").not_exists(),
            error=Conflict(f"profile {user_id} is still a member's"),
        )

    # -- Membership -----------------------------------------------------------------------------------------

    def set_membership(
        self,
        profile: Profile,
        *,
        organization_id: str | None,
        role: Role,
        department_id: str | None,
        managed_departments: Sequence[str] | None,
        joined_on: date | None = None,
        error: Exception,
        transaction: WriteTransaction,
    ) -> Profile:
        """Queue where a person belongs and what they may do there. Returns the profile as it will be.

        The transaction raises `error` if the membership is no longer that of `profile`. What is None goes
        from the item; `joined_on` stays while the organization does.
        """
        changed = profile.placed(
            organization_id=organization_id,
            role=role,
            department_id=department_id,
            managed_departments=None if managed_departments is None else tuple(managed_departments),
        )
        wanted = membership_to_map(changed)
        # One that is gone meanwhile, with its account, must not come back as half an item.
        condition = Attr("user_id").exists() & _as_seen(
            "membership_version", profile.membership_version, usual=0
        )
        if organization_id != profile.organization_id:
            wanted["joined_on"] = None if joined_on is None else joined_on.isoformat()
        if organization_id not in {None, profile.organization_id}:
            # A profile of an older release has none yet; the version tells whether the name is still right.
            wanted["member_name"] = member_name(profile.name, profile.email, profile.user_id)
            condition &= _as_seen("version", profile.version, usual=1)
        transaction.update(
            tables.USERS,
            _key(profile.user_id),
            set={name: value for name, value in wanted.items() if value is not None},
            remove=[name for name, value in wanted.items() if value is None],
            condition=condition,
            error=error,
        )
        return changed

    def check_administrator(
        self, profile: Profile, *, transaction: WriteTransaction, error: Exception
    ) -> None:
        """Let the transaction fail with `error` unless `profile` still administers what it did when read."""
        transaction.check(
            tables.USERS,
            _key(profile.user_id),
            condition=Attr("organization_id").eq(profile.organization_id)
            & Attr("role").eq(Role.ORG_ADMIN.value)
            & _as_seen("membership_version", profile.membership_version, usual=0),
            error=error,
        )

    # -- The platform ---------------------------------------------------------------------------------------

    def set_disabled(self, user_id: str, at: datetime | None, *, transaction: WriteTransaction) -> None:
        """Queue that the account of somebody who has a profile is disabled since `at`, or no longer."""
        transaction.update(
            tables.USERS,
            _key(user_id),
            set={} if at is None else {"disabled_at": clock.stamp(at)},
            remove=["disabled_at"] if at is None else [],
            condition=Attr("user_id").exists(),
            error=ItemNotFound(f"profile {user_id}"),
        )

    def check_platform_administrator(
        self, profile: Profile, *, transaction: WriteTransaction, error: Exception
    ) -> None:
        """Let the transaction fail with `error` unless `profile` still runs the platform."""
        transaction.check(
            tables.USERS,
            _key(profile.user_id),
            condition=Attr("role").eq(Role.ADMIN.value) & Attr("disabled_at").not_exists(),
            error=error,
        )

    def _set(self, user_id: str, values: dict[str, str], condition: ConditionBase) -> Profile:
        error = ItemNotFound(f"profile {user_id}")
        item = update_item(
            tables.USERS,
            _key(user_id),
            set=values,
            condition=condition,
            error=error,
            returning=True,
        )
        if item is None:
            raise error
        return profile_from_item(item)
