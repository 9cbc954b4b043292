"""A person's profile: where SQL, which knows the credentials, meets DynamoDB, which knows the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.domain import Preferences, Profile, usual_unit_system
from accounts.repository import ProfileRepository
from accounts.time_zones import is_time_zone
from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from emissions.factors import regions

#: Where a session keeps that who signed in runs the platform: only for the menu, never for a right.
STAFF_SESSION_KEY = "staff"

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that is noted in the profile; `first` if it made the profile."""

    profile: Profile
    first: bool


def guessed_preferences(time_zone: str) -> Preferences:
    """What somebody starts with, guessed from the browser's time zone. Nonsense counts as UTC."""
    if not is_time_zone(time_zone):
        time_zone = "UTC"
    region = regions.from_time_zone(time_zone)
    return Preferences(region=region, unit_system=usual_unit_system(region), time_zone=time_zone)


def record_sign_in(user: User, *, time_zone: str) -> SignIn:
    """Note a sign-in: one write for somebody who has a profile, which else is made."""
    repository = ProfileRepository()
    try:
        profile = repository.touch_login(str(user.pk), clock.now())
    except ItemNotFound:
        return SignIn(repository.ensure(user, guessed_preferences(time_zone)), first=True)
    return SignIn(_with_email_of(user, profile), first=False)


def load_profile(user: User, *, time_zone: str) -> Profile:
    """The profile of somebody who is signed in: one consistent read.

    Repairs what an interruption may have left behind: no profile, or the address from before a change.
    """
    return _with_email_of(user, ProfileRepository().ensure(user, guessed_preferences(time_zone)))


def follow_email(user_id: str, email: str) -> None:
    """Carry a new address over from SQL. Somebody without a profile gets it with the profile."""
    try:
        ProfileRepository().set_email(user_id, email)
    except ItemNotFound:
        return


def _with_email_of(user: User, profile: Profile) -> Profile:
    """SQL decides the address."""
    if profile.email == user.email:
        return profile
    return ProfileRepository().set_email(profile.user_id, user.email)
