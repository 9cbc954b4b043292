"""An organization's dashboard as files: the tables of the page, with every digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from carbontrack.spreadsheets import Cell, Sheet, file_stem
from emissions.factors.categories import TYPE_LABELS
from emissions.work.figures import WorkFigures
from emissions.work.tables import WITHHELD, Kind, Table, dashboard_tables, period_of
from emissions.work.years import months_label

UNIT = "kg CO2e"


def export_sheets(figures: WorkFigures, *, made_at: datetime) -> list[Sheet]:
    """What the file is about, its main figures, then the tables in the order of the page."""
    return [
        Sheet("About", ("What", "Value"), tuple(_about(figures, made_at))),
        Sheet("Summary", ("Figure", "Value", "Unit", "Period"), tuple(_summary(figures))),
        *(_sheet(table) for table in dashboard_tables(figures)),
    ]


def export_name(figures: WorkFigures, extension: str) -> str:
    """`acme-sales-2026.csv`: plain letters only, whatever people called their organization."""
    parts = [figures.organization.name]
    if not figures.part.is_organization:
        parts.append(figures.part.label)
    stems = (file_stem(" ".join(parts)), file_stem(figures.year.label))
    return f"{'-'.join(filter(None, stems))}.{extension}"


def _about(figures: WorkFigures, made_at: datetime) -> Iterator[tuple[Cell, Cell]]:
    filters = figures.filters
    yield "Organization", figures.organization.name
    yield "Shown", "The whole organization" if figures.part.is_organization else figures.part.label
    yield "Reporting year", figures.year.label
    yield "Period", period_of(figures)
    yield "Activity type", TYPE_LABELS[filters.activity_type] if filters.activity_type else "All"
    yield "Scope", f"Scope {filters.scope:d}" if filters.scope else "All"
    yield "Made at (UTC)", made_at
    yield "Masses", UNIT
    yield "Minimum group", figures.minimum_group
    for name, months in (
        ("Months withheld", figures.withheld_months),
        ("Months partly withheld", figures.partly_months),
        ("Months without entries", figures.empty_months),
    ):
        if months:
            yield name, months_label(months)
    yield "Factors", "Where there is none for an author's region, another region's stands in"
    yield "Withheld", f"Figures of fewer people than the minimum group, and what would tell them: {WITHHELD}"


def _summary(figures: WorkFigures) -> Iterator[tuple[Cell, Cell, Cell, Cell]]:
    """The figures in words on the page."""
    period, comparison, target = period_of(figures), figures.comparison, figures.target
    yield "Total of what is shown", _known(figures.kg), UNIT, period
    if comparison is not None:
        yield "Months compared, this year", comparison.kg, UNIT, comparison.label
        yield "Months compared, the year before", comparison.earlier_kg, UNIT, comparison.earlier_label
        yield "Change", comparison.change_kg, UNIT, comparison.label
        yield "Change", comparison.change_percent, "%", comparison.label
    if target is not None and target.year_kg is not None:
        yield "Target of the year", target.year_kg, UNIT, figures.year.period_label
        if target.over_kg is not None:
            counted = months_label(target.counted)
            yield "Target of the months that are over", target.counted_target_kg, UNIT, counted
            yield "Above the target (below: negative)", target.over_kg, UNIT, counted
    intensity = figures.intensity
    yield ("Headcount" if intensity.is_headcount else "Members today"), intensity.heads, "people", None
    if intensity.heads:
        yield "Per head", _known(intensity.kg_per_head), f"{UNIT} per head", period
    if intensity.floor_area_m2:
        yield "Floor area", intensity.floor_area_m2, "m2", None
        yield "Per square meter", _known(intensity.kg_per_m2), f"{UNIT} per m2", period


def _known(value: Decimal | None) -> Cell:
    return WITHHELD if value is None else value


def _sheet(table: Table) -> Sheet:
    """A table with its unit, and its months where rows do not name theirs."""
    extra: tuple[tuple[str, str], ...] = ()
    if any(column.kind is Kind.KG for column in table.columns):
        extra = (("Unit", UNIT),)
    if table.period:
        extra += (("Period", table.period),)
    header = (*(column.heading for column in table.columns), *(name for name, _text in extra))
    texts = tuple(text for _name, text in extra)
    return Sheet(table.name, header, tuple((*row, *texts) for row in table.rows))
