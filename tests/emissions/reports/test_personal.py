"""A person's report: its figures against their totals, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from emissions.domain.entries import Entry, FormerResult, Scope
from emissions.reports.document import RowStyle
from emissions.reports.layout import lay_out
from emissions.reports.personal import ARCHIVED
from emissions.reports.protocol import CATEGORY_NAMES, NONE_RECORDED
from tests.emissions.made_totals import entry_on
from tests.emissions.reports.made_reports import personal_report, rows_of, table
from tests.factories import NOW, make_factor

_ZERO = Decimal(0)


def entries() -> list[Entry]:
    """Three categories, two editions, all scopes, eleven months."""
    made = []
    for number in range(1, 40):
        kind = ("transportation/car", "energy/electricity", "food/beef")[number % 3]
        entry = entry_on(f"2025-{number % 11 + 1:02}-0{number % 9 + 1}", f"{number}.00000{number % 10}", kind)
        year = 2024 + number % 2
        made.append(
            replace(
                entry,
                scope=Scope(number % 3 + 1),
                people=1 + number % 2,
                factor=make_factor(
                    id=f"{kind}.{number % 3}", source_id=f"desnz-{year}", year=year, match="own"
                ),
            )
        )
    return made


def test_every_table_adds_up_to_the_total_to_the_milligram() -> None:
    made = entries()
    total = sum((entry.co2_emissions for entry in made), _ZERO)

    report = personal_report(made)

    for name, column in (("Months", 5), ("Scopes", 1), ("Categories", 2), ("Factors", 7)):
        rows = table(report, name).rows
        assert rows[-1].style is RowStyle.TOTAL
        assert rows[-1].cells[column] == total, name
        # What the rows of a group add up to is the group's: count one of both.
        counted = RowStyle.GROUP if name == "Scopes" else RowStyle.INNER
        styles = {RowStyle.PLAIN, counted}
        kg = [row.cells[column] for row in rows if row.style in styles]
        assert sum((each for each in kg if isinstance(each, Decimal)), _ZERO) == total, name
    assert rows_of(report, "Factors")["Food: Beef"].cells[7] == sum(
        (entry.co2_emissions for entry in made if entry.category == "beef"), _ZERO
    )


def test_scope_3_has_all_fifteen_categories_and_says_which_are_empty() -> None:
    made = [
        replace(entry_on("2025-03-01", "2", "food/beef"), scope=Scope.THREE),
        replace(entry_on("2025-03-02", "3", "transportation/flight"), scope=Scope.THREE),
        replace(entry_on("2025-03-03", "0", "transportation/active"), scope=Scope.THREE),
        replace(entry_on("2025-03-04", "5", "transportation/rail"), scope=Scope.THREE, scope3_category=7),
    ]

    rows = rows_of(personal_report(made), "Scopes")

    listed = {
        f"3.{number} {name}": rows[f"3.{number} {name}"].cells[1] for number, name in CATEGORY_NAMES.items()
    }
    assert listed.pop("3.1 Purchased goods and services") == 2
    assert listed.pop("3.6 Business travel") == 3
    assert listed.pop("3.7 Employee commuting") == 5
    assert set(listed.values()) == {NONE_RECORDED}
    assert len(listed) == 12


def test_what_is_archived_is_in_the_totals_and_said_to_be_missing_from_the_factors() -> None:
    made = entries()

    report = personal_report(made, at_hand=[entry for entry in made if entry.category != "beef"])

    beef = sum((entry.co2_emissions for entry in made if entry.category == "beef"), _ZERO)
    rows = table(report, "Factors").rows
    assert [row.cells[7] for row in rows if row.cells[0] == ARCHIVED] == [beef]
    assert rows[-1].cells[7] == sum((entry.co2_emissions for entry in made), _ZERO)
    assert rows_of(report, "Data quality")["Archived: in totals, not at hand one by one"].cells[1:3] == (
        13,
        beef,
    )


def test_quality_tells_of_stand_ins_shares_imports_and_rules() -> None:
    plain = entry_on("2025-03-01", "10")
    made = [
        replace(plain, factor=make_factor(match="proxy")),
        replace(plain, people=3, co2_emissions=Decimal(20)),
        replace(plain, import_id="I", co2_emissions=Decimal(30)),
        replace(plain, rule_id="R", co2_emissions=Decimal(40)),
    ]

    rows = rows_of(personal_report(made), "Data quality")

    assert rows["Factor found as: stand-in"].cells[1:] == (1, 10, 10)
    assert rows["Shared with others, counted by share"].cells[1:] == (1, 20, 20)
    assert rows["Imported from files"].cells[1:] == (1, 30, 30)
    assert rows["Written by recurring rules"].cells[1:] == (1, 40, 40)


def test_recalculated_results_are_told_with_what_they_were() -> None:
    first, second = make_factor(source_id="desnz-2024", year=2024), make_factor(source_id="desnz-2025")
    once, twice = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    entry = replace(
        entry_on("2025-03-01", "9"),
        factor=make_factor(source_id="desnz-2026-partial", year=2026),
        former=(FormerResult(1, Decimal(12), first, once), FormerResult(2, Decimal(10), second, twice)),
    )

    rows = table(personal_report([entry, entry_on("2025-03-02", "1")]), "Recalculated results").rows

    assert [row.cells for row in rows] == [
        ("2026-02-01", "UK Government 2024", "UK Government 2025", 1, 12, 10, -2),
        ("2026-08-01", "UK Government 2025", "UK Government 2026", 1, 10, 9, -1),
    ]


def test_months_without_entries_are_named() -> None:
    layout = lay_out(
        personal_report([entry_on("2025-03-01"), entry_on("2025-05-01")], since="2025-03", until="2025-06")
    )

    facts = [
        tuple(row)
        for section in layout["sections"]
        if section["id"] == "quality"
        for block in section["blocks"]
        if block["kind"] == "facts"
        for row in block["rows"]
    ]
    assert ("Months without entries", "April 2025, June 2025") in facts


def test_same_figures_have_the_same_digest_whenever_they_are_prepared() -> None:
    made = entries()
    now, later = personal_report(made), personal_report(made, prepared_at=NOW + timedelta(days=3))
    other = personal_report(
        [replace(made[0], co2_emissions=made[0].co2_emissions + Decimal("0.000001")), *made[1:]]
    )

    assert now.digest == later.digest
    assert now.digest != other.digest
