"""Measure everything and write docs/benchmarks.md: `make bench`, or `make bench ARGS=--quick` for a look."""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.report import Section

SIZES = (10, 1_000, 100_000)
QUICK_SIZES = (10, 1_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 1,000 entries, and nothing is written")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="carbontrack-bench-") as folder:
        _configure(Path(folder))
        import django

        django.setup()
        sections = _measure(Path(folder), QUICK_SIZES if quick else SIZES)
    if not quick:
        from tests.bench import report

        report.write(sections)
        print(f"Written to {report.TARGET}.")


def _configure(folder: Path) -> None:
    """An installation of its own, that no variable of the shell reaches."""
    for name in ("CARBONTRACK_ENV", "DATABASE_URL", "DYNAMODB_TABLE_PREFIX", "ALLOWED_HOSTS", "DEBUG"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "carbontrack.settings",
        "STATE_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "LOG_LEVEL": "ERROR",
    }


def _measure(folder: Path, sizes: tuple[int, ...]) -> list[Section]:
    from django.core.management import call_command
    from rich.progress import Progress

    from carbontrack import clock
    from tests.bench import actions, decoding, imports, organizations, orm, people, report, serving

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    today = clock.now().date()
    sections: list[Section] = []
    with Progress(transient=True) as progress:
        task = progress.add_task("Measuring", total=len(sizes) + 6)

        def done(*measured: report.Section) -> None:
            sections.extend(measured)
            for section in measured:
                report.show(section)
            progress.advance(task)

        with _engine(None):
            profiles = {}
            orm.create_table()
            for size in sizes:
                profiles[size] = people.make_person(f"bench-{size}", entries=size, today=today)
                orm.store(people.make_entries(profiles[size].user_id, size, today=today))
                progress.advance(task)
            done(decoding.measure(profiles[1_000].user_id))
            done(orm.measure({size: profiles[size] for size in sizes if size > 10}, today=today))
            done(actions.measure(profiles, today=today))
            quick = sizes == QUICK_SIZES
            done(
                *organizations.measure(
                    organizations.QUICK_SIZES if quick else organizations.SIZES, today=today
                )
            )
        with _engine(folder / "engine.db"):
            profile = people.make_person("bench-serving", entries=1_000, today=today)
            done(*serving.measure(profile, today=today))
            done(*imports.measure(today=today, quick=sizes == QUICK_SIZES))
    return sections


@contextmanager
def _engine(database: Path | None) -> Iterator[None]:
    """An engine with all tables for as long as the block lasts. Processes started in it use it as well."""
    from django.conf import settings

    from carbontrack.dynamodb import client, schema
    from carbontrack.dynamodb.tables import ALL_TABLES
    from tests.fixtures.dynamodb import Engine

    engine = Engine(database)
    engine.start()
    try:
        os.environ["DYNAMODB_ENDPOINT_URL"] = settings.DYNAMODB_ENDPOINT_URL = engine.url
        # Stored once a minute, after an answer has left: not what a page costs. Processes of their own count.
        settings.COUNT_USAGE = False
        client.reset_client()
        for table in ALL_TABLES:
            schema.create(table, report=lambda line: None)
        yield
    finally:
        client.reset_client()
        engine.kill()


if __name__ == "__main__":
    main()
