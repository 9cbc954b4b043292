"""People with a given number of entries, written past the services: the bench measures other things."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.domain import PersonalTarget, Preferences, Profile
from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import WriteTransaction, batch_write
from carbontrack.dynamodb.tables import CARBON_DATA
from emissions.calculation import calculate
from emissions.domain.entries import Entry
from emissions.domain.totals import totals_deltas
from emissions.repositories.entries import sort_key
from emissions.repositories.entry_items import entry_to_item
from emissions.repositories.totals import TotalsRepository
from tests.factories import entry_id_of

#: What people log in the bench: everyday choices, one of each type at least, with a usual amount and unit.
ACTIVITIES = (
    ("car-petrol-medium", "12", "mile"),
    ("train", "30", "km"),
    ("bus", "6", "km"),
    ("electricity", "9", "kwh"),
    ("natural-gas", "20", "kwh"),
    ("beef", "0.3", "kg"),
    ("milk", "1", "litre"),
    ("plastic-landfill", "0.4", "kg"),
)
DAYS = 730
REGION = "gb"
SEED = 20_240_315
PASSWORD = "bench-only-and-never-kept"


def make_person(name: str, *, entries: int, today: date) -> Profile:
    """A person with a SQL user, a profile, and that many entries over two years, totals included."""
    user = User.objects.create_user(email=f"{name}@example.com", password=PASSWORD)
    preferences = Preferences(region=REGION, target=PersonalTarget(Decimal(4000)))
    profile = ProfileRepository().ensure(user, preferences)
    made = list(make_entries(profile.user_id, entries, today=today))
    batch_write(CARBON_DATA, puts=(entry_to_item(entry, sort_key(entry.key)) for entry in made))
    with WriteTransaction() as transaction:
        TotalsRepository().apply(totals_deltas(added=made), transaction=transaction)
    return profile


def make_entries(user_id: str, count: int, *, today: date) -> Iterator[Entry]:
    """Plausible entries, the same in every run, spread evenly over the days up to today."""
    chance = random.Random(SEED)
    calculations = [
        calculate(variant=variant, amount=Decimal(amount), unit=unit, region=REGION, on=today)
        for variant, amount, unit in ACTIVITIES
    ]
    for number in range(count):
        day = today - timedelta(days=number * DAYS // count)
        calculation = chance.choice(calculations)
        yield Entry(
            user_id=user_id,
            entry_id=entry_id_of(number),
            occurred_at=datetime(day.year, day.month, day.day, number % 24, chance.randrange(60), tzinfo=UTC),
            local_date=day,
            time_zone="UTC",
            activity_type=calculation.activity_type,
            category=calculation.category,
            variant=ACTIVITIES[calculations.index(calculation)][0],
            amount=calculation.amount,
            unit=calculation.unit,
            people=1,
            co2_emissions=calculation.co2_emissions,
            scope=calculation.scope,
            factor=calculation.snapshot(),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            note="",
        )
