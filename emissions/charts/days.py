"""The day calendar: one square a day, a column a week, sized and colored by fifths."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.html import format_html

from emissions.charts.words import entries_text, mass_range
from emissions.dashboard.history import History
from emissions.dashboard.periods import Month, day_label, each_day
from emissions.figures import mass

WEEKS = 12
LEVELS = 5
#: Units of the drawing: a day's step and square, and the room for names of weekdays and months.
STEP = 28
SQUARE = 24
LEFT = 36
TOP = 24
WIDTH = LEFT + WEEKS * STEP
HEIGHT = TOP + 7 * STEP
#: Side of the filled square at each level: the size says it too, not the color alone.
SIDES = (0, 8, 12, 16, 20, 24)


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day. `level` is 0 for a day of 0 kg, 1 to 5 for the fifth it is in, None without entries."""

    day: date
    x: int
    y: int
    level: int | None
    title: str
    url: str
    is_today: bool
    kg: Decimal
    entries: int

    @property
    def symbol(self) -> str:
        """The drawing of the day: `day-3`, `day-none`."""
        return "day-none" if self.level is None else f"day-{self.level}"

    @property
    def drawing(self) -> str:
        """The day as a link in the SVG."""
        return format_html(
            '<a class="day" href="{}"><title>{}</title><use href="#{}" x="{}" y="{}"/></a>',
            self.url,
            self.title,
            self.symbol,
            self.x,
            self.y,
        )


@dataclass(frozen=True, slots=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """A level's drawing, a square of `side` at `offset`, and the range of its days in kg, if it has any."""

    number: int
    offset: int
    side: int
    text: str


@dataclass(frozen=True, slots=True)
class Week:
    """A row of the table: kg CO2e from Monday to Sunday; None for a day without entries."""

    label: str
    kg: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class DayCalendar:
    cells: tuple[DayCell, ...]
    months: tuple[Label, ...]
    weekdays: tuple[Label, ...]
    levels: tuple[Level, ...]
    weeks: tuple[Week, ...]
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT
    square: int = SQUARE
    half: int = SQUARE // 2

    @property
    def title(self) -> str:
        return f"The days from {day_label(self.first)} to {day_label(self.last)}. Each is a link."

    @property
    def today(self) -> DayCell | None:
        return next((cell for cell in self.cells if cell.is_today), None)

    @property
    def has_zero(self) -> bool:
        return any(cell.level == 0 for cell in self.cells)


def day_calendar(
    history: History,
    *,
    until: date,
    today: date,
    entries_url: Callable[[date], str],
    log_url: Callable[[date], str],
) -> DayCalendar:
    """The weeks up to the one of `until` (Monday to Sunday). Days after `today` are not drawn."""
    monday = until - timedelta(days=until.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    last = min(until, today)
    kg_of_days = sorted(kg for day in each_day(first, last) if (kg := history.kg.get(day, Decimal(0))) > 0)
    cells = []
    for index, day in enumerate(each_day(first, last)):
        entries = history.entries.get(day, 0)
        kg = history.kg.get(day, Decimal(0))
        level = _level(kg, kg_of_days) if entries else None
        cells.append(
            DayCell(
                day=day,
                x=LEFT + index // 7 * STEP,
                y=TOP + index % 7 * STEP,
                level=level,
                title=_day_title(day, kg, entries),
                url=entries_url(day) if entries else log_url(day),
                is_today=day == today,
                kg=kg,
                entries=entries,
            )
        )
    return DayCalendar(
        cells=tuple(cells),
        months=_month_labels(first),
        weekdays=tuple(
            Label(0, TOP + row * STEP + 17, name)
            for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun"))
        ),
        levels=_levels(cells),
        weeks=_weeks(cells),
        first=first,
        last=last,
    )


def _level(kg: Decimal, kg_of_days: Sequence[Decimal]) -> int:
    """The fifth of the days that `kg` is in: 5 holds the highest; 0 is a day of 0 kg."""
    if kg <= 0:
        return 0
    return -(-LEVELS * bisect_right(kg_of_days, kg) // len(kg_of_days))


def _day_title(day: date, kg: Decimal, entries: int) -> str:
    when = f"{day:%A} {day_label(day)}"
    if not entries:
        return f"{when}: nothing logged. Log something"
    return f"{when}: {mass(kg)} CO2e, {entries_text(entries)}"


def _month_labels(first: date) -> tuple[Label, ...]:
    """A month's name above the first week that begins in it; the first column's only if there is room."""
    starts = [first + timedelta(weeks=week) for week in range(WEEKS)]
    labels = [
        Label(LEFT + week * STEP, TOP - 9, Month.of(start).short_name)
        for week, start in enumerate(starts)
        if week == 0 or start.month != starts[week - 1].month
    ]
    crowded = len(labels) > 1 and labels[1].x - labels[0].x < 2 * STEP
    return tuple(labels[1:] if crowded else labels)


def _levels(cells: Sequence[DayCell]) -> tuple[Level, ...]:
    levels = []
    for number in range(1, LEVELS + 1):
        kg = [cell.kg for cell in cells if cell.level == number]
        side = SIDES[number]
        levels.append(Level(number, (SQUARE - side) // 2, side, mass_range(min(kg), max(kg)) if kg else ""))
    return tuple(levels)


def _weeks(cells: Sequence[DayCell]) -> tuple[Week, ...]:
    """The newest week first."""
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return tuple(
        Week(day_label(week[0].day), tuple(cell.kg if cell.entries else None for cell in week))
        for week in reversed(weeks)
    )
