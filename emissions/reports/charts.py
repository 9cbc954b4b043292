"""Charts of a report as drawings that stand alone: every color is in them, for paper knows no style sheet.

Each mark also has the class by which the page's style sheet colors it, so that they follow the reader's
theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from emissions.charts.scale import Scale, position, tick_values
from emissions.charts.words import axis_number
from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType
from emissions.factors.categories import TYPE_LABELS
from emissions.figures import KG_PER_TONNE, mass

WIDTH = Decimal(680)
#: Those of tokens.css by day.
TYPE_COLORS = {
    ActivityType.TRANSPORTATION: "#0072b2",
    ActivityType.ENERGY: "#b87a00",
    ActivityType.FOOD: "#00875f",
    ActivityType.WASTE: "#b8578c",
}
INK, MUTED, LINE, STRONG, ACCENT, PAPER = "#17201c", "#55605a", "#dde1dd", "#7c8781", "#0b6563", "#ffffff"
_FONT = "Libertinus Serif, serif"
_LEFT, _TOP, _BASELINE, _HEIGHT = Decimal(44), Decimal(34), Decimal(204), Decimal(244)
_LABEL_CHARACTERS = 34
_BAR, _BAR_STEP, _BAR_LEFT, _BAR_RIGHT = Decimal(13), Decimal(23), Decimal(226), Decimal(86)


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """A month to draw: kg CO2e by type, and why there are none, if so."""

    month: Month
    by_type: Mapping[ActivityType, Decimal]
    is_running: bool = False
    is_withheld: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class NamedBar:
    """A bar. `color` is a type's, or the accent."""

    label: str
    kg: Decimal
    activity_type: ActivityType | None = None


def months_svg(columns: Sequence[MonthColumn]) -> SafeString:
    """Stacked columns, a month each. Empty months are dashed boxes, withheld ones grey."""
    largest = max((_stacked(each) for each in columns), default=Decimal(0))
    ticks = tick_values(largest)
    in_tonnes = ticks[-1] >= KG_PER_TONNE
    scale = Scale(_TOP, _BASELINE, ticks[-1])
    slot = (WIDTH - _LEFT) / max(1, len(columns))
    every = 1 if len(columns) <= 18 else 3
    parts = [
        _text(Decimal(0), Decimal(14), f"{'t' if in_tonnes else 'kg'} CO2e", size=11),
        _legend([kind for kind in ActivityType if any(each.by_type.get(kind) for each in columns)]),
        *(
            _tick(scale.y(value), axis_number(value, in_tonnes=in_tonnes), is_base=not value)
            for value in (ticks if largest else ticks[:1])
        ),
        *(
            _column(each, _LEFT + slot * index, slot, scale, is_named=index % every == 0)
            for index, each in enumerate(columns)
        ),
    ]
    return _drawing(parts, _HEIGHT)


def bars_svg(bars: Sequence[NamedBar]) -> SafeString:
    """Horizontal bars from zero on one scale, each with its figure."""
    largest = max((each.kg for each in bars), default=Decimal(0))
    room = WIDTH - _BAR_LEFT - _BAR_RIGHT
    parts = []
    for index, each in enumerate(bars):
        y = Decimal(4) + _BAR_STEP * index
        width = position(room * max(each.kg, Decimal(0)) / largest) if largest > 0 else Decimal(0)
        color = ACCENT if each.activity_type is None else TYPE_COLORS[each.activity_type]
        kind = "accent" if each.activity_type is None else each.activity_type.value
        parts += [
            _text(_BAR_LEFT - 10, y + 11, _shortened(each.label), size=12, anchor="end", color=INK),
            _rect(kind, _BAR_LEFT, y, width, _BAR, color),
            _text(_BAR_LEFT + width + 7, y + 11, mass(each.kg), size=12, color=INK),
        ]  # fmt: skip
    base = _BAR_STEP * len(bars) + 2
    parts.append(_line(_BAR_LEFT, Decimal(0), _BAR_LEFT, base, color=STRONG, kind="base"))
    return _drawing(parts, base + 2)


