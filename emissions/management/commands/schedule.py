"""Start the daily jobs every hour, for as long as this runs: where there is no cron. `make run` does so."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        """Become `deploy.schedule`: all that is imported by now would only wait with it, at 60 MB."""
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "deploy.schedule"])
