"""A reporting year in stacked columns by activity type, with the year before and the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from emissions.charts.columns import TARGET_REACH, TEXT_GAP, TEXT_HEIGHT, Line, Segment
from emissions.charts.scale import Scale, tick_values
from emissions.charts.words import axis_number, column_decimals, column_number
from emissions.factors.categories import TYPE_LABELS
from emissions.figures import KG_PER_TONNE, mass
from emissions.work.charts.slots import (
    EMPTY_HEIGHT,
    WITHHELD_HEIGHT,
    Slot,
    empty_mark,
    slots,
    value_text,
    withheld_mark,
)
from emissions.work.figures import MonthFigure, MonthState

HEIGHT = Decimal(264)
TOP = Decimal(26)
BASELINE = Decimal(218)
LEFT = Decimal(9)


@dataclass(frozen=True, slots=True)
class MonthsChart:
    """Everything the template draws. `unit` is that of the axis: kg or t."""

    unit: str
    columns: tuple[SafeString, ...]
    ticks: tuple[Line, ...]
    target: Line | None
    target_is_above: bool
    types: tuple[tuple[str, str], ...]
    has_running: bool
    has_earlier: bool
    has_withheld: bool
    has_partly: bool
    height: Decimal = HEIGHT
    left: Decimal = LEFT

    @property
    def tick_x(self) -> Decimal:
        """Where the figures of the axis end."""
        return self.left - 2


def months_chart(
    months: Sequence[MonthFigure], earlier: Sequence[MonthFigure], *, target_kg: Decimal | None, reason: str
) -> MonthsChart:
    """Lay out twelve months: `target_kg` is a month's share of the target, `reason` why one is withheld."""
    known = [each.kg for each in (*months, *earlier) if each.kg is not None and each.state.has_figure]
    largest = max(known, default=Decimal(0))
    target_is_above = target_kg is not None and 0 < largest * TARGET_REACH < target_kg
    target = None if target_is_above else target_kg
    ticks = tick_values(max(largest, target or Decimal(0)))
    has_partly = any(each.state is MonthState.PARTLY for each in months)
    # A box on top of a column says that something is withheld: it needs room above the highest one.
    scale = Scale(TOP + WITHHELD_HEIGHT if has_partly else TOP, BASELINE, ticks[-1])
    layout = _Layout(scale, largest, target, ticks[-1] >= KG_PER_TONNE, reason)
    places = slots(tuple(each.month for each in months), left=LEFT, baseline=BASELINE)
    return MonthsChart(
        unit="t" if layout.in_tonnes else "kg",
        columns=tuple(
            _column(slot, now, then, layout) for slot, now, then in zip(places, months, earlier, strict=True)
        ),
        ticks=tuple(
            Line(layout.scale.y(value), axis_number(value, in_tonnes=layout.in_tonnes))
            for value in (ticks if largest or target else ticks[:1])  # without a figure there is no scale
        ),
        target=Line(layout.scale.y(target), mass(target)) if target else None,
        target_is_above=target_is_above,
        types=_types(months),
        has_running=any(each.is_running and each.state.has_figure for each in months),
        has_earlier=any(then.kg for now, then in zip(months, earlier, strict=True) if _has_mark(now, then)),
        has_withheld=any(each.is_withheld for each in months),
        has_partly=has_partly,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all columns share."""

    scale: Scale
    largest: Decimal
    target: Decimal | None
    in_tonnes: bool
    reason: str

    def number(self, kg: Decimal) -> str:
        largest = self.largest / KG_PER_TONNE if self.in_tonnes else self.largest
        return column_number(kg, in_tonnes=self.in_tonnes, decimals=column_decimals(largest))

    def text_y(self, top: Decimal, lines: Sequence[Decimal]) -> Decimal:
        """Baseline of the figure above a column: clear of the lines that would cross it, lowest first."""
        text_y = top - TEXT_GAP
        for line in sorted(lines, reverse=True):
            if text_y - TEXT_HEIGHT <= line <= text_y + TEXT_GAP:
                text_y = line - TEXT_GAP
        return text_y


def _types(months: Sequence[MonthFigure]) -> tuple[tuple[str, str], ...]:
    """The activity types that are drawn, in the order they are stacked."""
    return tuple(
        (kind.value, label)
        for kind, label in TYPE_LABELS.items()
        if any(each.by_type.get(kind) for each in months)
    )


def _has_mark(now: MonthFigure, then: MonthFigure) -> bool:
    """Whether the same month a year before is drawn: where both are there to be compared."""
    return now.state is MonthState.SHOWN and then.state is MonthState.SHOWN


def _column(slot: Slot, now: MonthFigure, then: MonthFigure, layout: _Layout) -> SafeString:
    title = _title(now, then, layout.reason)
    if now.state is MonthState.AHEAD:
        return slot.drawing(title, SafeString(""), is_ahead=True)
    if now.state is MonthState.WITHHELD:
        return slot.drawing(title, withheld_mark(BASELINE))
    if now.state is MonthState.EMPTY:
        return slot.drawing(title, empty_mark(BASELINE))
    return slot.drawing(title, _marks(now, then, layout))


def _marks(now: MonthFigure, then: MonthFigure, layout: _Layout) -> SafeString:
    """The stacked types, hatched while the month is running, the year before as a line, and the figure."""
    segments = _segments(now, layout.scale)
    top = segments[-1].y if segments else BASELINE
    marks = [format_html_join("", "{}", ((segment.drawing,) for segment in segments))]
    if now.is_running and segments:
        marks.append(
            format_html(
                '<rect fill="url(#hatch-months)" x="18%" y="{}" width="64%" height="{}"/>',
                top,
                BASELINE - top,
            )
        )
    lines = [] if layout.target is None else [layout.scale.y(layout.target)]
    if _has_mark(now, then):
        lines.append(layout.scale.y(then.kg or Decimal(0)))
        marks.append(
            format_html('<line class="year-before" x1="8%" x2="92%" y1="{}" y2="{}"/>', lines[-1], lines[-1])
        )
    if now.state is MonthState.PARTLY:
        marks.append(withheld_mark(top))
        top -= WITHHELD_HEIGHT
    if not segments:
        top -= EMPTY_HEIGHT / 2
    return SafeString(
        "".join([*marks, value_text(layout.text_y(top, lines), layout.number(now.kg or Decimal(0)))])
    )


def _segments(figure: MonthFigure, scale: Scale) -> tuple[Segment, ...]:
    """The parts from the baseline upwards. Each begins exactly where the one below it ends."""
    segments = []
    stacked = Decimal(0)
    for kind, kg in figure.by_type.items():
        if kg > 0:
            below = scale.y(stacked)
            stacked += kg
            y = scale.y(stacked)
            title = f"{TYPE_LABELS[kind]}, {figure.month.label}: {mass(kg)}"
            segments.append(Segment(kind.value, title, y, below - y))
    return tuple(segments)


def _title(now: MonthFigure, then: MonthFigure, reason: str) -> str:
    """What a column says when somebody points at it or listens."""
    when = f"{now.month.label} so far" if now.is_running else now.month.label
    if now.state is MonthState.AHEAD:
        return f"{when}: not begun"
    if now.state is MonthState.WITHHELD:
        return f"{when}: withheld. {reason}"
    if now.state is MonthState.EMPTY:
        return f"{when}: nothing logged"
    parts = [f"{TYPE_LABELS[kind]} {mass(kg)}" for kind, kg in now.by_type.items() if kg > 0]
    listed = f" ({', '.join(parts)})" if len(parts) > 1 else ""
    said = [f"{when}: {mass(now.kg or Decimal(0))} CO2e{listed}"]
    if now.state is MonthState.PARTLY:
        said.append("without what is withheld")
    if _has_mark(now, then) and then.kg is not None:
        said.append(f"{mass(then.kg)} in {then.month.label}")
    return ", ".join(said)