def _stacked(column: MonthColumn) -> Decimal:
    return sum((kg for kg in column.by_type.values() if kg > 0), Decimal(0))


def _drawing(parts: Sequence[SafeString], height: Decimal) -> SafeString:
    """The hatch that marks an unfinished month is drawn as lines, which every reader of SVG knows."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" height="{}"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        WIDTH, height, WIDTH, height, SafeString("".join(parts)),
    )  # fmt: skip


def _column(column: MonthColumn, x: Decimal, slot: Decimal, scale: Scale, *, is_named: bool) -> SafeString:
    left, width = position(x + slot * Decimal("0.18")), position(slot * Decimal("0.64"))
    parts = []
    top = _BASELINE
    stacked = Decimal(0)
    for kind, kg in column.by_type.items():
        if kg > 0:
            below = scale.y(stacked)
            stacked += kg
            top = scale.y(stacked)
            parts.append(_rect(kind.value, left, top, width, below - top, TYPE_COLORS[kind]))
    if column.is_running and stacked:
        parts.append(_hatch(left, top, width))
    if column.is_withheld or column.is_empty:
        kind_of_box, fill = ("withheld", LINE) if column.is_withheld else ("empty", "none")
        parts.append(
            format_html(
                '<rect class="mark-{}" x="{}" y="{}" width="{}" height="12" fill="{}" stroke="{}"'
                ' stroke-dasharray="3 3"/>',
                kind_of_box, left, _BASELINE - 12, width, fill, STRONG,
            )
        )  # fmt: skip
    if is_named:
        middle = position(x + slot / 2)
        parts.append(_text(middle, _BASELINE + 16, column.month.short_name, size=11, anchor="middle"))
        if x == _LEFT or column.month.number == 1:
            parts.append(_text(middle, _BASELINE + 31, str(column.month.year), size=11, anchor="middle"))
    return SafeString("".join(parts))


def _rect(kind: str, x: Decimal, y: Decimal, width: Decimal, height: Decimal, color: str) -> SafeString:
    return format_html(
        '<rect class="mark-{}" x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
        kind, x, y, width, height, color,
    )  # fmt: skip


def _hatch(left: Decimal, top: Decimal, width: Decimal) -> SafeString:
    """Light lines across a column, six pixels apart."""
    lines = []
    y = top + 5
    while y < _BASELINE:
        lines.append((left, y, left + width, max(y - 5, top), PAPER))
        y += 6
    return format_html_join(
        "", '<line class="hatch" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="2"/>', lines
    )


def _legend(kinds: Sequence[ActivityType]) -> SafeString:
    x = WIDTH
    parts = []
    for kind in reversed(kinds):
        x -= Decimal(len(TYPE_LABELS[kind]) * 6 + 26)
        parts.append(_rect(kind.value, x, Decimal(5), Decimal(10), Decimal(10), TYPE_COLORS[kind]))
        parts.append(_text(x + 15, Decimal(14), TYPE_LABELS[kind], size=11))
    return SafeString("".join(parts))


def _tick(y: Decimal, label: str, *, is_base: bool) -> SafeString:
    line = _line(_LEFT, y, WIDTH, y, color=STRONG if is_base else LINE, kind="base" if is_base else "grid")
    return line + _text(_LEFT - 7, y + 4, label, size=11, anchor="end")


def _line(x1: Decimal, y1: Decimal, x2: Decimal, y2: Decimal, *, color: str, kind: str) -> SafeString:
    return format_html(
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>', kind, x1, y1, x2, y2, color
    )


def _text(
    x: Decimal, y: Decimal, text: str, *, size: int, anchor: str = "start", color: str = MUTED
) -> SafeString:
    return format_html(
        '<text class="{}" x="{}" y="{}" font-family="{}" font-size="{}" text-anchor="{}" fill="{}">{}</text>',
        "ink" if color == INK else "muted", x, y, _FONT, size, anchor, color, text,
    )  # fmt: skip


def _shortened(text: str) -> str:
    return text if len(text) <= _LABEL_CHARACTERS else f"{text[: _LABEL_CHARACTERS - 1].rstrip()}…"
