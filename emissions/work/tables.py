"""The tables of an organization's dashboard: the figures behind its charts, in pages and files alike.

A page writes a table as HTML, an export as a sheet: a file holds what is on the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from emissions.domain.entries import ActivityType
from emissions.factors.categories import TYPE_LABELS
from emissions.figures import exact, significant
from emissions.work.figures import DepartmentRow, MonthFigure, MonthState, TargetProgress, WorkFigures
from emissions.work.years import months_label

Cell = str | Decimal | int | None
#: Stands in a cell whose figure may not be shown.
WITHHELD = "withheld"
#: On the page, where there is nothing to say.
NOTHING = "–"
OTHER_DEPARTMENTS = "Other departments"


class Kind(StrEnum):
    """What a column holds: words, or numbers that the page writes in their own way."""

    TEXT = "text"
    NOTE = "note"
    KG = "kg"
    RATIO = "ratio"
    PERCENT = "percent"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` completes the label in files, where a figure stands alone."""

    label: str
    kind: Kind = Kind.TEXT
    unit: str = ""

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def style(self) -> str:
        if self.kind is Kind.TEXT:
            return ""
        return ' class="work-note"' if self.kind is Kind.NOTE else ' class="numeric"'

    def text(self, cell: Cell) -> str:
        """A cell in HTML: words escaped, kg with every digit, ratios rounded."""
        if isinstance(cell, str):
            return escape(cell)
        if cell is None:
            return NOTHING
        if self.kind is Kind.RATIO:
            return significant(Decimal(cell))
        if self.kind is Kind.PERCENT:
            return f"{exact(Decimal(cell).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP))}%"
        return exact(Decimal(cell))


