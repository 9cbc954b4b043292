"""How many people logged for work, month by month, below the line of all members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from emissions.charts.columns import Line
from emissions.charts.scale import Scale
from emissions.work.charts.slots import Slot, empty_mark, slots, value_text, withheld_mark
from emissions.work.figures import MonthFigure, MonthState

HEIGHT = Decimal(172)
TOP = Decimal(10)
BASELINE = Decimal(130)
#: From the top of a column to the figure in it, or in one too low for that, above it.
INSIDE, ABOVE = Decimal(16), Decimal(-5)
LOWEST = Decimal(24)


@dataclass(frozen=True, slots=True)
class PeopleChart:
    """`members` is the line of all members of today; None while there are none."""

    columns: tuple[SafeString, ...]
    members: Line | None
    baseline: Decimal = BASELINE
    height: Decimal = HEIGHT


def people_chart(months: Sequence[MonthFigure], *, reason: str) -> PeopleChart:
    """Lay out twelve months. `reason` tells why a month is withheld."""
    members = max((each.members for each in months), default=0)
    largest = max((members, *(each.people or 0 for each in months), 1))
    scale = Scale(TOP, BASELINE, Decimal(largest))
    places = slots(tuple(each.month for each in months), left=Decimal(0), baseline=BASELINE)
    return PeopleChart(
        columns=tuple(
            _column(slot, figure, scale, reason) for slot, figure in zip(places, months, strict=True)
        ),
        members=Line(scale.y(Decimal(members)), f"{members:,} member{'s' if members != 1 else ''}")
        if members
        else None,
    )


def _column(slot: Slot, figure: MonthFigure, scale: Scale, reason: str) -> SafeString:
    label = figure.month.label
    if figure.state is MonthState.AHEAD:
        return slot.drawing(f"{label}: not begun", SafeString(""), is_ahead=True)
    if figure.state is MonthState.WITHHELD:
        return slot.drawing(f"{label}: withheld. {reason}", withheld_mark(BASELINE))
    if not figure.people:
        return slot.drawing(f"{label}: nobody logged", empty_mark(BASELINE))
    top = scale.y(Decimal(figure.people))
    is_inside = BASELINE - top >= LOWEST
    bar = format_html(
        '<rect class="people{}" x="18%" y="{}" width="64%" height="{}"/>',
        " with-figure" if is_inside else "",
        top,
        BASELINE - top,
    ) + value_text(top + (INSIDE if is_inside else ABOVE), f"{figure.people:,}")
    so_far = " so far" if figure.is_running else ""
    partly = ", without what is withheld" if figure.state is MonthState.PARTLY else ""
    return slot.drawing(f"{label}{so_far}: {_people(figure)} logged{partly}", bar)


def _people(figure: MonthFigure) -> str:
    """`12 of 40 members`, where it is a share of them."""
    people = figure.people or 0
    if figure.participation_percent is not None:
        return f"{people:,} of {figure.members:,} members"
    return "1 person" if people == 1 else f"{people:,} people"
