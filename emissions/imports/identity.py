"""Which row is which: the id of an entry is made of what its row says, so a row that comes again is known.

Equal rows of one file are told apart by counting them: two coffees on one morning are two entries, and the
second stays the second in whatever file the morning comes again.
"""

from __future__ import annotations

import hashlib
from array import array
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Final

from ulid import ULID

from emissions.domain.entries import Entry

#: Slots for the digests of a file's rows: more than twice as many as a file may have, so chains are short.
_SLOTS: Final = 1 << 18
_MASK: Final = _SLOTS - 1
#: More digits than any amount that is taken; a longer one is refused soon after.
_DIGITS = Context(prec=60)


def digest_of(
    *,
    user_id: str,
    occurred_at: datetime,
    local_date: date,
    time_zone: str,
    variant: str,
    amount: Decimal,
    unit: str,
    people: int,
    note: str,
    organization_id: str | None,
    department_id: str | None,
    scope: str,
) -> bytes:
    """What makes a row the same as another: everything an entry says that its author can change.

    `scope` is a scope's code as the row says it, "" where the row leaves it open.
    """
    text = (
        f"{user_id}\n{occurred_at.timestamp():.0f}\n{local_date}\n{time_zone}\n{variant}\n"
        f"{amount.normalize(_DIGITS):f}\n{unit}\n{people}\n{organization_id or ''}\n{department_id or ''}\n"
        f"{scope}\n{note}"
    )
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def digest_of_entry(entry: Entry, *, scope: str) -> bytes:
    """The digest of what an entry says now; `scope` as its row may have said it."""
    return digest_of(
        user_id=entry.user_id,
        occurred_at=entry.occurred_at,
        local_date=entry.local_date,
        time_zone=entry.time_zone,
        variant=entry.variant,
        amount=entry.amount,
        unit=entry.unit,
        people=entry.people,
        note=entry.note,
        organization_id=entry.organization_id,
        department_id=entry.department_id,
        scope=scope,
    )


def entry_id_of(digest: bytes, occurred_at: datetime, occurrence: int) -> str:
    """A ULID: the moment of the activity, then ten bytes of the digest, another ten for each occurrence."""
    if occurrence > 1:
        digest = hashlib.blake2b(b"%d" % occurrence, key=digest, digest_size=16).digest()
    milliseconds = max(0, int(occurred_at.timestamp())) * 1000
    return str(ULID(milliseconds.to_bytes(6, "big") + digest[:10]))


class Occurrences:
    """Counts equal rows of a file, in memory that does not grow with the file.

    Half of each digest is kept, in a table that is as large for ten rows as for a hundred thousand; only what
    really repeats is counted beside it.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _SLOTS))
        self._repeated: dict[int, int] = {}

    def count(self, digest: bytes) -> int:
        """The how manieth row of this digest it is, from 1."""
        mark = int.from_bytes(digest[:8]) or 1  # 0 is an empty slot
        slots, place = self._slots, mark & _MASK
        while (taken := slots[place]) != mark:
            if not taken:
                slots[place] = mark
                return 1
            place = (place + 1) & _MASK
        self._repeated[mark] = number = self._repeated.get(mark, 1) + 1
        return number
