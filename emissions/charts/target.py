"""A personal target's path over time, and the years that end on each month beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from emissions.charts.columns import Line
from emissions.charts.scale import Scale, position, tick_values
from emissions.charts.words import axis_number
from emissions.dashboard.periods import Month, day_label
from emissions.figures import KG_PER_TONNE, mass
from emissions.insights.path import PathProgress, YearPoint

HEIGHT = Decimal(208)
TOP = Decimal(22)
BASELINE = Decimal(172)
LEFT, RIGHT = Decimal(9), Decimal(97)
#: Names along the time axis at most: more run into each other on a phone.
MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A name below the axis. `x` is percent."""

    x: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A day in the table: what the path has, and the 365 days that end on it; None where not known."""

    on: date
    label: str
    figures: tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class TargetChart:
    """`path` and `measured` are drawings in percent of the width and pixels of the height."""

    unit: str
    ticks: tuple[Line, ...]
    times: tuple[TimeMark, ...]
    path: str
    measured: str
    marks: tuple[SafeString, ...]
    rows: tuple[TargetRow, ...]
    height: Decimal = HEIGHT
    left: Decimal = LEFT
    label_y: Decimal = BASELINE + 20

    @property
    def tick_x(self) -> Decimal:
        return self.left - 2


def target_chart(progress: PathProgress) -> TargetChart | None:
    """Lay out the path from its first to its last day; None for a target without a path."""
    target = progress.target
    if target.by is None or target.base_on is None or target.base_kg is None:
        return None
    # A path that began lately has its years beside it all the same: they tell where it comes from.
    first = min((target.base_on, *(point.on for point in progress.points)))
    time = _Time(first, max(target.by, progress.on))
    largest = max(target.base_kg, target.kg_per_year, *(point.kg for point in progress.points))
    ticks = tick_values(largest, most=3)
    in_tonnes = ticks[-1] >= KG_PER_TONNE
    scale = Scale(TOP, BASELINE, ticks[-1])
    path = [(target.base_on, target.base_kg), (target.by, target.kg_per_year)]
    if time.last > target.by:
        path.append((time.last, target.kg_per_year))
    return TargetChart(
        unit="t" if in_tonnes else "kg",
        ticks=tuple(Line(scale.y(value), axis_number(value, in_tonnes=in_tonnes)) for value in ticks),
        times=_times(time),
        path=_drawn(path, time, scale),
        measured=_drawn([(point.on, point.kg) for point in progress.points], time, scale),
        marks=(*_ends(progress, time, scale), *_latest(progress.points[-1:], time, scale)),
        rows=_rows(progress),
    )


@dataclass(frozen=True, slots=True)
class _Time:
    """The axis of time, from the left edge to the right one."""

    first: date
    last: date

    def x(self, day: date) -> Decimal:
        days = max(1, (self.last - self.first).days)
        return position(LEFT + (RIGHT - LEFT) * (day - self.first).days / days)


def _drawn(points: Sequence[tuple[date, Decimal]], time: _Time, scale: Scale) -> str:
    return "M" + "L".join(f"{time.x(day)} {scale.y(kg)}" for day, kg in points) if points else ""


def _times(time: _Time) -> tuple[TimeMark, ...]:
    """The beginnings of years where there are several, else of months."""
    years = [date(year, 1, 1) for year in range(time.first.year + 1, time.last.year + 1)]
    if len(years) >= 3:
        step = -(-len(years) // MOST_NAMES)
        return tuple(TimeMark(time.x(day), str(day.year)) for day in years[::step])
    months = [month.first_day for month in Month.of(time.first).shift(1).until(Month.of(time.last))]
    step = -(-len(months) // MOST_NAMES) or 1
    return tuple(TimeMark(time.x(day), f"{day:%b %Y}") for day in months[::step])


def _ends(progress: PathProgress, time: _Time, scale: Scale) -> list[SafeString]:
    """Where the path begins and where it ends."""
    target = progress.target
    ends = ((target.base_on, target.base_kg, "It begins"), (target.by, target.kg_per_year, "Your target"))
    return [
        _mark(
            f"{word}: {mass(kg)} CO2e a year on {day_label(day)}",
            format_html('<circle class="path-dot" cx="{}%" cy="{}" r="4"/>', time.x(day), scale.y(kg)),
        )
        for day, kg, word in ends
        if day is not None and kg is not None
    ]


def _latest(points: Sequence[YearPoint], time: _Time, scale: Scale) -> list[SafeString]:
    return [
        _mark(
            f"The 365 days up to {day_label(point.on)}: {mass(point.kg)} CO2e",
            format_html(
                '<circle class="path-known" cx="{}%" cy="{}" r="6"/>', time.x(point.on), scale.y(point.kg)
            ),
        )
        for point in points
    ]


def _mark(title: str, drawing: SafeString) -> SafeString:
    return format_html('<g class="path-year" tabindex="0" role="img"><title>{}</title>{}</g>', title, drawing)


def _rows(progress: PathProgress) -> tuple[TargetRow, ...]:
    """What was measured, and the ends of the path and of the years on it, in the order of days."""
    target = progress.target
    measured = {point.on: point.kg for point in progress.points}
    days = set(measured) | {day for day in (target.base_on, target.by) if day is not None}
    if target.base_on is not None and target.by is not None:
        days |= {date(year, 12, 31) for year in range(target.base_on.year, target.by.year)}
    return tuple(
        TargetRow(day, day_label(day), (target.kg_on(day), measured.get(day))) for day in sorted(days)
    )
