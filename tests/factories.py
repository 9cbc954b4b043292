"""Values for tests, plausible by default: say only what a test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.domain import Preferences, Profile
from emissions.days import to_utc
from emissions.domain.entries import ActivityType, Entry, FactorSnapshot, Scope
from emissions.services.drafts import EntryDraft

USER_ID = "5f0f1b1e-0000-4000-8000-00000000a11c"
#: What tests call now: after every activity below.
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


def make_profile(
    user_id: str = USER_ID, *, region: str = "gb", time_zone: str = "UTC", **changes: Any
) -> Profile:
    values: dict[str, Any] = {
        "email": f"{user_id}@example.com",
        "created_at": datetime(2024, 1, 1, tzinfo=UTC),
        "last_login": datetime(2024, 1, 1, tzinfo=UTC),
        "preferences": Preferences(region=region, time_zone=time_zone),
    }
    return Profile(user_id=user_id, **(values | changes))


def make_factor(**changes: Any) -> FactorSnapshot:
    values: dict[str, Any] = {
        "id": "transportation.car.petrol.medium.gb",
        "name": "Car, petrol, medium",
        "value": Decimal("0.17726"),
        "unit": "km",
        "conversion": Decimal("1.609344"),
        "source": "UK Government GHG Conversion Factors",
        "source_id": "uk-desnz-2025",
        "year": 2025,
        "region": "gb",
        "match": "own",
    }
    return FactorSnapshot(**(values | changes))


def entry_id_of(number: int) -> str:
    """A ULID for each number, in their order."""
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        text = digits[digit] + text
    return text


def make_entry(number: int = 1, *, occurred_at: datetime | None = None, **changes: Any) -> Entry:
    """An entry whose id is made of `number`; in UTC, unless `time_zone` and `local_date` say otherwise."""
    moment = occurred_at or datetime(2024, 3, 15, 10, 30, 0, tzinfo=UTC)
    values: dict[str, Any] = {
        "user_id": USER_ID,
        "entry_id": entry_id_of(number),
        "occurred_at": moment,
        "local_date": moment.date(),
        "time_zone": "UTC",
        "activity_type": ActivityType.TRANSPORTATION,
        "category": "car",
        "variant": "car-petrol-medium",
        "amount": Decimal(50),
        "unit": "mile",
        "people": 1,
        "co2_emissions": Decimal("14.263416"),
        "scope": Scope.ONE,
        "factor": make_factor(),
        "created_at": datetime(2024, 3, 15, 18, 0, 0, tzinfo=UTC),
    }
    return Entry(**(values | changes))


def make_local_entry(number: int, local: str, time_zone: str, **changes: Any) -> Entry:
    """An entry at a wall-clock time such as `2024-12-31T23:30` in a time zone."""
    wall_clock = datetime.fromisoformat(local)
    return make_entry(
        number,
        occurred_at=to_utc(wall_clock.date(), wall_clock.time(), time_zone),
        local_date=wall_clock.date(),
        time_zone=time_zone,
        **changes,
    )


def make_draft(local: str = "2024-03-15T10:30", **changes: Any) -> EntryDraft:
    """A draft of 50 miles by petrol car at a wall-clock time in UTC."""
    wall_clock = datetime.fromisoformat(local)
    values: dict[str, Any] = {
        "variant": "car-petrol-medium",
        "amount": Decimal(50),
        "unit": "mile",
        "local_date": wall_clock.date(),
        "local_time": wall_clock.time(),
        "time_zone": "UTC",
    }
    return EntryDraft(**(values | changes))


def day(text: str) -> date:
    return date.fromisoformat(text)
