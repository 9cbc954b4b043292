"""The tables of an organization's report."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from emissions.domain.entries import ActivityType
from emissions.reports.categories import category_blocks
from emissions.reports.charts import MonthColumn
from emissions.reports.document import (
    Block,
    Cell,
    Column,
    Facts,
    Kind,
    Row,
    RowStyle,
    Table,
    Words,
)
from emissions.reports.month_blocks import month_columns, months_chart
from emissions.reports.protocol import percent
from emissions.reports.sections import period_facts
from emissions.reports.uses import MATCH_LABELS, Use
from emissions.reports.work_figures import WorkFigures
from emissions.reports.work_ledger import WorkLedger
from emissions.work.cells import ZERO, MonthState
from emissions.work.departments import DepartmentRow
from emissions.work.months import MonthFigure
from emissions.work.tables import WITHHELD, month_cell
from emissions.work.years import months_label


def months_blocks(figures: WorkFigures) -> Iterator[Block]:
    yield months_chart(
        [
            MonthColumn(
                each.month,
                each.by_type,
                is_running=each.is_running,
                is_withheld=each.is_withheld,
                is_empty=each.state is MonthState.EMPTY,
            )
            for each in figures.months
        ]
    )
    compared = any(each.state.has_figure for each in figures.earlier)
    yield Table(
        "Months",
        "kg CO2e by month and activity type, and the people who logged",
        month_columns("People", compared=compared),
        (*_month_rows(figures, compared=compared), _months_total(figures, compared=compared)),
    )
    yield Words(
        "People are those who logged for work in the month. What nobody logs is not here: read a change"
        " together with the number of people.",
        "note",
    )


def _month_rows(figures: WorkFigures, *, compared: bool) -> Iterator[Row]:
    for index, each in enumerate(figures.months):
        cells: list[Cell] = [each.month.label]
        cells += [month_cell(each, each.by_type.get(kind)) for kind in ActivityType]
        cells.append(month_cell(each, each.kg))
        if compared:
            then = figures.earlier[index]
            cells.append(month_cell(then, then.kg))
        cells.append(WITHHELD if each.is_withheld else each.people or None)
        cells.append(", ".join(_month_notes(each)))
        yield Row(tuple(cells))


def _months_total(figures: WorkFigures, *, compared: bool) -> Row:
    """Of what is shown. A year before is added up only where it can be compared month by month."""
    sums: list[Cell] = [
        sum((each.by_type.get(kind, ZERO) for each in figures.months), ZERO) for kind in ActivityType
    ]
    total: Cell = figures.kg
    if total is None:
        sums, total = [WITHHELD] * len(sums), WITHHELD
    before: tuple[Cell, ...] = ()
    if compared:
        pair = figures.comparable
        before = ("" if pair is None else pair[1],)
    return Row(("Total of what is shown", *sums, total, *before, "", ""), RowStyle.TOTAL)


def _month_notes(figure: MonthFigure) -> Iterator[str]:
    if figure.is_running:
        yield "still running"
    if figure.state is MonthState.EMPTY:
        yield "nothing logged"
    if figure.state is MonthState.PARTLY:
        yield "in part"
    if figure.is_closed:
        yield "closed"


def departments_blocks(figures: WorkFigures) -> Iterator[Block]:
    rows = [row for each in figures.departments.rows for row in _department_rows(each)]
    other = figures.departments.other
    if other is not None:
        names = ", ".join(other.labels)
        label = f"Other departments, in one figure: {names}" if names else "Other departments"
        rows.append(Row((label, other.kg, other.percent, None, "withheld one by one")))
    rows.append(
        Row(
            ("Total of what is shown", figures.kg if figures.kg is not None else WITHHELD, "", "", ""),
            RowStyle.TOTAL,
        )
    )
    yield Table(
        "Departments",
        "kg CO2e by department",
        (
            Column("Department", width=6),
            Column("Emissions", Kind.KG, "kg CO2e", width=3),
            Column("Share", Kind.PERCENT, width=2),
            Column("Members today", Kind.COUNT, width=2),
            Column("Note", width=5),
        ),
        tuple(rows),
    )
    yield Words(
        "An entry counts for the department it was logged for, whoever is in it today; a merged department"
        " counts for the one it was merged into. Departments inside another are part of its figure.",
        "note",
    )


def _department_rows(row: DepartmentRow, style: RowStyle = RowStyle.PLAIN) -> Iterator[Row]:
    note = (
        f"{'' if row.is_withheld else 'partly '}withheld: {months_label(row.withheld)}"
        if row.withheld
        else ""
    )
    kg: Cell = WITHHELD if row.is_withheld else row.kg
    yield Row((row.label, kg, None if row.is_withheld else row.percent, row.members, note), style)
    for inner in row.inner:
        yield from _department_rows(inner, RowStyle.INNER)


def categories_blocks(figures: WorkFigures) -> Iterator[Block]:
    by_category = figures.by_category
    if by_category is None:
        yield Words(
            "Categories of the work of people without a department are not known: totals keep them by"
            " department."
        )
    elif figures.kg is None:
        yield Words("Withheld, as all months are.")
    else:
        yield from category_blocks(by_category, figures.kg)


def quality_blocks(figures: WorkFigures, ledger: WorkLedger) -> Iterator[Block]:
    yield Words(
        "Amounts are as members gave them; nothing is estimated for what was not logged. A stand-in is a"
        " factor of another country, used where there is none for the author’s own. How entries came"
        " (shared, imported, recurring) is not visible to an organization."
    )
    if figures.part.is_organization and figures.kg:
        yield _matches(ledger, figures.kg)
    else:
        yield Words(
            "How much rests on stand-in factors is told in the report of the whole organization only: the"
            " difference between both would be the figure of others."
        )
    withheld = figures.in_state(MonthState.WITHHELD)
    partly = figures.in_state(MonthState.PARTLY)
    empty = figures.in_state(MonthState.EMPTY)
    closed = [each.month for each in figures.months if each.is_closed]
    running = figures.period.running if figures.period.is_unfinished else None
    yield Facts(
        (
            *period_facts(running=running, missing=empty, ahead=figures.period.ahead),
            ("Months withheld", months_label(withheld) or "None"),
            ("Months partly withheld", months_label(partly) or "None"),
            ("Months closed", months_label(closed) or "None"),
            (
                "Months open",
                months_label(each.month for each in figures.months if not each.is_closed) or "None",
            ),
        )
    )
    yield Words(
        f"Withheld are figures of fewer than {figures.minimum} people, and what would tell them by"
        " subtraction. A total of what is shown does not contain them.",
        "note",
    )


def _matches(ledger: WorkLedger, total: Decimal) -> Table:
    """How factors were found, of those that are told: the rest says by how much this may be off."""
    sums: dict[str, Use] = {}
    for key, use in ledger.told.items():
        sums.setdefault(key.match, Use()).add(use.kg, use.entries)
    rows = [
        Row(
            (
                f"Factor found as: {MATCH_LABELS.get(match, match)}",
                use.entries,
                use.kg,
                percent(use.kg, total),
            )
        )
        for match, use in sorted(sums.items(), key=lambda item: (-item[1].kg, item[0]))
    ]
    rest = total - sum((use.kg for use in sums.values()), ZERO)
    if rest:
        rows.append(Row(("Factors told together, found in any way", None, rest, percent(rest, total))))
    return Table(
        "Data quality",
        "What the figures rest on",
        (
            Column("What", width=6),
            Column("Entries", Kind.COUNT, width=1),
            Column("Emissions", Kind.KG, "kg CO2e", width=2),
            Column("Share", Kind.PERCENT, width=1),
        ),
        tuple(rows),
        empty="Nothing that emits was logged.",
    )
