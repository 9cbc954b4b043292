"""Let somebody run the platform, from the staff console: the first one. Others are made there.

manage.py make_admin EMAIL
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.privacy.appointing import NotAppointed, appoint
from carbontrack.dynamodb import DataLayerError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="the address of an account that exists")

    def handle(self, *, email: str, **options: Any) -> None:
        try:
            appointed = appoint(email)
        except (NotAppointed, DataLayerError) as error:
            raise CommandError(str(error)) from error
        if appointed is None:
            self.stdout.write(f"{email} runs the platform already. Nothing was changed.")
            return
        self.stdout.write(f"{email} runs the platform now, and has been signed out.")
        if Authenticator.objects.filter(user_id=appointed.user_id).exists():
            self.stdout.write(f"Next: sign in with the second step, and open {reverse('staff:overview')}.")
            return
        self.stdout.write(
            f"Next: sign in, add a second step at {reverse('accounts:security')} (an app with codes, or a "
            f"passkey), and open {reverse('staff:overview')}. Without a second step it stays closed."
        )
