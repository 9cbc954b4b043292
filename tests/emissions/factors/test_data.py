"""The shipped data keeps its own promises, and costs a process little."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from emissions.domain.entries import ActivityType, Scope
from emissions.factors import catalog
from emissions.factors.categories import CATEGORY_LABELS
from emissions.factors.files import DATA
from emissions.factors.reading import read_factors, read_upstream
from emissions.factors.sources import all_sources

ROWS = [*read_factors(), *read_upstream()]


def test_every_edition_of_a_factor_begins_on_a_day_of_its_own():
    begins = [(factor.id, factor.valid_from) for factor, _ in ROWS]

    assert len(begins) == len(set(begins))


def test_every_factor_is_a_finite_number_and_only_declared_ones_are_zero():
    zero = {factor.id for factor, _ in read_factors() if factor.kg_co2e_per_unit == 0}

    assert all(factor.kg_co2e_per_unit.is_finite() and factor.kg_co2e_per_unit >= 0 for factor, _ in ROWS)
    assert zero == {"transportation.active.walking-or-cycling.global"}


def test_the_gases_of_a_factor_add_up_to_it():
    off = [
        factor.id
        for factor, published in ROWS
        if published.has_gases
        and abs(
            sum(map(Decimal, (published.kg_co2, published.kg_ch4_co2e, published.kg_n2o_co2e)))
            - factor.kg_co2e_per_unit
        )
        > Decimal("0.0001") + factor.kg_co2e_per_unit / 1000
    ]

    assert off == []


def test_every_category_has_a_plain_name():
    used = {(factor.activity_type.value, factor.category) for factor, _ in read_factors()}

    assert {pair for pair in used if pair[1] not in CATEGORY_LABELS[pair[0]]} == set()


def test_every_file_of_factors_has_a_source_with_a_licence():
    files = {path.stem for folder in ("factors", "upstream") for path in (DATA / folder).glob("*.csv")}

    assert {name for name in files if not all_sources()[name].licence} == set()


def test_a_key_is_published_per_the_same_unit_in_every_region():
    units: dict[str, set[str]] = {}
    for factor, _ in read_factors():
        units.setdefault(factor.key, set()).add(factor.unit)

    assert {key for key, names in units.items() if len(names) > 1} == set()


def test_data_of_unverified_licence_is_not_shipped():
    text = "".join(path.read_text(encoding="utf-8") for path in DATA.rglob("*.csv"))

    assert "ademe" not in text.lower()
    assert "agribalyse" not in text.lower()


def test_a_row_is_read_with_every_column_in_its_place():
    factor = catalog().editions("energy.electricity.grid.gb")[-2]

    assert (factor.activity_type, factor.category, factor.region) == (
        ActivityType.ENERGY,
        "electricity",
        "gb",
    )
    assert (factor.variant, factor.unit) == ("UK grid electricity (generation, location-based)", "kWh")
    assert factor.kg_co2e_per_unit == Decimal("0.177")
    assert (factor.scope, factor.scope3_category) == (Scope.TWO, None)
    assert (factor.source_id, factor.source_year) == ("desnz-2025", 2025)
    assert (factor.valid_from, factor.valid_to) == (date(2025, 1, 1), None)
    assert factor.notes.startswith("Excludes T&D losses")
    assert catalog().published(factor).kg_ch4_co2e == "0.0009"


def test_warming_potentials_of_the_fifth_assessment_are_those_that_the_epa_uses():
    with (DATA / "gwp.csv").open(encoding="utf-8") as file:
        potentials = {row["gas"]: row["gwp100_ar5"] for row in csv.DictReader(file)}

    assert (potentials["CO2"], potentials["CH4"], potentials["N2O"]) == ("1", "28", "265")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the resident size from /proc")
def test_catalogue_search_and_units_take_less_than_30_megabytes():
    program = (
        "import pathlib, accounts.domain, emissions.domain.entries\n"
        "size = lambda: int(pathlib.Path('/proc/self/statm').read_text().split()[1]) * 4096\n"
        "before = size()\n"
        "from emissions.factors import warm_up; warm_up()\n"
        "print(size() - before)"
    )

    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert int(output) < 30_000_000
