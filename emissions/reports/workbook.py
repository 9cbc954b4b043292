"""A report as an Excel workbook: a sheet about it, one for each table with every digit, one of its words."""

from __future__ import annotations

from collections.abc import Iterator

from carbontrack.spreadsheets import Cell, Sheet, xlsx_bytes
from emissions.reports.document import Document, Facts, RowStyle, Table, Words

_STYLES = {RowStyle.GROUP: "group", RowStyle.INNER: "part of it", RowStyle.TOTAL: "total", RowStyle.PLAIN: ""}


def workbook_bytes(document: Document) -> bytes:
    return xlsx_bytes(report_sheets(document))


def report_sheets(document: Document) -> list[Sheet]:
    return [
        Sheet("About", ("What", "Value"), tuple(_about(document))),
        *(_sheet(table) for table in document.tables if table.rows),
        Sheet("Notes", ("Section", "Text"), tuple(_notes(document))),
    ]


def _about(document: Document) -> Iterator[tuple[Cell, Cell]]:
    yield "Report", document.title
    yield "Subject", document.subject
    yield "Period", document.period
    yield from document.facts
    yield "Prepared at (UTC)", document.prepared_at
    yield "Prepared by", document.prepared_by
    yield "Content digest (SHA-256)", document.digest
    for figure in document.figures:
        words = " ".join(filter(None, (figure.value, figure.unit)))
        yield figure.label, f"{words} ({figure.note})" if figure.note else words


def _sheet(table: Table) -> Sheet:
    """A last column tells rows that others are part of: adding up a column must not count anything twice."""
    styles = {row.style for row in table.rows}
    if styles == {RowStyle.PLAIN}:
        return Sheet(table.name, [each.heading for each in table.columns], [row.cells for row in table.rows])
    header = [*(each.heading for each in table.columns), "Row"]
    return Sheet(table.name, header, [(*row.cells, _STYLES[row.style]) for row in table.rows])


def _notes(document: Document) -> Iterator[tuple[Cell, Cell]]:
    for number, section in enumerate(document.sections, start=1):
        for block in section.blocks:
            if isinstance(block, Words):
                yield f"{number} {section.title}", block.text
            elif isinstance(block, Facts):
                for name, value in block.rows:
                    yield f"{number} {section.title}", f"{name}: {value}"
