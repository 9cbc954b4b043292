"""Brings an installation's stores up to date: SQL, DynamoDB tables, static files. One process, one set-up.

Each step can be repeated. In production these are the four commands of a release (docs/deployment.md).
"""

from __future__ import annotations

import os
from io import StringIO

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from carbontrack.dynamodb import DataLayerError
from deploy.refusal import Refusal, run

STEPS: tuple[tuple[str, ...], ...] = (
    ("migrate", "--noinput"),
    ("createcachetable",),
    ("dynamodb", "create"),
    ("collectstatic", "--noinput"),
)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbontrack.settings")
    try:
        django.setup()
        for step in STEPS:
            call_command(*step, verbosity=0, stdout=StringIO())
    except (ImproperlyConfigured, CommandError, DataLayerError) as error:
        raise Refusal(f"CarbonTrack did not start. {error}") from error
    return 0


if __name__ == "__main__":
    run(main)
