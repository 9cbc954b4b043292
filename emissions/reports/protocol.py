"""The GHG Protocol's layout: three scopes, and the fifteen categories of scope 3, each with its line.

The names are those of the Corporate Value Chain (Scope 3) Accounting and Reporting Standard, as auditors
look for them; forms use plainer words (`emissions.domain.scopes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from emissions.domain.entries import Scope
from emissions.reports.document import Cell, Column, Kind, Row, RowStyle, Table

SCOPE_NAMES = {
    Scope.ONE: "Scope 1: direct emissions",
    Scope.TWO: "Scope 2: indirect emissions from purchased energy (location-based)",
    Scope.THREE: "Scope 3: other indirect emissions",
}
CATEGORY_NAMES = {
    1: "Purchased goods and services",
    2: "Capital goods",
    3: "Fuel- and energy-related activities",
    4: "Upstream transportation and distribution",
    5: "Waste generated in operations",
    6: "Business travel",
    7: "Employee commuting",
    8: "Upstream leased assets",
    9: "Downstream transportation and distribution",
    10: "Processing of sold products",
    11: "Use of sold products",
    12: "End-of-life treatment of sold products",
    13: "Downstream leased assets",
    14: "Franchises",
    15: "Investments",
}
NONE_RECORDED = "none recorded"
NOT_KNOWN = "not known"
UNASSIGNED = "Not assigned to a category"


def protocol_table(
    by_scope: Mapping[Scope, Decimal],
    by_category: Mapping[int, Decimal] | None,
    *,
    total: Decimal | None,
    withheld: str = "",
) -> Table:
    """Every line of the layout; one without anything says so.

    `by_category` divides scope 3: what it leaves has a line of its own. None where categories are not known.
    Where all is withheld, `total` is None and `withheld` stands in every cell.
    """
    return Table(
        "Scopes",
        "kg CO2e by scope, and scope 3 by category",
        (
            Column("Scope or category", width=6),
            Column("Emissions", Kind.KG, "kg CO2e", width=2),
            Column("Share", Kind.PERCENT, width=1),
        ),
        tuple(_rows(by_scope, by_category, total, withheld)),
    )


def _rows(
    by_scope: Mapping[Scope, Decimal],
    by_category: Mapping[int, Decimal] | None,
    total: Decimal | None,
    withheld: str,
) -> Iterator[Row]:
    for scope, name in SCOPE_NAMES.items():
        yield Row((name, *_cells(by_scope.get(scope), total, withheld)), RowStyle.GROUP)
    for number, name in CATEGORY_NAMES.items():
        label = f"3.{number} {name}"
        if by_category is None and total is not None:
            yield Row((label, NOT_KNOWN, None), RowStyle.INNER)
        else:
            kg = (by_category or {}).get(number)
            yield Row((label, *_cells(kg, total, withheld)), RowStyle.INNER)
    scope3 = by_scope.get(Scope.THREE, Decimal(0))
    rest = scope3 - sum((by_category or {}).values(), Decimal(0))
    if by_category is not None and total is not None and rest:
        yield Row((UNASSIGNED, *_cells(rest, total, withheld)), RowStyle.INNER)
    yield Row(("Total", total if total is not None else withheld, ""), RowStyle.TOTAL)


def _cells(kg: Decimal | None, total: Decimal | None, withheld: str) -> tuple[Cell, Cell]:
    if total is None:
        return withheld, None
    if kg is None:
        return NONE_RECORDED, None
    return kg, percent(kg, total)


def percent(kg: Decimal, total: Decimal | None) -> Decimal | None:
    """A share of the total; None of nothing."""
    return kg * 100 / total if total else None
