"""The running total of a month, day by day, over that of the month before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from emissions.charts.columns import Line
from emissions.charts.scale import Scale, position, tick_values
from emissions.charts.words import axis_number
from emissions.dashboard.history import History
from emissions.dashboard.periods import Month
from emissions.figures import mass

HEIGHT = Decimal(172)
TOP = Decimal(18)
BASELINE = Decimal(148)
LABELED_DAYS = (1, 8, 15, 22, 29)


@dataclass(frozen=True, slots=True)
class DayMark:
    """A day's number under the chart. `x` is percent."""

    day: int
    x: Decimal


@dataclass(frozen=True, slots=True)
class RunningLine:
    """A month's running totals. `path` is in percent of the width and pixels of the height."""

    name: str
    label: str
    totals: tuple[Decimal, ...]
    path: str
    end_x: Decimal
    end_y: Decimal

    @property
    def end_title(self) -> str:
        days = "day" if len(self.totals) == 1 else "days"
        return f"{self.label}: {mass(self.totals[-1])} CO2e after {len(self.totals)} {days}"


@dataclass(frozen=True, slots=True)
class RunningRow:
    """A day in the table: this month's figure and last month's; None for a day it has not, or not yet."""

    day: int
    figures: tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class RunningChart:
    unit: str
    current: RunningLine
    previous: RunningLine
    has_current: bool
    has_previous: bool
    ticks: tuple[Line, ...]
    days: tuple[DayMark, ...]
    rows: tuple[RunningRow, ...]
    height: Decimal = HEIGHT

    @property
    def label_y(self) -> Decimal:
        return BASELINE + 18

    @property
    def title(self) -> str:
        shown = ((self.has_current, self.current), (self.has_previous, self.previous))
        return ". ".join(["Running total by day", *(line.end_title for has_it, line in shown if has_it)])


def running_chart(history: History, *, month: Month, until: date) -> RunningChart:
    """`month` up to the day `until`, and the whole month before it, on one scale from 0 kg and day 1."""
    before = month.shift(-1)
    current = _running_totals(history, month.first_day, until)
    previous = _running_totals(history, before.first_day, before.last_day)
    largest = max(current[-1], previous[-1])
    ticks = tick_values(largest, most=2)
    scale = Scale(top=TOP, baseline=BASELINE, largest=ticks[-1])
    days = max(month.days, before.days)
    in_tonnes = ticks[-1] >= 1000
    return RunningChart(
        unit="t" if in_tonnes else "kg",
        current=_line(month, current, scale, days),
        previous=_line(before, previous, scale, days),
        has_current=history.month(month).entries > 0,
        has_previous=history.month(before).entries > 0,
        ticks=tuple(Line(scale.y(value), axis_number(value, in_tonnes=in_tonnes)) for value in ticks),
        days=tuple(DayMark(day, _x(day, days)) for day in LABELED_DAYS if day <= days),
        rows=tuple(
            RunningRow(
                day=index + 1,
                figures=(
                    current[index] if index < len(current) else None,
                    previous[index] if index < len(previous) else None,
                ),
            )
            for index in range(days)
        ),
    )


def _running_totals(history: History, first: date, last: date) -> tuple[Decimal, ...]:
    totals = []
    total = Decimal(0)
    for offset in range((last - first).days + 1):
        total += history.kg.get(first + timedelta(days=offset), Decimal(0))
        totals.append(total)
    return tuple(totals)


def _x(day: int, days: int) -> Decimal:
    """Percent of the width: day 1 at the left edge, the last day at the right one."""
    return position(Decimal(day - 1) * 100 / (days - 1))


def _line(month: Month, totals: tuple[Decimal, ...], scale: Scale, days: int) -> RunningLine:
    points = [(_x(day, days), scale.y(total)) for day, total in enumerate(totals, start=1)]
    end_x, end_y = points[-1]
    return RunningLine(
        name=month.name,
        label=month.label,
        totals=totals,
        path="M" + "L".join(f"{x} {y}" for x, y in points),
        end_x=end_x,
        end_y=end_y,
    )
