"""People who log and change their minds, and what a warehouse has of them."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from accounts.domain import Profile
from carbontrack.dynamodb import batch_write
from carbontrack.dynamodb.tables import CARBON_DATA, EMISSION_TOTALS
from carbontrack.storage import open_storage
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository, item_key
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import delete_entry, edit_entry, record_entry, restore_entry
from emissions.warehouse.exporting import Exported, export_tables
from emissions.warehouse.manifest import MANIFEST
from organizations.domain import Department
from tests.emissions.warehouse.asking import PSEUDONYMS, rows
from tests.factories import entry_id_of, make_profile
from tests.fixtures.organizations import make_organization

DAYS = (date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2025, 1, 1))
CHOICES = (("car-petrol-medium", "km"), ("train", "km"), ("walking-cycling", "km"))
ALL_ENTRIES = "SELECT person, entry, year, month, co2_emissions, version FROM entries"


def export(folder: Path, **options: Any) -> Exported:
    return export_tables(open_storage(folder), PSEUDONYMS, **options)


def log(*entries: Entry) -> None:
    for entry in entries:
        record_entries(entry.user_id, [entry])


def exported_entries(folder: Path) -> set[tuple[Any, ...]]:
    return set(rows(folder, ALL_ENTRIES))


def as_exported(entry: Entry) -> tuple[Any, ...]:
    return (
        PSEUDONYMS.person(entry.user_id),
        PSEUDONYMS.entry(entry.user_id, entry.entry_id),
        entry.local_date.year,
        entry.local_date.month,
        entry.co2_emissions,
        entry.version,
    )


def named_files(folder: Path) -> set[str]:
    manifest = json.loads((folder / MANIFEST).read_text())
    return {each["path"] for each in (*manifest["entries"], *manifest["dimensions"])} | {MANIFEST}


class Company:
    """Four people who log for themselves and for two departments, and change their minds at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.organization = make_organization(
            f"o-{uuid.uuid4()}", departments=[Department("D1", "D1"), Department("D2", "D2")]
        )
        self.people = [
            make_profile(str(uuid.uuid4()), organization_id=self.organization.id) for _ in range(4)
        ]
        self.left: dict[str, Entry] = {}
        self.undo: list[tuple[Profile, str]] = []
        self.number = 0

    def act(self) -> None:
        acts = [self.log, self.log, self.log, self.edit_amount, self.move, self.change_work, self.delete]
        self.random.choice([*acts, self.restore])()

    def log(self) -> None:
        self.number += 1
        profile, (variant, unit) = self.random.choice(self.people), self.random.choice(CHOICES)
        draft = EntryDraft(variant, self.amount(), unit, self.day(), time(23, 30), "UTC", work=self.work())
        self.keep(record_entry(profile, draft, entry_id=entry_id_of(self.number)).entry)

    def edit_amount(self) -> None:
        self.edit(variant="car-petrol-medium", unit="km", amount=self.amount())

    def move(self) -> None:
        self.edit(local_date=self.day())

    def change_work(self) -> None:
        self.edit(work=self.work())

    def delete(self) -> None:
        if entry := self.any_entry():
            self.undo.append((self.author(entry), delete_entry(self.author(entry), entry.key, entry.version)))
            del self.left[entry.entry_id]

    def restore(self) -> None:
        if self.undo:
            self.keep(restore_entry(*self.undo.pop()))

    def forget(self, profile: Profile) -> None:
        """What the deletion of a person leaves: nothing in either table."""
        entries = EntryRepository(profile.user_id).iter_stored()
        batch_write(CARBON_DATA, deletes=[item_key(profile.user_id, each.key) for each in entries])
        totals = TotalsRepository().iter_stored(Subject.user(profile.user_id))
        batch_write(
            EMISSION_TOTALS,
            deletes=[{"subject": each.subject.key, "period": each.period} for each in totals],
        )
        self.people.remove(profile)
        self.undo = [each for each in self.undo if each[0] != profile]
        self.left = {key: each for key, each in self.left.items() if each.user_id != profile.user_id}

    def edit(self, **changes: Any) -> None:
        if entry := self.any_entry():
            draft = replace(EntryDraft.of(entry), **changes)
            self.keep(edit_entry(self.author(entry), entry.key, draft, version=entry.version).entry)

    def keep(self, entry: Entry) -> None:
        self.left[entry.entry_id] = entry

    def any_entry(self) -> Entry | None:
        return self.left[self.random.choice(sorted(self.left))] if self.left else None

    def author(self, entry: Entry) -> Profile:
        return next(each for each in self.people if each.user_id == entry.user_id)

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(1, 10**6)) / 1000

    def day(self) -> date:
        return self.random.choice(DAYS)

    def work(self) -> Work | None:
        department = self.random.choice([None, "-", "D1", "D2"])
        if department is None:
            return None
        return Work(self.organization.id, None if department == "-" else department)
