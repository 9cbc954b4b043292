"""Horizontal bars of departments, scopes and categories, drawn in one go: there may be two hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from emissions.charts.scale import position
from emissions.dashboard.breakdown import Share
from emissions.figures import mass
from emissions.templatetags.drawing import icon
from emissions.work.departments import percent_of
from emissions.work.figures import DepartmentRow, Departments, ScopeRow
from emissions.work.tables import OTHER_DEPARTMENTS
from emissions.work.years import months_label

BAR = (
    '<svg class="bar {}" height="10" aria-hidden="true" focusable="false"><title>{}</title>'
    '<rect class="bar-track" width="100%" height="10" rx="3"/>'
    '<rect class="bar-mark" width="{}%" height="10" rx="3"/></svg>'
)


def _width(value: Decimal | None, largest: Decimal) -> Decimal:
    """Percent of a bar's drawing."""
    return Decimal(0) if not value or value < 0 or largest <= 0 else position(value * 100 / largest)


def percent_text(percent: Decimal | None) -> str:
    """A share beside a figure: whole, but what is there is never nothing."""
    if percent is None:
        return ""
    whole = percent.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return f"{whole}%" if whole or percent <= 0 else "<\N{NO-BREAK SPACE}1%"


# -- Departments --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _DepartmentScales:
    """The largest bars, and where a department's name leads (None for one that has no page)."""

    kg: Decimal
    per_head: Decimal
    url: Callable[[str], str]


def department_rows(departments: Departments, *, url: Callable[[str], str], is_one: bool) -> SafeString:
    """A row for each department, those inside it under it, the rest of them last.

    `is_one` is the page of one department: its own row is no link, and only those inside it are worth bars.
    """
    rows = [inner for row in departments.rows for inner in row.inner] if is_one else list(departments.rows)
    every = [each for row in rows for each in (row, *row.inner)]
    other_kg = departments.other.kg if departments.other else Decimal(0)
    scales = _DepartmentScales(
        kg=max([other_kg, *(row.kg for row in every if row.kg is not None)]),
        per_head=max((row.kg_per_head for row in every if row.kg_per_head is not None), default=Decimal(0)),
        url=url,
    )
    drawn = [text for row in rows for text in _with_inner(row, scales, is_inside=is_one)]
    if departments.other is not None and not is_one:
        other = departments.other
        name = format_html('<span class="work-name">{}</span>', OTHER_DEPARTMENTS)
        total = _bar(
            OTHER_DEPARTMENTS, other.kg, scales.kg, mass(other.kg), percent_text(other.percent), "other"
        )
        drawn.append(_row(name, total, _withheld("withheld one by one")))
    return SafeString("\n".join(drawn))


def _with_inner(row: DepartmentRow, scales: _DepartmentScales, *, is_inside: bool) -> Iterator[SafeString]:
    """A row and those inside it, which need not say what they are inside of."""
    yield _department(row, scales, label=row.part.name if is_inside else row.label)
    for inner in row.inner:
        yield _department(inner, scales, label=inner.part.name, is_inner=True)


def _department(
    row: DepartmentRow, scales: _DepartmentScales, *, label: str, is_inner: bool = False
) -> SafeString:
    address = scales.url(row.id or "")
    link = format_html('<a class="work-name" href="{}" hx-get="{}">{}</a>', address, address, label)
    name = format_html('{}<span class="muted small">{}</span>', link, _people(row))
    kind = "inner" if is_inner else "work"
    if row.kg is None:
        return _row(name, _withheld(), SafeString(""), is_inner=is_inner)
    note = percent_text(row.percent)
    if row.withheld:
        note = f"without {months_label(row.withheld)}"
    total = _bar(row.label, row.kg, scales.kg, mass(row.kg), note, kind)
    if row.kg_per_head is None:
        per_head = format_html('<span class="work-bar muted small">{}</span>', "no members today")
    else:
        text = f"{mass(row.kg_per_head)} a head"
        per_head = _bar(f"{row.label}, per head", row.kg_per_head, scales.per_head, text, "", kind)
    return _row(name, total, per_head, is_inner=is_inner)


def _people(row: DepartmentRow) -> str:
    return f"{row.members:,} member{'' if row.members == 1 else 's'}"


def _row(name: SafeString, total: SafeString, per_head: SafeString, *, is_inner: bool = False) -> SafeString:
    kind = " work-row-inner" if is_inner else ""
    return format_html(
        '<li class="work-row{}"><span class="work-head">{}</span>{}{}</li>', kind, name, total, per_head
    )


def _bar(label: str, value: Decimal, largest: Decimal, text: str, note: str, kind: str) -> SafeString:
    bar = format_html(BAR, f"bar-{kind}", f"{label}: {text}", _width(value, largest))
    return format_html(
        '<span class="work-bar">{}'
        '<span class="bar-figure"><b>{}</b> <span class="muted">{}</span></span></span>',
        bar,
        text,
        note,
    )


def _withheld(text: str = "withheld") -> SafeString:
    return format_html('<span class="work-bar work-withheld muted small">{}{}</span>', icon("lock"), text)


# -- Scopes and categories ----------------------------------------------------------------------------------


def scope_bars(rows: Sequence[ScopeRow], *, url: Callable[[ScopeRow], str]) -> SafeString:
    """A row for each scope with what it means, the categories of scope 3 under it."""
    largest = max((row.kg for row in rows), default=Decimal(0))
    drawn = []
    for row in rows:
        address = url(row)
        label = format_html('<a href="{}" hx-get="{}">{}</a>', address, address, row.name)
        drawn.append(_scope(row, label, largest, "work"))
        for category in row.categories or ():
            drawn.append(_scope(category, format_html("{}", category.name), largest, "inner"))
    return SafeString("\n".join(drawn))


def _scope(row: ScopeRow, label: SafeString, largest: Decimal, kind: str) -> SafeString:
    name = format_html('{} <span class="muted small">{}</span>', label, row.description)
    return _plain_row(
        name, row.label, mass(row.kg), percent_text(row.percent), row.kg, largest, f"bar-{kind}"
    )


def category_bars(shares: Sequence[Share]) -> SafeString:
    """Percents are rounded one by one, as in the table: they need not come to 100."""
    largest = max((share.kg for share in shares), default=Decimal(0))
    total = sum((share.kg for share in shares), Decimal(0))
    return SafeString(
        "\n".join(
            _plain_row(
                format_html("{}", share.label),
                share.label,
                mass(share.kg),
                percent_text(percent_of(share.kg, total)),
                share.kg,
                largest,
                f"type-{share.kind}",
            )
            for share in shares
        )
    )


def _plain_row(
    name: SafeString, label: str, text: str, note: str, value: Decimal, largest: Decimal, kind: str
) -> SafeString:
    return format_html(
        '<li class="bar-row{}"><span class="bar-label">{}</span>'
        '<span class="bar-figure"><b>{}</b> <span class="muted">{}</span></span>{}</li>',
        " bar-row-inner" if kind == "bar-inner" else "",
        name,
        text,
        note,
        format_html(BAR, kind, f"{label}: {text}", _width(value, largest)),
    )
