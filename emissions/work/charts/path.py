"""The path to a target, year by year, and where the years that are known stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from emissions.charts.columns import Line
from emissions.charts.scale import Scale, position, tick_values
from emissions.charts.words import axis_number
from emissions.figures import KG_PER_TONNE, mass
from emissions.work.progress import PathPoint

HEIGHT = Decimal(196)
TOP = Decimal(22)
BASELINE = Decimal(160)
LEFT, RIGHT = Decimal(9), Decimal(96)
#: Percent of the width for each character of a year's name, on a phone too.
LABEL_SHARE = Decimal("3.2")


@dataclass(frozen=True, slots=True)
class PathChart:
    """`x` are percent, `y` pixels. The path is straight from its first to its last point."""

    unit: str
    ticks: tuple[Line, ...]
    first: tuple[Decimal, Decimal]
    last: tuple[Decimal, Decimal]
    marks: tuple[SafeString, ...]
    height: Decimal = HEIGHT
    left: Decimal = LEFT

    @property
    def tick_x(self) -> Decimal:
        return self.left - 2


def path_chart(points: Sequence[PathPoint], *, is_so_far: bool = False) -> PathChart:
    """Lay out the years from base to target. `is_so_far` tells whether the chosen year is still running."""
    largest = max(max(point.kg, point.known_kg or Decimal(0)) for point in points)
    ticks = tick_values(largest, most=3)
    scale = Scale(TOP, BASELINE, ticks[-1])
    in_tonnes = ticks[-1] >= KG_PER_TONNE
    step = (RIGHT - LEFT) / max(1, len(points) - 1)
    xs = [position(LEFT + step * index) for index in range(len(points))]
    named = _named(points, xs)
    return PathChart(
        unit="t" if in_tonnes else "kg",
        ticks=tuple(Line(scale.y(value), axis_number(value, in_tonnes=in_tonnes)) for value in ticks),
        first=(xs[0], scale.y(points[0].kg)),
        last=(xs[-1], scale.y(points[-1].kg)),
        marks=tuple(
            _mark(point, x, scale, is_named=x in named, is_so_far=is_so_far)
            for point, x in zip(points, xs, strict=True)
        ),
    )


def _named(points: Sequence[PathPoint], xs: Sequence[Decimal]) -> set[Decimal]:
    """Where there is room for a name: first for the year that is open, then for both ends."""
    room = LABEL_SHARE * max(len(point.year.label) for point in points)
    chosen = [x for point, x in zip(points, xs, strict=True) if point.is_chosen]
    named: set[Decimal] = set()
    for x in (*chosen, xs[-1], xs[0], *xs):
        if all(abs(x - other) >= room for other in named):
            named.add(x)
    return named


def _mark(point: PathPoint, x: Decimal, scale: Scale, *, is_named: bool, is_so_far: bool) -> SafeString:
    """A year: a small dot on the path, a large one where it stands."""
    title = f"{point.year.label}: the target allows {mass(point.kg)} CO2e"
    known = SafeString("")
    if point.known_kg is not None:
        running = is_so_far and point.is_chosen
        title += f"; {mass(point.known_kg)} shown{' so far' if running else ''}"
        title += f", {point.known_months} of 12 months" if point.is_part_known else ""
        known = format_html(
            '<circle class="path-known{}" cx="{}%" cy="{}" r="6"/>',
            " so-far" if running else "",
            x,
            scale.y(point.known_kg),
        )
    name = point.year.label if is_named else ""
    return format_html(
        '<g class="path-year{}" tabindex="0" role="img"><title>{}</title>'
        '<circle class="path-dot" cx="{}%" cy="{}" r="3.5"/>{}<text x="{}%" y="{}">{}</text></g>',
        " chosen" if point.is_chosen else "",
        title,
        x,
        scale.y(point.kg),
        known,
        x,
        BASELINE + 20,
        name,
    )
