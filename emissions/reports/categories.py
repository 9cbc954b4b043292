"""Emissions by category of activity: what people logged, in the product's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from emissions.domain.entries import ActivityType
from emissions.factors.categories import category_label, type_label
from emissions.reports.charts import NamedBar, bars_svg
from emissions.reports.document import Block, Chart, Column, Kind, Row, RowStyle, Table
from emissions.reports.protocol import percent
from emissions.reports.uses import CategoryKey

MOST_BARS = 12


def category_blocks(by_category: Mapping[CategoryKey, Decimal], total: Decimal) -> Iterator[Block]:
    """A chart of the largest, and a table of all. They come largest first and add up to the total."""
    largest = [(key, kg) for key, kg in by_category.items() if kg > 0][:MOST_BARS]
    if largest:
        yield Chart(
            "The largest categories, in CO2e",
            "Bars of the largest categories; the table below has the figures of all.",
            bars_svg([NamedBar(category_label(*key), kg, ActivityType(key[0])) for key, kg in largest]),
        )
    rows = [
        Row((category_label(*key), type_label(key[0]), kg, percent(kg, total)))
        for key, kg in by_category.items()
    ]
    if rows:
        rows.append(Row(("Total", "", total, ""), RowStyle.TOTAL))
    yield Table(
        "Categories",
        "kg CO2e by category of activity",
        (
            Column("Category", width=5),
            Column("Type", width=3),
            Column("Emissions", Kind.KG, "kg CO2e", width=2),
            Column("Share", Kind.PERCENT, width=1),
        ),
        tuple(rows),
        empty="Nothing that emits was logged in this period.",
    )
