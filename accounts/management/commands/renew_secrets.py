"""`manage.py renew_secrets`: after a change of SECRET_KEY, before the former one is dropped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.one_time_codes import renew_secrets


class Command(BaseCommand):
    help = "Encrypt the secrets of second steps anew with the current SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        """Fails where secrets were written with a key that is neither the current one nor a former one."""
        renewed, unreadable = renew_secrets()
        self.stdout.write(f"{renewed} secrets are kept with the current key.")
        if unreadable:
            raise CommandError(
                f"{unreadable} cannot be read with SECRET_KEY or SECRET_KEY_FALLBACKS. Name the key that they"
                " were written with in SECRET_KEY_FALLBACKS and run this again."
            )
