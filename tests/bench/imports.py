"""Imports: rows a second against bare boto3 that puts the same items with no totals, and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.bench.people import ACTIVITIES, DAYS, make_person
from tests.bench.report import Section

#: Rows of one round of the race; best of several, the two in turns.
RACE_ROWS = 10_000
ROUNDS = 3
#: Rows of the imports whose memory is compared.
MEMORY_ROWS = (1_000, 10_000, 100_000)
QUICK_RACE_ROWS = 2_000
QUICK_MEMORY_ROWS = (1_000, 5_000)


@dataclass(frozen=True, slots=True)
class _Race:
    """Seconds of the quickest round each."""

    bare: float
    imported: float


def measure(*, today: date, quick: bool) -> list[Section]:
    rows = QUICK_RACE_ROWS if quick else RACE_ROWS
    race = _race(rows, today, rounds=2 if quick else ROUNDS)
    speed = Section(
        title="Import",
        columns=("what", "rows a second", "against boto3"),
        rows=[
            ("boto3's batch_writer, the same items, nothing else", f"{rows / race.bare:,.0f}", "1.00"),
            (
                "import: rows read and worked out, entries with totals and manifests",
                f"{rows / race.imported:,.0f}",
                f"{race.bare / race.imported:.2f}",
            ),
        ],
        note=f"{rows:,} rows over two years, oldest first, into an engine that keeps them in a file, as a "
        f"laptop's does. Best of {2 if quick else ROUNDS} rounds, the two in turns.",
    )
    sizes = QUICK_MEMORY_ROWS if quick else MEMORY_ROWS
    peaks = {size: _peak_mib(size, today) for size in sizes}
    memory = Section(
        title="Memory of an import",
        columns=("rows", "peak of the worker", "against the smallest"),
        rows=[
            (f"{size:,}", f"{peak:.0f} MiB", f"{peak / peaks[sizes[0]]:.2f}") for size, peak in peaks.items()
        ],
        note="Resident memory of a process that runs one import, with Django and the catalogue.",
    )
    return [speed, memory]


def _rows(count: int, today: date) -> Iterator[tuple[int, list[str]]]:
    """Plausible rows, each with its line in the file; no two are equal."""
    for number in range(count):
        day = today - timedelta(days=DAYS - number * DAYS // count)
        variant, amount, unit = ACTIVITIES[number % len(ACTIVITIES)]
        yield number + 2, [f"{day}", variant, f"{amount}{'.' if '.' not in amount else ''}{number:06d}", unit]


# -- Speed --------------------------------------------------------------------------------------------------


def _race(count: int, today: date, *, rounds: int) -> _Race:
    bare, imported = [], []
    for number in range(rounds):
        found = _started(f"race-{number}", count, today)
        items = _items(found)
        imported.append(_seconds(lambda found=found: _run(found)))  # type: ignore[misc]  # bound on purpose
        bare.append(_seconds(lambda items=items: _put(items)))  # type: ignore[misc]  # likewise
    return _Race(min(bare), min(imported))


def _seconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _started(name: str, count: int, today: date) -> Any:
    from emissions.services.importing.checking import check_import
    from emissions.services.importing.creating import create_import, set_columns
    from emissions.services.importing.running import start_import
    from tests.emissions.services.importing.uploads import COLUMNS, upload_of

    profile = make_person(f"import-{name}-{count}-{today:%d}", entries=0, today=today)
    found = create_import(profile, upload_of(cells for _, cells in _rows(count, today)))
    set_columns(profile, found.id, COLUMNS)
    check_import(profile.user_id, found.id)
    return start_import(profile, found.id)


def _items(found: Any) -> list[dict[str, Any]]:
    """What the import will put, under the key of somebody else; made before the race."""
    from accounts.repository import ProfileRepository
    from emissions.repositories.entries import sort_key
    from emissions.repositories.entry_items import entry_to_item
    from emissions.services.importing.checking import reader_of
    from emissions.services.importing.files import iter_rows

    reader = reader_of(found, ProfileRepository().get(found.user_id))
    entries = [result.entry for row in iter_rows(found) if (result := reader.read(row)).entry is not None]
    items = [entry_to_item(entry, sort_key(entry.key)) for entry in entries if entry is not None]
    return [
        {name: value for name, value in item.items() if value is not None}
        | {"user_id": f"bare-{found.user_id}"}
        for item in items
    ]


def _run(found: Any) -> None:
    from emissions.services.importing.running import run_import

    result = run_import(found.user_id, found.id)
    if result.created != found.row_count:
        raise RuntimeError(f"{result.created} of {found.row_count} rows came in.")


def _put(items: list[dict[str, Any]]) -> None:
    import boto3
    from django.conf import settings

    from carbontrack.dynamodb.tables import CARBON_DATA

    store: Any = boto3.resource(
        "dynamodb",
        endpoint_url=settings.DYNAMODB_ENDPOINT_URL,
        region_name=settings.DYNAMODB_REGION,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )
    with store.Table(CARBON_DATA.physical_name).batch_writer() as writer:
        for item in items:
            writer.put_item(Item=item)


# -- Memory -------------------------------------------------------------------------------------------------


def _peak_mib(count: int, today: date) -> float:
    """The peak of a process that runs an import of so many rows."""
    found = _started("memory", count, today)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.one_import", found.user_id, found.id],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ.copy(),
    )
    return int(ran.stdout) / 1024
