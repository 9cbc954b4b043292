"""What tests of erasure share: Ada's life, with colleagues, archives and all, and what others see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbontrack.dynamodb import batches, calls, items, iter_scan, transactions
from carbontrack.dynamodb.tables import ALL_TABLES, AUDIT, USERS, Table
from emissions.archive import parquet
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.storing import archive_month
from emissions.services.totals import verify_subject
from tests.emissions.services.archiving.months import (
    ADA,
    BEN,
    MARCH,
    MINE,
    OURS,
    found_acme,
    old_entries,
    store,
    work_entries,
)
from tests.emissions.services.working import Counters, close_month, totals_of
from tests.factories import make_entry
from tests.fixtures.organizations import ENGINEERING, SALES

CLOE = "5f0f1b1e-0000-4000-8000-000000000c0e"
#: All but profiles and the audit trail, which have steps of their own.
DATA = tuple(table for table in ALL_TABLES if table not in {AUDIT, USERS})
SHARED = (OURS, *(Subject.department(OURS.owner_id, each) for each in (SALES, ENGINEERING)))
WRITES = {"put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item"}


class Killed(BaseException):
    """As kill -9: nothing of ours runs after it."""


def recent_work() -> list[Entry]:
    """Ada, Ben and Cloe at work in September 2026, which is closed, and at home."""
    makings = [
        (ADA, 1, SALES, "1.25"),
        (ADA, 2, ENGINEERING, "0"),
        (ADA, 3, None, "4.000001"),
        (BEN, 4, SALES, "8"),
        (CLOE, 5, ENGINEERING, "16"),
    ]
    work = [
        make_entry(
            100 + day,
            user_id=author,
            occurred_at=datetime(2026, 9, day, 9, tzinfo=UTC),
            organization_id=OURS.owner_id,
            department_id=department,
            co2_emissions=Decimal(kg),
        )
        for author, day, department, kg in makings
    ]
    home = make_entry(200, occurred_at=datetime(2026, 9, 1, 20, tzinfo=UTC), co2_emissions=Decimal("2"))
    return [*work, home]


def live(*, archived: bool = True) -> None:
    """March 2024 is in Ada's archive and in the organization's, September 2026 at hand and closed."""
    found_acme()
    store([*old_entries(3), *work_entries(), *recent_work()])
    if archived:
        archive_month(OURS, MARCH)
        archive_month(MINE, MARCH)
    close_month("2026-09")


def seen() -> dict[str, Counters]:
    """What readers of totals see of the organization and its departments."""
    return {subject.key: totals_of(subject) for subject in SHARED}


def differing() -> list[object]:
    """What is wrong with the totals of anybody."""
    return [each for subject in list(TotalsRepository().iter_subjects()) for each in verify_subject(subject)]


def traces(folder: Path, *texts: str, tables: tuple[Table, ...] = ALL_TABLES) -> list[str]:
    """Every item of the tables, and every row of every archive file, that says one of these texts."""
    found = [
        f"{table.name} {json.dumps(item)}"
        for table in tables
        for item in iter_scan(table)
        if any(text in json.dumps(item) for text in texts)
    ]
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as file:
            rows = map(repr, parquet.read_entries(file))
            found += [f"{path} {row}" for row in rows if any(text in row for text in texts)]
    return found


def after_each_write(then: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    """Call `then` when DynamoDB has done a write request; what `then` itself does is not one of them."""
    is_inside = False

    def telling(send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(operation: str, params: dict[str, Any]) -> Any:
            nonlocal is_inside
            answer = send(operation, params)
            if operation in WRITES and not is_inside:
                is_inside = True
                then()
                is_inside = False
            return answer

        return sending

    patch.setattr(transactions, "send_raw", telling(calls.send_raw))
    patch.setattr(items, "send", telling(calls.send))
    patch.setattr(batches, "send", telling(calls.send))


def files_of(folder: Path) -> list[str]:
    """The paths of all archive files."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def dying_after(number: int, patch: pytest.MonkeyPatch) -> None:
    """Die when DynamoDB has done the write request of that number; later ones never leave."""
    left = number

    def die_at_last() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Killed

    after_each_write(die_at_last, patch)
