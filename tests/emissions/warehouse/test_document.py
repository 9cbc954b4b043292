"""What docs/warehouse.md says is so: its queries run, its tables of columns are complete."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbontrack.storage import open_storage
from emissions.services.bulk import record_entries
from emissions.warehouse import columns
from emissions.warehouse.exporting import export_tables
from tests.emissions.warehouse.asking import DOCUMENT, PSEUDONYMS, documented_queries, open_warehouse
from tests.factories import make_entry, make_factor
from tests.fixtures.organizations import FIELD, SALES, make_organization
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture
def warehouse(tmp_path: Path, alice: Person, bob: Person, charlie: Person) -> Path:
    acme = make_organization(minimum_group=3)
    for number, person in enumerate((alice, bob, charlie), 1):
        work: dict[str, Any] = {"organization_id": acme.id, "department_id": (SALES, FIELD, None)[number - 1]}
        stand_in = make_factor(match="proxy", region="us", id="transportation.car.petrol.medium.us")
        entries = [
            make_entry(1, user_id=person.user_id, **work),
            make_entry(2, user_id=person.user_id, factor=stand_in),
        ]
        record_entries(person.user_id, entries)
    export_tables(open_storage(tmp_path), PSEUDONYMS)
    return tmp_path


def test_every_documented_query_answers(warehouse: Path):
    kg = Decimal("14.263416")
    with open_warehouse(warehouse) as database:
        answers = [database.execute(query).fetchall() for query in documented_queries()[1:]]

    by_month, by_department, by_scope, by_factor, by_region = answers
    acme = "01HS0000000000000000000ACME"
    assert by_month == [("Acme", 2024, 3, 3 * kg, 3, 3)]
    assert sorted(by_department) == [
        ("Acme", "No department", kg),
        ("Acme", "Sales", kg),
        ("Acme", "Sales › Field", kg),
    ]
    assert by_scope == [(acme, 2024, 1, None, "transportation", "car", 3 * kg)]
    assert {(row[1], *row[6:]) for row in by_factor} == {("gb", 3 * kg, Decimal(0)), ("us", 3 * kg, 3 * kg)}
    assert sorted(by_region) == [(region, 2024, "car", 28.5) for region in ("de", "gb", "us-camx")]


def test_every_column_is_documented():
    document = DOCUMENT.read_text(encoding="utf-8")
    entries, _, others = document.partition("| file | columns |")
    documented = {name for row in re.findall(r"^\| ([\w, ]+) \|", entries, re.M) for name in row.split(", ")}

    assert documented - {"column"} == set(columns.ENTRIES.names)
    for name in ("people", "organizations", "departments", "factors", "sources"):
        (row,) = re.findall(rf"^\| {name} \| (.*) \|$", others, re.M)
        assert (
            re.findall(r"\b[a-z]+(?:_\w+)*\b", re.sub(r"\(.*?\)|:.*", "", row))
            == getattr(columns, name.upper()).names
        )
