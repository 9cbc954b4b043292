"""Work as people log it, stored with all its totals: a few words about each group of people."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time
from decimal import Decimal

from emissions.domain.entries import ActivityType, Scope
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from tests.factories import make_entry

#: Activity type, category, scope and category of scope 3.
Kind = tuple[str, str, int, int | None]
CAR: Kind = ("transportation", "car", 1, None)
FLIGHT: Kind = ("transportation", "flight", 3, 6)
POWER: Kind = ("energy", "electricity", 2, None)


def log(
    organization: Organization,
    month: str,
    department_id: str | None,
    people: str,
    kg: str = "10",
    kind: Kind = CAR,
) -> None:
    """Each of the people, a letter each, logs one entry of `kg` on the first of the month."""
    activity_type, category, scope, scope3_category = kind
    day = date.fromisoformat(f"{month}-01")
    for person in people:
        words = f"{person} {month} {department_id} {kind} {kg}"
        number = int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest())
        entry = make_entry(
            number,
            user_id=f"00000000-0000-4000-8000-{ord(person):012d}",
            occurred_at=datetime.combine(day, time(12), UTC),
            local_date=day,
            activity_type=ActivityType(activity_type),
            category=category,
            co2_emissions=Decimal(kg),
            scope=Scope(scope),
            scope3_category=scope3_category,
            organization_id=organization.id,
            department_id=department_id,
        )
        record_entries(entry.user_id, [entry], organization=organization)
