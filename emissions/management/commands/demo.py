"""Make a demo person with eighteen months of activities, and print how to sign in."""

from __future__ import annotations

import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from accounts.domain import Preferences, Profile
from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack import clock
from emissions import demo
from emissions.services.bulk import BulkRecorded, record_entries
from emissions.services.drafts import entry_of

EMAIL = "demo@example.com"
#: Only on one's own machine, where the address is not reachable from outside.
LOCAL_PASSWORD = "carbontrack-demo"
TARGET_KG_PER_YEAR = Decimal(4000)


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        user, password = _account()
        profile = _profile(user)
        result = self._record(profile)
        self.stdout.write(
            f"{result.created:,} activities logged, {result.existing:,} were there before.\n"
            f"Sign in as {EMAIL} with the password {password}"
        )

    def _record(self, profile: Profile) -> BulkRecorded:
        planned = demo.plan(clock.now())
        console = Console(file=self.stderr)  # type: ignore[arg-type]  # Django's wrapper is file-like
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("Logging activities", total=len(planned))
            return record_entries(
                profile.user_id,
                (entry_of(profile, one.draft, entry_id=one.entry_id) for one in planned),
                progress=lambda done: progress.advance(task, done),
            )


def _account() -> tuple[User, str]:
    """The demo person's account, its address confirmed, with a password that works now."""
    password = secrets.token_urlsafe(12) if settings.PRODUCTION else LOCAL_PASSWORD
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL)
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=EMAIL, defaults={"verified": True, "primary": True}
    )
    return user, password


def _profile(user: User) -> Profile:
    """The demo person's profile; whatever somebody has set there since stays."""
    profiles = ProfileRepository()
    profile = profiles.ensure(
        user,
        Preferences(region=demo.REGION, time_zone=demo.TIME_ZONE, target_kg_per_year=TARGET_KG_PER_YEAR),
    )
    return profile if profile.name else profiles.save(replace(profile, name="Robin Demo"))
