"""Uploads for tests of imports: rows as a person writes them, and imports made of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

from accounts.domain import Profile
from emissions.domain.imports import Import
from emissions.imports.columns import Columns, Field
from emissions.imports.normal_form import Cell, Row, dump_rows
from emissions.imports.reading import Upload
from emissions.services.importing.checking import check_import
from emissions.services.importing.creating import Target, create_import, set_columns
from emissions.services.importing.running import run_import, start_import

HEADER = ("Date", "Activity", "Amount", "Unit", "People", "Note", "Scope")
COLUMNS = Columns(
    places={
        Field.DATE: 0,
        Field.ACTIVITY: 1,
        Field.AMOUNT: 2,
        Field.UNIT: 3,
        Field.PEOPLE: 4,
        Field.NOTE: 5,
        Field.SCOPE: 6,
    }
)


def upload_of(lines: Iterable[Sequence[Cell]], *, name: str = "trips.csv") -> Upload:
    """A file with these rows below its header."""
    rows = [Row(number, tuple(cells)) for number, cells in enumerate(lines, start=2)]
    content = b"".join(dump_rows(rows))
    return Upload(
        name=name,
        digest=hashlib.sha256(content).hexdigest(),
        header=HEADER,
        row_count=len(rows),
        sheet="",
        other_sheets=(),
        encoding="UTF-8",
        normal_form=io.BytesIO(content),
    )


def uploaded(profile: Profile, lines: Iterable[Sequence[Cell]], *, target: Target | None = None) -> Import:
    """An import of these rows with their columns said, not yet checked."""
    made = create_import(profile, upload_of(lines), target=target)
    return set_columns(profile, made.id, COLUMNS)


def checked(profile: Profile, lines: Iterable[Sequence[Cell]], **changes: Any) -> Import:
    return check_import(profile.user_id, uploaded(profile, lines, **changes).id)


def started(profile: Profile, lines: Iterable[Sequence[Cell]], **changes: Any) -> Import:
    return start_import(profile, checked(profile, lines, **changes).id)


def imported(profile: Profile, lines: Iterable[Sequence[Cell]], **changes: Any) -> Import:
    """An import that ran to its end."""
    return run_import(profile.user_id, started(profile, lines, **changes).id)


def some_rows(count: int, *, month: str = "2024-03") -> list[list[Cell]]:
    """Rows of one month, no two of them equal."""
    kinds = (("car-petrol-medium", "mile"), ("Train", "km"), ("electricity", "kWh"), ("beef", "kg"))
    return [
        [f"{month}-{number % 28 + 1:02d}", *kinds[number % 4][:1], f"{number + 1}.5", kinds[number % 4][1]]
        for number in range(count)
    ]
