"""What comes out of a file is what went in: every field of an entry, and every digit."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.archive import parquet
from emissions.archive.parquet import read_entries, write_entries
from emissions.domain.entries import ActivityType, Entry, FormerResult, Scope
from tests.factories import make_entry, make_factor

FORMER = FormerResult(2, Decimal("1.5"), make_factor(id="old"), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC))
FULL = make_entry(
    activity_type=ActivityType.FOOD,
    category="meals",
    variant="meal-vegan",
    people=2,
    scope=Scope.THREE,
    scope3_category=6,
    note="“x” 汉\n\t",
    organization_id="o",
    department_id="d",
    import_id="i",
    rule_id="r",
    version=9,
    time_zone="Pacific/Auckland",
    local_date=date(2024, 3, 16),
    former=(FORMER, replace(FORMER, version=5)),
)


def through_a_file(*entries: Entry, start: int = 0) -> list[Entry]:
    file = io.BytesIO()
    write_entries(entries, file)
    return list(read_entries(file, start=start))


def test_every_field_comes_back() -> None:
    usual = make_entry()
    same = {each.name for each in fields(Entry) if getattr(FULL, each.name) == getattr(usual, each.name)}

    assert same == {  # each other field is tried with a value that no default hides
        *("user_id", "entry_id", "occurred_at", "amount", "unit", "co2_emissions", "factor", "created_at"),
        "expires_at",  # only ever on what the table still has of an archived entry
    }
    assert through_a_file(FULL, usual) == [FULL, usual]


#: As many digits as DynamoDB keeps.
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**20, places=12)


@given(
    amount=NUMBERS, value=NUMBERS, conversion=NUMBERS, kg=st.integers(0, 10**18), note=st.text(max_size=40)
)
def test_every_digit_and_letter_comes_back(
    amount: Decimal, value: Decimal, conversion: Decimal, kg: int, note: str
) -> None:
    factor = make_factor(value=value, conversion=conversion)
    grams = Decimal(kg).scaleb(-6)
    entry = make_entry(amount=amount, factor=factor, co2_emissions=grams, note=note)

    assert through_a_file(entry) == [entry]


def test_reading_begins_at_any_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 3)
    entries = [make_entry(number) for number in range(8)]

    for start in range(10):
        assert through_a_file(*entries, start=start) == entries[start:]
