"""The file with all that is kept about a person: exact for programs, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from accounts.privacy.bundle import write_bundle
from carbontrack.personal_data import Section

MADE_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Kind(StrEnum):
    ONE = "one"


def bundle(*sections: Section) -> zipfile.ZipFile:
    file = io.BytesIO()
    write_bundle(file, sections, email="alice@example.com", made_at=MADE_AT)
    return zipfile.ZipFile(file)


def table(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))


def test_json_keeps_every_digit_and_every_kind_of_value() -> None:
    row: dict[str, Any] = {
        "kg": Decimal("14.263416"),
        "large": Decimal("12345678901234567890.1234567890"),
        "count": 3,
        "on": date(2024, 3, 15),
        "at": datetime(2024, 3, 15, 10, 30, tzinfo=UTC),
        "kind": Kind.ONE,
        "none": None,
        "is_so": True,
        "text": 'say "hi"\nand\u2028go\ud800',
        "nested": {"list": [1, {"deep": Decimal("0.10")}]},
    }

    text = bundle(Section("parts", "Parts.", [row])).read("parts.json").decode()

    assert '"large": 12345678901234567890.1234567890' in text
    [read] = json.loads(text, parse_float=Decimal)
    assert read == row | {"on": "2024-03-15", "at": "2024-03-15T10:30:00Z", "kind": "one"}


def test_csv_has_a_column_for_whatever_any_row_has_and_nothing_that_runs() -> None:
    """Probe 24: `=`, also where it hides in a nested value or in the name of a column."""
    rows: list[dict[str, Any]] = [
        {"note": "=HYPERLINK(1)", "factor": {"name": "Car", "value": Decimal("0.17726")}},
        {
            "note": "plain",
            "extra": {"=cmd": "+1"},
            "former": [{"kg": Decimal(2)}],
            "tags": ["a", "b"],
            "on": True,
        },
    ]

    lines = table(bundle(Section("parts", "Parts.", iter(rows))), "parts.csv")

    assert lines == [
        ["note", "factor.name", "factor.value", "extra.=cmd", "former.1.kg", "tags", "on"],
        ["'=HYPERLINK(1)", "Car", "0.17726", "", "", "", ""],
        ["plain", "", "", "'+1", "2", "a, b", "yes"],
    ]


def test_the_readme_says_what_is_in_it_and_an_empty_part_is_an_empty_list() -> None:
    archive = bundle(Section("parts", "All parts.", [{"a": 1}]), Section("none", "Nothing yet.", []))

    readme = archive.read("README.txt").decode()

    assert "alice@example.com" in readme
    assert "parts: All parts. 1 row." in readme
    assert "none: Nothing yet. 0 rows." in readme
    assert json.loads(archive.read("none.json")) == []


def test_two_parts_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="parts"):
        bundle(Section("parts", "", []), Section("parts", "", []))
