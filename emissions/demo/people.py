"""Accounts and profiles of the people in the demo."""

from __future__ import annotations

import secrets
from dataclasses import replace

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.domain import Preferences, Profile
from accounts.models import User
from accounts.repository import ProfileRepository

#: Only on one's own machine, where the addresses are not reachable from outside.
LOCAL_PASSWORD = "carbontrack-demo"


def demo_password() -> str:
    """The password of all demo accounts of this run."""
    return secrets.token_urlsafe(12) if settings.PRODUCTION else LOCAL_PASSWORD


def make_user(email: str, password: str | None) -> User:
    """An account whose address is confirmed and whose password works now; without one nobody signs in."""
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    if password is None or not user.check_password(password):
        user.password = make_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def make_profile(user: User, name: str, preferences: Preferences) -> Profile:
    """The profile of an account; whatever somebody has set there since stays."""
    profiles = ProfileRepository()
    profile = profiles.ensure(user, preferences)
    return profile if profile.name else profiles.save(replace(profile, name=name))
