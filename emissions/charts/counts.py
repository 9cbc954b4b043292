"""Plain columns over time for the staff console: one or several parts stacked, any unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join

from emissions.charts.columns import Line
from emissions.charts.scale import Scale, position, tick_values
from emissions.figures import exact, significant

HEIGHT = Decimal(150)
TOP = Decimal(12)
BASELINE = Decimal(124)
#: Percent of the width kept at the left for the axis.
LEFT = Decimal(10)
#: In place of a figure.
WITHHELD = "withheld"
_THOUSAND, _MILLION = Decimal(1000), Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Part:
    """What is stacked. `kind` is the class the style sheet knows it by."""

    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Figures:
    """One column: a value for each part, and further `notes` that only its title and the table have.

    `tick` is written under it; most columns have none, for lack of room. One that is withheld has values of 0
    and says so.
    """

    label: str
    values: tuple[Decimal, ...]
    notes: tuple[Decimal, ...] = ()
    tick: str = ""
    url: str = ""
    is_unfinished: bool = False
    is_selected: bool = False
    is_withheld: bool = False

    @property
    def total(self) -> Decimal:
        return sum(self.values, Decimal(0))


@dataclass(frozen=True, slots=True)
class CountColumn:
    """A column laid out: `x` and `width` of its slot in percent, parts as (kind, y, height) in pixels."""

    figures: Figures
    title: str
    x: Decimal
    width: Decimal
    parts: tuple[tuple[str, Decimal, Decimal], ...]
    baseline: Decimal = BASELINE

    @property
    def drawing(self) -> str:
        """The column as SVG, a link where it leads somewhere."""
        rects = format_html_join(
            "",
            '<rect class="segment {}" x="12%" y="{}" width="76%" height="{}"/>',
            self.parts,
        )
        top = self.parts[-1][1] if self.parts else self.baseline
        if self.figures.is_unfinished and self.parts:
            hatch = '<rect fill="url(#hatch-counts)" x="12%" y="{}" width="76%" height="{}"/>'
            rects = rects + format_html(hatch, top, self.baseline - top)
        slot = '<title>{}</title><rect class="slot" width="100%" height="100%" rx="3"/>{}'
        inside = format_html(slot, self.title, rects)
        if not self.figures.url:
            return format_html('<g class="column">{}</g>', inside)
        chosen = ' aria-current="true"' if self.figures.is_selected else ""
        return format_html(f'<a class="column" href="{{}}"{chosen}>{{}}</a>', self.figures.url, inside)

    @property
    def middle(self) -> Decimal:
        return position(self.x + self.width / 2)


@dataclass(frozen=True, slots=True)
class CountChart:
    """Everything the template draws, and the same figures as a table of texts."""

    title: str
    unit: str
    columns: tuple[CountColumn, ...]
    ticks: tuple[Line, ...]
    parts: tuple[Part, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    total: str
    is_empty: bool
    has_unfinished: bool
    height: Decimal = HEIGHT
    left: Decimal = LEFT
    label_y: Decimal = BASELINE + 18

    @property
    def tick_x(self) -> Decimal:
        return self.left - 2


def count_chart(
    title: str,
    columns: Sequence[Figures],
    *,
    unit: str,
    parts: Sequence[Part],
    notes: Sequence[str] = (),
    text: Callable[[Decimal], str] = exact,
    can_be_added: bool = True,
) -> CountChart:
    """Lay out columns from left to right. `text` writes a value, for titles and the table.

    `unit` is what the sum of all columns is followed by, where they can be added: people cannot, who are the
    same in two months.
    """
    ticks = tick_values(max((column.total for column in columns), default=Decimal(0)), most=3)
    scale = Scale(top=TOP, baseline=BASELINE, largest=ticks[-1])
    slot = (100 - LEFT) / max(1, len(columns))
    with_total = len(parts) > 1
    return CountChart(
        title=title,
        unit=unit,
        columns=tuple(
            CountColumn(
                figures,
                _title(figures, parts, notes, text),
                position(LEFT + slot * index),
                position(slot),
                tuple(_stacked(figures, parts, scale)),
            )
            for index, figures in enumerate(columns)
        ),
        ticks=tuple(Line(scale.y(value), short_number(value)) for value in ticks),
        parts=tuple(parts),
        heads=(*(part.label for part in parts), *(("Total",) if with_total else ()), *notes),
        rows=tuple(_row(figures, with_total, text) for figures in columns),
        total=text(sum((column.total for column in columns), Decimal(0))) if can_be_added else "",
        is_empty=not any(column.total or column.is_withheld for column in columns),
        has_unfinished=any(column.is_unfinished and column.total for column in columns),
    )


def short_number(value: Decimal) -> str:
    """A figure of an axis in four characters or so: `250`, `12k`, `1.5M`."""
    for size, letter in ((_MILLION, "M"), (_THOUSAND * 10, "k")):
        if value >= size:
            return f"{significant(value / (_MILLION if letter == 'M' else _THOUSAND))}{letter}"
    return exact(value)


def _stacked(figures: Figures, parts: Sequence[Part], scale: Scale) -> Sequence[tuple[str, Decimal, Decimal]]:
    """The parts from the baseline upwards. Each begins exactly where the one below it ends."""
    drawn, stacked = [], Decimal(0)
    for part, value in zip(parts, figures.values, strict=True):
        if value > 0:
            below = scale.y(stacked)
            stacked += value
            y = scale.y(stacked)
            drawn.append((part.kind, y, below - y))
    return drawn


def _title(
    figures: Figures, parts: Sequence[Part], notes: Sequence[str], text: Callable[[Decimal], str]
) -> str:
    """`14:00 so far: 120 (Read 80, Written 40), entries 12`."""
    when = f"{figures.label} so far" if figures.is_unfinished else figures.label
    stacked = [
        f"{part.label} {text(value)}" for part, value in zip(parts, figures.values, strict=True) if value
    ]
    detail = f" ({', '.join(stacked)})" if len(parts) > 1 and stacked else ""
    further = [f", {name} {exact(value)}" for name, value in zip(notes, figures.notes, strict=True)]
    total = WITHHELD if figures.is_withheld else text(figures.total)
    return f"{when}: {total}{detail}{''.join(further)}"


def _row(figures: Figures, with_total: bool, text: Callable[[Decimal], str]) -> tuple[str, tuple[str, ...]]:
    values = [*figures.values, *([figures.total] if with_total else [])]
    told = [WITHHELD] * len(values) if figures.is_withheld else map(text, values)
    return figures.label, (*told, *map(exact, figures.notes))
