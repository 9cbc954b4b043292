"""The rows of a report's tables, drawn in one go: a year of factors has thousands of cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def report_rows(table: Mapping[str, Any]) -> SafeString:
    """The rows of a table of `emissions.reports.layout`; every cell is escaped."""
    numeric = [column["numeric"] for column in table["columns"]]
    return mark_safe("\n".join(_row(row["style"], row["cells"], numeric) for row in table["rows"]))


def _row(style: str, cells: Sequence[str], numeric: Sequence[bool]) -> str:
    """The name of a group runs over the columns that say nothing about it."""
    span = 1
    while style == "group" and span < len(cells) and cells[span] == "":
        span += 1
    head = f' colspan="{span}"' if span > 1 else ""
    kind = "" if style == "plain" else f' class="report-{style}"'
    return (
        f'<tr{kind}><th scope="row"{head}>{escape(cells[0])}</th>{"".join(_cells(cells, numeric, span))}</tr>'
    )


def _cells(cells: Sequence[str], numeric: Sequence[bool], start: int) -> Iterator[str]:
    for cell, is_numeric in zip(cells[start:], numeric[start:], strict=True):
        kind = ' class="numeric"' if is_numeric else ""
        yield f"<td{kind}>{escape(cell)}</td>"
