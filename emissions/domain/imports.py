"""Imports: a file of activities on its way to entries, and back out again. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class ImportState(StrEnum):
    """Where an import is. Only `running` and `undoing` write entries, `finished` is the end of either way
    in: what is in the log stays there until somebody undoes it.
    """

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    FINISHED = "finished"
    UNDOING = "undoing"
    UNDONE = "undone"


#: Nothing of it has been written: its columns can be changed, and it can be thrown away.
OPEN_STATES = frozenset({ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED})
#: The same file is not taken again while one of them is in one of these.
STANDING_STATES = frozenset({ImportState.RUNNING, ImportState.FINISHED, ImportState.UNDOING})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that makes no entry. `line` is its number in the file; `field` the column it is about, or ""."""

    line: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows of one activity in one unit add up to. The `example` fields tell of the first of them."""

    variant: str
    unit: str
    rows: int
    co2_emissions: Decimal
    factor_name: str
    factor_source: str
    match: str
    example_line: int
    example_on: date
    example_amount: Decimal
    example_kg: Decimal

    @property
    def is_stand_in(self) -> bool:
        """Whether the factor is another region's, for want of one's own."""
        return self.match == "proxy"


@dataclass(frozen=True, slots=True)
class Check:
    """What an import would do, as it was worked out from all its rows. kg CO2e throughout.

    `kinds` are the most frequent ones, `other_kinds` counts those left out; `refusals` are the first of
    `refused`. `stand_ins` counts rows with another region's factor. `first_on` and `last_on` are None where
    no row can be used.
    """

    accepted: int
    refused: int
    co2_emissions: Decimal
    kinds: tuple[Kind, ...] = ()
    other_kinds: int = 0
    refusals: tuple[Refusal, ...] = ()
    stand_ins: int = 0
    first_on: date | None = None
    last_on: date | None = None

    @property
    def rows(self) -> int:
        return self.accepted + self.refused

    @property
    def stand_in_percent(self) -> int:
        """The share of usable rows on a stand-in factor."""
        return 0 if not self.accepted else self.stand_ins * 100 // self.accepted


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo has done so far. `kept` were changed since, or are locked or archived; `gone` had been
    deleted or moved to another moment by hand. `co2_emissions` is kg CO2e of what was removed.
    """

    removed: int = 0
    kept: int = 0
    gone: int = 0
    co2_emissions: Decimal = Decimal(0)
    chunks: int = 0

    @property
    def entries(self) -> int:
        return self.removed + self.kept + self.gone


@dataclass(frozen=True, slots=True)
class Import:
    """A file of one person and what has become of it.

    `organization_id` is set where its rows become work entries, for `department_id` or none. `region`,
    `time_zone` and `unit_system` are the person's when they uploaded it, so that the result is what the
    preview said. `row_count` counts rows below the header; the first `done_rows` of them are settled: each is
    one of `created` (an entry now), `existing` (was there already) and `refused`. `co2_emissions` is kg CO2e
    of what was created. At `expires_at` it is forgotten, and cannot be undone any more. `problem` says in a
    sentence why it ended before its last row, else it is "". `columns` is what was said of the columns, as
    `emissions.imports.columns` writes it down.
    """

    id: str
    user_id: str
    name: str
    digest: str
    header: tuple[str, ...]
    row_count: int
    state: ImportState
    created_at: datetime
    region: str
    time_zone: str
    unit_system: str
    organization_id: str | None = None
    department_id: str | None = None
    columns: Mapping[str, Any] | None = None
    check: Check | None = None
    done_rows: int = 0
    created: int = 0
    existing: int = 0
    refused: int = 0
    co2_emissions: Decimal = Decimal(0)
    chunks: int = 0
    undone: Undone = field(default_factory=Undone)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    problem: str = ""
    version: int = 1

    @property
    def is_work(self) -> bool:
        return self.organization_id is not None

    @property
    def is_open(self) -> bool:
        """Whether nothing has been written yet."""
        return self.state in OPEN_STATES

    @property
    def is_busy(self) -> bool:
        """Whether a worker is, or should be, at it."""
        return self.state in {ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING}

    @property
    def can_start(self) -> bool:
        return self.state is ImportState.CHECKED and self.check is not None and self.check.accepted > 0

    @property
    def can_undo(self) -> bool:
        """Whether there are entries of it to take back, also while it still runs."""
        return self.state in {ImportState.RUNNING, ImportState.FINISHED} and self.created > 0

    @property
    def percent(self) -> int:
        """How far it runs or is undone, from 0 to 100; 100 only at the end."""
        if self.state is ImportState.UNDOING:
            return min(99, self.undone.entries * 100 // max(1, self.created))
        if self.state is ImportState.RUNNING:
            return min(99, self.done_rows * 100 // max(1, self.row_count))
        return 100 if self.state in {ImportState.FINISHED, ImportState.UNDONE} else 0

    @property
    def job_id(self) -> str:
        """The name of its job."""
        return job_id_of(self.id)


def job_id_of(import_id: str) -> str:
    """The name of an import's progress (`carbontrack.jobs`)."""
    return f"import-{import_id}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one transaction of an import settled: rows `first` to `last` (counted from 1 below the header).

    `slugs` are the keys of the entries it created, `occurrences` those of them that stand for the second,
    third... of equal rows in the file; `refusals` the rows that make no entry.
    """

    first: int
    last: int
    slugs: tuple[str, ...] = ()
    occurrences: Mapping[str, int] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
