"""A person's own target: it is among their preferences, so setting it is one write of the profile."""

from __future__ import annotations

from dataclasses import replace

from accounts.domain import PersonalTarget, Profile
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import Conflict

#: Saved in between is a setting in another tab, which a target does not touch: read again and go on.
TRIES = 4


def save_target(profile: Profile, target: PersonalTarget | None) -> PersonalTarget | None:
    """Set the target, or remove it with None. Returns the one that was there before.

    Doing it twice is doing it once.
    """
    repository = ProfileRepository()
    for tries_left in reversed(range(TRIES)):
        before = profile.preferences.target
        if before == target:
            return before
        try:
            preferences = replace(profile.preferences, target=target)
            repository.save(
                profile.edited(name=profile.name, preferences=preferences, version=profile.version)
            )
        except Conflict:
            if not tries_left:
                raise
            profile = repository.get(profile.user_id)
        else:
            return before
    raise AssertionError("unreachable")