@dataclass(frozen=True, slots=True)
class Table:
    """`period` are the months of all rows; empty where each row has its own. Kinds of columns tell units."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    period: str = ""

    @property
    def drawing(self) -> SafeString:
        """The table as HTML, in one go: a template takes its time with each cell."""
        head = "".join(f'<th scope="col"{each.style}>{escape(each.label)}</th>' for each in self.columns)
        rows = "\n".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        caption = f"<caption>{escape(self.caption)}</caption>"
        return mark_safe(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")

    def _cells(self, row: Sequence[Cell]) -> str:
        first, *others = map(Column.text, self.columns, row)
        cells = zip(self.columns[1:], others, strict=True)
        return f'<th scope="row">{first}</th>' + "".join(
            f"<td{column.style}>{text}</td>" for column, text in cells
        )


def dashboard_tables(figures: WorkFigures) -> tuple[Table, ...]:
    """All tables of a dashboard in the order of its charts."""
    tables = [months_table(figures), departments_table(figures), scopes_table(figures)]
    if figures.categories is not None:
        tables.append(categories_table(figures))
    tables.append(participation_table(figures))
    if figures.target is not None:
        tables.append(target_table(figures.target))
    return tuple(tables)


def period_of(figures: WorkFigures) -> str:
    """The months that the figures of the year are about: those that have begun."""
    return months_label(each.month for each in figures.begun_months)


# -- Months -------------------------------------------------------------------------------------------------


def months_table(figures: WorkFigures) -> Table:
    chosen = figures.filters.activity_type
    types = [kind for kind in ActivityType if chosen in (None, kind)]
    return Table(
        "Months",
        "kg CO2e by month and activity type",
        (
            Column("Month"),
            *(Column(TYPE_LABELS[kind], Kind.KG) for kind in types),
            Column("Total", Kind.KG),
            Column("A year before", Kind.KG),
            Column("Note", Kind.NOTE),
        ),
        tuple(
            (
                now.month.label,
                *(month_cell(now, now.by_type.get(kind)) for kind in types),
                month_cell(now, now.kg),
                month_cell(then, then.kg),
                "; ".join(_month_notes(now, then)),
            )
            for now, then in zip(figures.months, figures.earlier_months, strict=True)
            if now.state is not MonthState.AHEAD
        ),
    )


def month_cell(figure: MonthFigure, kg: Decimal | None) -> Cell:
    """kg of a month. Nothing logged is not the same as nothing emitted."""
    if figure.is_withheld:
        return WITHHELD
    return None if figure.state is MonthState.EMPTY else kg


def _month_notes(now: MonthFigure, then: MonthFigure) -> Iterator[str]:
    if now.is_running:
        yield "still running"
    if now.state is MonthState.EMPTY:
        yield "nothing logged"
    if now.state is MonthState.PARTLY:
        yield "without what is withheld"
    if then.state is MonthState.PARTLY:
        yield "a year before without what is withheld"
    if now.is_closed:
        yield "closed"


# -- Departments --------------------------------------------------------------------------------------------


def departments_table(figures: WorkFigures) -> Table:
    period = period_of(figures)
    rows = [cells for row in figures.departments.rows for cells in _department_rows(row)]
    other = figures.departments.other
    if other is not None:
        names = ", ".join(other.labels)
        note = f"in one figure, because they are withheld one by one: {names}" if names else ""
        rows.append((OTHER_DEPARTMENTS, other.kg, other.percent, None, WITHHELD, None, None, note))
    return Table(
        "Departments",
        f"kg CO2e by department, {period}",
        (
            Column("Department"),
            Column("Total", Kind.KG),
            Column("Share", Kind.PERCENT, "%"),
            Column("Members today", Kind.COUNT),
            Column("Per member", Kind.RATIO),
            Column("People who logged", Kind.COUNT),
            Column("In"),
            Column("Note", Kind.NOTE),
        ),
        tuple(rows),
        period,
    )


def _department_rows(row: DepartmentRow, *, inside: str = "") -> Iterator[tuple[Cell, ...]]:
    month = row.people_month
    yield (
        row.label,
        WITHHELD if row.is_withheld else row.kg,
        WITHHELD if row.is_withheld else row.percent,
        row.members,
        WITHHELD if row.is_withheld else row.kg_per_head,
        WITHHELD if row.is_withheld else row.people,
        f"{month.short_name} {month.year}" if month else None,
        "; ".join(_department_notes(row, inside)),
    )
    for inner in row.inner:
        yield from _department_rows(inner, inside=row.label)


def _department_notes(row: DepartmentRow, inside: str) -> Iterator[str]:
    if inside:
        yield f"part of {inside}"
    if row.withheld:
        yield f"{'' if row.is_withheld else 'partly '}withheld: {months_label(row.withheld)}"


# -- What it is made of -------------------------------------------------------------------------------------


def scopes_table(figures: WorkFigures) -> Table:
    period = period_of(figures)
    rows = [
        (each.label, WITHHELD if figures.kg is None else each.kg, each.percent)
        for scope in figures.scopes
        for each in (scope, *(scope.categories or ()))
    ]
    return Table(
        "Scopes",
        f"kg CO2e by scope, {period}; categories are part of scope 3",
        (Column("Scope"), Column("Total", Kind.KG), Column("Share", Kind.PERCENT, "%")),
        tuple(rows),
        period,
    )


def categories_table(figures: WorkFigures) -> Table:
    period = period_of(figures)
    return Table(
        "Categories",
        f"kg CO2e by category, {period}",
        (
            Column("Category"),
            Column("Type"),
            Column("Total", Kind.KG),
            Column("Share", Kind.PERCENT, "%"),
        ),
        tuple(
            (
                share.label,
                TYPE_LABELS[ActivityType(share.activity_type)] if share.activity_type else "",
                share.kg,
                None if not figures.kg else share.kg * 100 / figures.kg,
            )
            for share in figures.categories or ()
        ),
        period,
    )


# -- People and the target ----------------------------------------------------------------------------------


def participation_table(figures: WorkFigures) -> Table:
    return Table(
        "Participation",
        "People who logged for work, of the members of today",
        (
            Column("Month"),
            Column("People who logged", Kind.COUNT),
            Column("Members today", Kind.COUNT),
            Column("Share", Kind.PERCENT, "%"),
            Column("Note", Kind.NOTE),
        ),
        tuple(
            (
                each.month.label,
                WITHHELD if each.is_withheld else each.people,
                each.members,
                WITHHELD if each.is_withheld else each.participation_percent,
                "; ".join(_people_notes(each)),
            )
            for each in figures.begun_months
        ),
    )


def _people_notes(figure: MonthFigure) -> Iterator[str]:
    if figure.is_running:
        yield "still running"
    if figure.state is MonthState.PARTLY:
        yield "without what is withheld"
    if figure.people is not None and figure.people > figure.members:
        yield "more than the members of today"


def target_table(progress: TargetProgress) -> Table:
    return Table(
        "Target",
        "kg CO2e a year: what the target allows, and what is shown of the years that are open here",
        (
            Column("Year"),
            Column("Target", Kind.KG),
            Column("Shown", Kind.KG),
            Column("Months shown", Kind.COUNT),
        ),
        tuple(
            (
                point.year.label,
                point.kg,
                point.known_kg,
                None if point.known_kg is None else point.known_months,
            )
            for point in progress.points
        ),
    )
