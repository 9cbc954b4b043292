"""Made-up lives for `manage.py demo`: the same on every machine and every run.

Each day is drawn by a generator seeded with its date, and each entry's id is made of the same draw. A run
tomorrow therefore adds one day and changes nothing before it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ulid import ULID

from emissions.days import to_utc
from emissions.services.drafts import EntryDraft

MONTHS = 18
REGION = "gb"
TIME_ZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class Planned:
    """Something somebody did, with the id its entry always has."""

    entry_id: str
    draft: EntryDraft

    @classmethod
    def of(cls, draft: EntryDraft, draw: random.Random) -> Planned:
        milliseconds = int(moment(draft).timestamp() * 1000)
        return cls(str(ULID(milliseconds.to_bytes(6, "big") + draw.randbytes(10))), draft)


def moment(draft: EntryDraft) -> datetime:
    return to_utc(draft.local_date, draft.local_time, draft.time_zone)


def days(now: datetime) -> Iterator[date]:
    """Every day from the beginning of the month 18 months ago until today."""
    today = now.date()
    months = today.year * 12 + today.month - 1 - MONTHS
    day = date(months // 12, months % 12 + 1, 1)
    while day <= today:
        yield day
        day += timedelta(days=1)
