"""Stacked columns, one per month, by activity type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from emissions.charts.scale import Scale, position, tick_values
from emissions.charts.slopes import Slope, slopes
from emissions.charts.words import axis_number, column_decimals, column_number, entries_text
from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType
from emissions.domain.totals import MonthTotals
from emissions.factors.categories import TYPE_LABELS
from emissions.figures import KG_PER_TONNE, mass

HEIGHT = Decimal(264)
TOP = Decimal(26)
BASELINE = Decimal(218)
#: Percent of the width kept at the left for the axis.
LEFT = Decimal(9)
#: A target more than this many times the largest month would flatten the months: it is told in words instead.
TARGET_REACH = Decimal("1.6")
#: Above a column: the room to its figure, and the figure's height.
TEXT_GAP = Decimal(5)
TEXT_HEIGHT = Decimal(12)
#: Height of the dashed box that stands for a month without entries.
EMPTY_HEIGHT = Decimal(12)


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month to draw. `by_type` is kg CO2e of every activity type, in the order they are stacked."""

    month: Month
    by_type: Mapping[ActivityType, Decimal]
    kg: Decimal
    entries: int
    url: str
    is_unfinished: bool = False
    is_selected: bool = False

    @classmethod
    def of(cls, month: Month, totals: MonthTotals, **about: Any) -> MonthFigures:
        by_type = totals.by_activity_type()
        kinds = {kind: by_type.get(kind, Decimal(0)) for kind in ActivityType}
        return cls(month, kinds, totals.co2_emissions, totals.entries, **about)

    @property
    def stacked(self) -> Decimal:
        """Height of the column: what is below zero cannot be stacked."""
        return sum((kg for kg in self.by_type.values() if kg > 0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Segment:
    """One activity type's part of a column."""

    activity_type: str
    title: str
    y: Decimal
    height: Decimal

    @property
    def drawing(self) -> str:
        """The part as SVG."""
        return format_html(
            '<rect class="segment type-{}" x="18%" y="{}" width="64%" height="{}"><title>{}</title></rect>',
            self.activity_type,
            self.y,
            self.height,
            self.title,
        )


@dataclass(frozen=True, slots=True)
class Column:
    """One month. Its slot is in percent, the middle of which it fills. An empty month has no segments."""

    label: str
    year_label: str
    title: str
    url: str
    text: str
    slot_x: Decimal
    slot_width: Decimal
    y: Decimal
    height: Decimal
    text_y: Decimal
    segments: tuple[Segment, ...]
    has_entries: bool
    is_unfinished: bool
    is_selected: bool

    @property
    def initial(self) -> str:
        """The month on a phone."""
        return self.label[0]


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line with its label: a tick or the target."""

    y: Decimal
    label: str

    @property
    def text_y(self) -> Decimal:
        """Baseline of a label beside the line."""
        return self.y + 4

    @property
    def above_y(self) -> Decimal:
        """Baseline of a label on top of the line."""
        return self.y - 5


@dataclass(frozen=True, slots=True)
class TableRow:
    """A month: kg CO2e of each activity type, of all of them, and how many entries."""

    label: str
    cells: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Everything the template draws, and the same figures as a table. `unit` is that of the axis: kg or t.

    A target that is the same in all months is the line `target`; one with a path is the slopes `path`.
    """

    unit: str
    columns: tuple[Column, ...]
    ticks: tuple[Line, ...]
    target: Line | None
    target_is_above: bool
    types: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]
    has_unfinished: bool
    path: tuple[Slope, ...] = ()
    height: Decimal = HEIGHT
    top: Decimal = TOP
    baseline: Decimal = BASELINE
    left: Decimal = LEFT
    empty_height: Decimal = EMPTY_HEIGHT

    @property
    def tick_x(self) -> Decimal:
        """Where the figures of the axis end."""
        return self.left - 2

    @property
    def label_y(self) -> Decimal:
        return self.baseline + 19

    @property
    def empty_y(self) -> Decimal:
        return self.baseline - EMPTY_HEIGHT

    @property
    def year_label_y(self) -> Decimal:
        return self.baseline + 37


def column_chart(
    months: Sequence[MonthFigures],
    *,
    target_kg: Decimal | None = None,
    path: Sequence[Decimal | None] = (),
) -> ColumnChart:
    """Lay out the months from left to right. `target_kg` is a month's share of the yearly target.

    `path` has such a share for each month instead, None for those before the path begins.
    """
    largest = max((month.stacked for month in months), default=Decimal(0))
    shares = list(path) if any(path) else [target_kg] * len(months)
    target_is_above = 0 < largest * TARGET_REACH < max(share or 0 for share in shares)
    if target_is_above:
        shares = [None] * len(months)
    ticks = tick_values(max(largest, *(share or Decimal(0) for share in shares)))
    scale = Scale(top=TOP, baseline=BASELINE, largest=ticks[-1])
    in_tonnes = ticks[-1] >= KG_PER_TONNE
    layout = _Layout(
        scale=scale,
        slot=(100 - LEFT) / len(months),
        in_tonnes=in_tonnes,
        decimals=column_decimals(largest / KG_PER_TONNE if in_tonnes else largest),
        target_ys=tuple(scale.y(share) if share else None for share in shares),
    )
    flat = None if any(path) else shares[0]
    return ColumnChart(
        unit="t" if layout.in_tonnes else "kg",
        columns=tuple(_column(figures, index, layout) for index, figures in enumerate(months)),
        ticks=tuple(Line(scale.y(value), axis_number(value, in_tonnes=layout.in_tonnes)) for value in ticks),
        target=Line(scale.y(flat), mass(flat)) if flat else None,
        target_is_above=target_is_above,
        types=tuple((kind.value, TYPE_LABELS[kind]) for kind in ActivityType),
        rows=tuple(
            TableRow(each.month.label, (*each.by_type.values(), each.kg, Decimal(each.entries)))
            for each in months
        ),
        has_unfinished=any(each.is_unfinished and each.entries for each in months),
        path=slopes(layout.target_ys, left=LEFT, slot=layout.slot) if any(path) else (),
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all columns share. `slot` is a month's percent of the width."""

    scale: Scale
    slot: Decimal
    in_tonnes: bool
    decimals: int
    target_ys: tuple[Decimal | None, ...]

    def number(self, kg: Decimal) -> str:
        return column_number(kg, in_tonnes=self.in_tonnes, decimals=self.decimals)


def _column(figures: MonthFigures, index: int, layout: _Layout) -> Column:
    month = figures.month
    segments = _segments(figures, layout.scale)
    top = segments[-1].y if segments else BASELINE
    has_entries = figures.entries > 0
    return Column(
        label=month.short_name,
        year_label=str(month.year) if month.number == 1 or (index == 0 and month.number != 12) else "",
        title=_column_title(figures),
        url=figures.url,
        text=layout.number(figures.kg) if has_entries else "",
        slot_x=position(LEFT + layout.slot * index),
        slot_width=position(layout.slot),
        y=top,
        height=BASELINE - top,
        text_y=_text_y(top if has_entries else BASELINE - EMPTY_HEIGHT, layout.target_ys[index]),
        segments=segments,
        has_entries=has_entries,
        is_unfinished=figures.is_unfinished,
        is_selected=figures.is_selected,
    )


def _text_y(top: Decimal, target_y: Decimal | None) -> Decimal:
    """Baseline of the figure above a column: on top of it, or of the target's line if that would cross it."""
    text_y = top - TEXT_GAP
    if target_y is not None and text_y - TEXT_HEIGHT <= target_y <= text_y + TEXT_GAP:
        return target_y - TEXT_GAP
    return text_y


def _segments(figures: MonthFigures, scale: Scale) -> tuple[Segment, ...]:
    """The parts from the baseline upwards. Each begins exactly where the one below it ends."""
    segments = []
    stacked = Decimal(0)
    for kind, kg in figures.by_type.items():
        if kg <= 0:
            continue
        below = scale.y(stacked)
        stacked += kg
        y = scale.y(stacked)
        title = f"{TYPE_LABELS[kind]}, {figures.month.label}: {mass(kg)}"
        segments.append(Segment(kind.value, title, y, below - y))
    return tuple(segments)


def _column_title(figures: MonthFigures) -> str:
    when = f"{figures.month.label} so far" if figures.is_unfinished else figures.month.label
    if not figures.entries:
        return f"{when}: nothing logged. Log something"
    parts = [f"{TYPE_LABELS[kind]} {mass(kg)}" for kind, kg in figures.by_type.items() if kg > 0]
    listed = f" ({', '.join(parts)})" if parts else ""
    return f"{when}: {mass(figures.kg)} CO2e{listed}, {entries_text(figures.entries)}"
