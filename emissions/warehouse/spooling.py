"""More than fits into memory, put in order on this machine's disk: a database in a temporary folder.

What comes in no order at all (a Scan, an export of DynamoDB) leaves by month and person.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from carbontrack.dynamodb import Item
from emissions.domain.entries import KG_QUANTUM

_CHUNK = 1_000
_QUICK = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=FILE;"


@dataclass(frozen=True, slots=True)
class PersonMonth:
    """A month of a person as their totals count it: how often it was written to, entries, kg CO2e."""

    user_id: str
    person: str
    month: str
    changes: int
    entries: int
    kg: Decimal


class MonthSpool:
    """The months of everybody. What a month has in several items (one for each Region) is added up."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(
            "CREATE TABLE months (month TEXT, person TEXT, user_id TEXT, changes INT, entries INT, mg INT,"
            " PRIMARY KEY (month, person)) WITHOUT ROWID"
        )

    def add(self, months: Iterable[PersonMonth]) -> None:
        rows = (
            (each.month, each.person, each.user_id, each.changes, each.entries, int(each.kg / KG_QUANTUM))
            for each in months
        )
        while chunk := list(islice(rows, _CHUNK)):
            self._database.executemany(
                "INSERT INTO months VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " changes = changes + excluded.changes, entries = entries + excluded.entries,"
                " mg = mg + excluded.mg",
                chunk,
            )

    def sizes(self) -> dict[str, int]:
        """How many entries each month has, in the order of months."""
        return dict(
            self._database.execute("SELECT month, sum(entries) FROM months GROUP BY month ORDER BY 1")
        )

    def people(self, month: str) -> Iterator[PersonMonth]:
        """The people of a month, sorted by pseudonym."""
        rows = self._database.execute(
            "SELECT user_id, person, changes, entries, mg FROM months WHERE month = ? ORDER BY person",
            (month,),
        )
        for user_id, person, changes, entries, milligrams in rows:
            yield PersonMonth(user_id, person, month, changes, entries, milligrams * KG_QUANTUM)


class ItemSpool:
    """Items of entries as they are stored, by two words of the caller's: a month or file, and a person."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("CREATE TABLE items (part TEXT, person TEXT, item BLOB)")

    def add(self, items: Iterable[tuple[str, str, Item]]) -> None:
        """Add items, each with its part and person."""
        rows = ((part, person, orjson.dumps(item)) for part, person, item in items)
        while chunk := list(islice(rows, _CHUNK)):
            self._database.executemany("INSERT INTO items VALUES (?, ?, ?)", chunk)

    def sizes(self) -> dict[str, int]:
        """How many items each part has, in the order of parts."""
        return dict(self._database.execute("SELECT part, count(*) FROM items GROUP BY part ORDER BY part"))

    def all(self) -> Iterator[tuple[str, str, Item]]:
        """Everything, sorted by part and person."""
        rows = self._database.execute("SELECT part, person, item FROM items ORDER BY part, person")
        return ((part, person, orjson.loads(item)) for part, person, item in rows)

    def of(self, part: str, person: str) -> Iterator[Item]:
        """A person's items of one part."""
        self._database.execute("CREATE INDEX IF NOT EXISTS items_of ON items (part, person)")
        rows = self._database.execute("SELECT item FROM items WHERE part = ? AND person = ?", (part, person))
        return (orjson.loads(item) for (item,) in rows)


def sorted_rows(rows: Iterable[dict[str, Any]], *, key: str) -> Iterator[dict[str, Any]]:
    """The rows, of plain values, by one of them."""
    with spool_database() as database:
        database.execute("CREATE TABLE rows (key TEXT, row BLOB)")
        encoded = ((row[key], orjson.dumps(row)) for row in rows)
        while chunk := list(islice(encoded, _CHUNK)):
            database.executemany("INSERT INTO rows VALUES (?, ?)", chunk)
        for (row,) in database.execute("SELECT row FROM rows ORDER BY key"):
            yield orjson.loads(row)


@contextmanager
def spool_database() -> Iterator[sqlite3.Connection]:
    """An empty database that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="carbontrack-warehouse-") as folder:
        database = sqlite3.connect(Path(folder) / "spool.sqlite3", isolation_level=None)
        try:
            database.executescript(_QUICK)
            yield database
        finally:
            database.close()
