"""What tests of archives share: entries of some people, old enough, and all that is stored seen at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from carbontrack import clock
from carbontrack.dynamodb import delete_item, iter_scan
from carbontrack.dynamodb.tables import CARBON_DATA
from emissions.archive import files
from emissions.archive.errors import ArchiveUnavailable
from emissions.domain.archives import ArchiveState
from emissions.domain.entries import Entry, FormerResult, Scope
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import item_key
from emissions.repositories.entry_items import entry_from_item
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.restoring import begin_restore, restore_month
from emissions.services.bulk import record_entries
from emissions.services.totals import verify_subject
from organizations.domain import Organization
from tests.factories import USER_ID, make_entry, make_factor
from tests.fixtures.organizations import ENGINEERING, SALES, make_organization

ADA, BEN = USER_ID, "5f0f1b1e-0000-4000-8000-000000000b0b"
ACME = "01HS0000000000000000000ACME"
MINE, OURS = Subject.user(ADA), Subject.organization(ACME)
MARCH = "2024-03"


def old_entries(count: int = 5, *, user_id: str = ADA, day: int = 4) -> list[Entry]:
    """Personal entries of March 2024, each with something that others lack."""
    entries = [
        make_entry(
            number,
            user_id=user_id,
            occurred_at=datetime(2024, 3, day + number % 20, 8, number % 60, tzinfo=UTC),
            amount=Decimal(number) + Decimal("0.5"),
            co2_emissions=Decimal(number) + Decimal("0.000001"),
        )
        for number in range(1, count + 1)
    ]
    entries[0] = replace(
        entries[0],
        note="with Öz, 12 km\nand back",
        people=3,
        time_zone="Pacific/Auckland",
        local_date=date(2024, 3, 1),
        import_id="01HS0000000000000000000IMP",
        rule_id="01HS00000000000000000000RU",
        version=7,
        amount=Decimal("12345678901234567890.123456789"),
        co2_emissions=Decimal(0),
        former=(
            FormerResult(
                3, Decimal("9.5"), make_factor(year=2024), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
            ),
        ),
    )
    return entries


def work_entries() -> list[Entry]:
    """Ada and Ben for two departments and for none; Ben bicycles, which weighs nothing."""
    makings = [
        (ADA, 11, SALES, "1"),
        (ADA, 12, SALES, "2.5"),
        (ADA, 13, None, "3"),
        (BEN, 14, SALES, "0"),
        (BEN, 15, ENGINEERING, "4"),
    ]
    return [
        make_entry(
            number,
            user_id=author,
            occurred_at=datetime(2024, 3, number, 9, tzinfo=UTC),
            organization_id=ACME,
            department_id=department,
            scope=Scope.THREE,
            scope3_category=6,
            co2_emissions=Decimal(kg),
        )
        for author, number, department, kg in makings
    ]


def store(entries: Iterable[Entry]) -> list[Entry]:
    entries = sorted(entries, key=lambda entry: (entry.user_id, entry.occurred_at))
    for author in {entry.user_id for entry in entries}:
        record_entries(author, [entry for entry in entries if entry.user_id == author])
    return entries


def found_acme(**changes: Any) -> Organization:
    return make_organization(ACME, **changes)


def in_table() -> list[Entry]:
    """Every item, archived ones included, as nobody else sees them."""
    entries = map(entry_from_item, iter_scan(CARBON_DATA))
    return sorted(entries, key=lambda entry: (entry.user_id, entry.occurred_at, entry.entry_id))


def totals_now() -> dict[tuple[str, str], dict[str, Decimal]]:
    """Every counter there is, `changes` included: archiving must not touch one."""
    repository = TotalsRepository()
    return {
        (subject.key, stored.period): {**stored.counters, "changes": Decimal(stored.changes)}
        for subject in repository.iter_subjects()
        for stored in repository.iter_stored(subject)
    }


def differences() -> list[object]:
    """What is wrong with the totals of anybody."""
    subjects = list(TotalsRepository().iter_subjects())
    return [each for subject in subjects for each in verify_subject(subject)]


def back(entries: Iterable[Entry]) -> list[Entry]:
    """What restored entries must equal: all of them as they were, two versions on."""
    return [replace(entry, version=entry.version + 2) for entry in entries]


def state(owner: Subject = MINE) -> ArchiveState | None:
    record = ArchiveRepository(owner).find(MARCH)
    return None if record is None else record.state


def restore(owner: Subject = MINE, month: str = MARCH) -> None:
    begin_restore(owner, month)
    restore_month(owner, month)


def remove_by_ttl(entry: Entry) -> None:
    """As DynamoDB does, some time after an item has expired."""
    delete_item(CARBON_DATA, item_key(entry.user_id, entry.key))


def unavailable(path: str) -> None:
    raise ArchiveUnavailable(path)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def everything() -> list[tuple[str, str]]:
    """Each entry once for each place that has it: the table, or a file and no longer the table."""
    places = [(entry.user_id, entry.slug) for entry in in_table() if not entry.has_expired(clock.now())]
    for owner in (MINE, OURS):
        record = ArchiveRepository(owner).find(MARCH)
        if record is not None and record.restored < record.marked:
            away = islice(files.read(record.path, start=record.restored), record.marked - record.restored)
            places += [(entry.user_id, entry.slug) for entry in away]
    return sorted(places)
