"""The months of a report, of a person as of an organization: one chart and one table, with other figures."""

from __future__ import annotations

from collections.abc import Sequence

from emissions.domain.entries import ActivityType
from emissions.factors.categories import TYPE_LABELS
from emissions.reports.charts import MonthColumn, months_svg
from emissions.reports.document import Chart, Column, Kind


def months_chart(months: Sequence[MonthColumn]) -> Chart:
    return Chart(
        "Emissions by month and activity type",
        "Columns of the months, stacked by activity type; the table below has their figures.",
        months_svg(months),
    )


def month_columns(counted: str, *, compared: bool) -> tuple[Column, ...]:
    """`counted` is what the table counts beside kg CO2e; `compared` if there is a year before."""
    return (
        Column("Month", width=4),
        *(Column(TYPE_LABELS[kind], Kind.KG, width=3) for kind in ActivityType),
        Column("Total", Kind.KG, width=3),
        *((Column("A year before", Kind.KG, width=3),) if compared else ()),
        Column(counted, Kind.COUNT, width=2),
        Column("Note", width=3),
    )
