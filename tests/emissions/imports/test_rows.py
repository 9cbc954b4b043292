"""What a row of a file comes to: the entry that the form would make, or a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbontrack import clock
from emissions.imports.activities import find_activity
from emissions.imports.columns import Columns
from emissions.imports.identity import Occurrences
from emissions.imports.normal_form import Cell, Row
from emissions.imports.rows import RowReader, RowResult
from emissions.services.drafts import EntryDraft, Work, entry_of
from tests.emissions.services.importing.uploads import COLUMNS
from tests.factories import NOW, make_profile

PROFILE = make_profile(time_zone="Europe/London")
USUAL: list[Cell] = ["2024-03-15", "car-petrol-medium", "50", "miles", "2", "to the sea", ""]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def reader(*, work: Work | None = None, columns: Columns = COLUMNS, **changes: Any) -> RowReader:
    return RowReader(replace(PROFILE, **changes), columns, import_id="IMPORT", work=work)


def read(*rows: list[Cell], **changes: Any) -> list[RowResult]:
    of_file = reader(**changes)
    return [of_file.read(Row(number, tuple(cells))) for number, cells in enumerate(rows, start=2)]


def row_of(**changes: Any) -> list[Cell]:
    """The usual row with other cells: date, activity, amount, unit, people, note, scope."""
    names = ["date", "activity", "amount", "unit", "people", "note", "scope"]
    return [changes.get(name, cell) for name, cell in zip(names, USUAL, strict=True)]


@pytest.mark.parametrize(
    ("activity", "amount", "unit", "day"),
    [
        ("car-petrol-medium", "50", "mile", "2024-03-15"),
        ("car-petrol-medium", "12.25", "km", "2025-08-01"),
        ("electricity", "9", "kwh", "2023-01-01"),
        ("electricity", "9", "kwh", "2026-11-22"),
        ("milk", "1", "litre", "2024-03-15"),
        ("food.beef.beef-burger", "0.3", "lb", "2024-03-15"),
        ("walking-cycling", "3", "km", "2024-03-15"),
    ],
)
def test_a_row_makes_the_entry_that_the_form_would_make(activity: str, amount: str, unit: str, day: str):
    usual = {"activity": activity, "unit": unit, "people": ""}
    before = [row_of(**usual, amount=each, date="2021-01-01") for each in ("1", "2")]
    second = row_of(**usual, amount="7", date=day)
    asked = row_of(**usual, amount=amount, date=day)

    *_, result = read(*before, second, asked)  # by now the factor is remembered, and its other edition

    draft = EntryDraft(
        variant=activity,
        amount=Decimal(amount),
        unit=unit,
        local_date=date.fromisoformat(day),
        local_time=time(12),
        time_zone="Europe/London",
        note="to the sea",
    )
    assert result.entry is not None
    expected = entry_of(PROFILE, draft, entry_id=result.entry.entry_id)
    assert result.entry == replace(expected, import_id="IMPORT")


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("car-petrol-medium", "car-petrol-medium"),
        ("CAR  Petrol_medium", "car-petrol-medium"),
        ("Train", "train"),
        ("  tRaIn ", "train"),
        ("transportation.car.petrol.medium", "transportation.car.petrol.medium"),
        ("Transportation.Car.Petrol.Medium", "transportation.car.petrol.medium"),
    ],
)
def test_an_activity_goes_by_its_id_its_label_or_its_key(name: str, variant: str):
    (result,) = read(row_of(activity=name, people=""))

    assert result.entry is not None
    assert result.entry.variant == variant


def test_every_choice_of_the_form_goes_by_its_label():
    from emissions.factors import choices

    labels = Counter(choice.label.casefold() for choice in choices.all())
    by_label = {choice.id: find_activity(choice.label) for choice in choices.all()}

    assert [
        id for id, found in by_label.items() if found != id and labels[choices.get(id).label.casefold()] == 1
    ] == []
    assert all(find_activity(choice.id) == choice.id for choice in choices.all())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Petrol car", "car-petrol-average"),
        ("small petrol car", "car-petrol-small"),
        ("recycled paper", "paper-recycled"),
        ("electric bill", None),
        ("train ride", None),
        ("electric", None),
    ],
)
def test_words_that_belong_to_one_activity_only_are_enough(name: str, meant: str | None) -> None:
    assert find_activity(name) == meant


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"activity": "elektricity"}, "activity", "Did you mean “"),
        ({"activity": ""}, "activity", "missing"),
        ({"amount": "0"}, "amount", "above zero"),
        ({"amount": "-3"}, "amount", "above zero"),
        ({"amount": ""}, "amount", "missing"),
        ({"amount": "1e99"}, "amount", ""),
        ({"amount": "9" * 60}, "amount", "too long"),
        ({"unit": "furlongs"}, "unit", "furlongs"),
        ({"unit": "kWh"}, "unit", "not measured in kWh"),
        ({"date": "2027-01-01"}, "date", "not come yet"),
        ({"date": "1989-12-31"}, "date", "1990"),
        ({"date": "2024-02-30"}, "date", ""),
        ({"date": ""}, "date", "missing"),
        ({"date": "0001-01-01"}, "date", ""),
        ({"people": "0"}, "people", "at least one"),
        ({"people": "1.5"}, "people", "whole people"),
        ({"activity": "train", "unit": "km"}, "people", "one passenger"),
        ({"note": "x" * 501}, "note", "500"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_in_which_column(
    changes: dict[str, Cell], field: str, part: str
):
    (result,) = read(row_of(**changes))

    assert result.entry is None
    assert result.refusal is not None
    assert (result.refusal.line, result.refusal.field) == (2, field)
    assert part in result.refusal.sentence
    assert result.refusal.sentence.endswith((".", "?"))


def test_one_row_that_is_refused_does_not_refuse_the_next():
    results = read(row_of(amount="0"), row_of(), row_of(people="0"), row_of())

    assert [result.entry is not None for result in results] == [False, True, False, True]


def test_a_row_without_a_unit_has_the_usual_one_of_its_activity():
    (result,) = read(row_of(unit=""))

    assert result.entry is not None
    assert result.entry.unit == "km"


def test_the_cells_of_a_workbook_are_taken_as_they_are():
    (result,) = read(row_of(amount=Decimal("12.50"), date=date(2024, 3, 15), people=Decimal(2)))

    assert result.entry is not None
    assert (result.entry.amount, result.entry.local_date, result.entry.people) == (
        Decimal("12.5"),
        date(2024, 3, 15),
        2,
    )


def test_equal_rows_are_as_many_entries_and_the_same_ones_in_another_file():
    first = read(row_of(), row_of(note="else"), row_of(amount="50.0"), row_of())
    again = read(row_of(), row_of(), row_of())

    ids = [result.entry.entry_id for result in first if result.entry]
    assert len(set(ids)) == 4
    assert [result.occurrence for result in first] == [1, 1, 2, 3]
    assert [result.entry.entry_id for result in again if result.entry] == [ids[0], ids[2], ids[3]]


def test_a_row_differs_from_another_by_everything_it_says():
    changed = [
        row_of(),
        row_of(date="2024-03-16"),
        row_of(activity="car-diesel-medium"),
        row_of(amount="51"),
        row_of(unit="km"),
        row_of(people="3"),
        row_of(note=""),
    ]
    work = [Work("o1"), Work("o1", "d1"), Work("o2", "d1")]

    keys = {result.entry.key for result in read(*changed) if result.entry}
    keys |= {result.entry.key for each in work for result in read(row_of(), work=each) if result.entry}
    keys |= {result.entry.key for result in read(row_of(scope="3.7"), work=work[0]) if result.entry}
    keys |= {result.entry.key for result in read(row_of(), user_id="somebody-else") if result.entry}

    assert len(keys) == len(changed) + len(work) + 2


def test_a_reader_that_skips_rows_goes_on_as_one_that_read_them():
    rows = [row_of(), row_of(amount="0"), row_of(), row_of(activity="?"), row_of()]
    whole = read(*rows)
    resumed = reader()
    for number, cells in enumerate(rows[:4], start=2):
        resumed.skip(Row(number, tuple(cells)))

    result = resumed.read(Row(6, tuple(rows[4])))

    assert result == whole[4]
    assert (result.number, result.occurrence) == (5, 3)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", "1"),
        ("1", "1"),
        ("3.6", "3.6"),
        ("Scope 3, category 7: employee commuting", "3.7"),
        ("scope 1", "1"),
    ],
)
def test_work_has_the_scope_that_its_row_says_or_the_usual_one(said: str, code: str):
    (result,) = read(row_of(scope=said), work=Work("o1", "d1"))

    assert result.entry is not None
    category = result.entry.scope3_category
    assert f"{result.entry.scope:d}" + (f".{category}" if category else "") == code
    assert (result.entry.organization_id, result.entry.department_id) == ("o1", "d1")


@pytest.mark.parametrize("said", ["4", "3.99", "3", "two", "3.5"])
def test_a_scope_that_does_not_fit_refuses_the_row(said: str):
    (result,) = read(row_of(scope=said), work=Work("o1"))

    assert result.refusal is not None
    assert result.refusal.field == "scope"


def test_a_personal_row_leaves_its_scope_to_the_factor():
    (result,) = read(row_of(scope="nonsense"))

    assert result.entry is not None
    assert result.entry.organization_id is None


@given(st.lists(st.sampled_from([bytes([n]) * 16 for n in range(6)] + [bytes(16)]), max_size=40))
def test_equal_digests_are_counted(digests: list[bytes]):
    occurrences, expected = Occurrences(), Counter[bytes]()

    for digest in digests:
        expected[digest] += 1
        assert occurrences.count(digest) == expected[digest]
