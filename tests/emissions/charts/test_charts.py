"""Geometry: what is drawn lies within the drawing, begins at zero and adds up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.charts.bars import BarValue, bars
from emissions.charts.columns import ColumnChart, MonthFigures, column_chart
from emissions.charts.days import HEIGHT, LEFT, SQUARE, WIDTH, DayCalendar, day_calendar
from emissions.charts.running import running_chart
from emissions.charts.scale import tick_values
from emissions.charts.words import column_decimals, column_number, mass_range
from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType, Entry
from emissions.figures import about, mass, significant
from tests.emissions.made_totals import TODAY, entry_on, history_of

NBSP = "\N{NO-BREAK SPACE}"
amounts = st.decimals(0, 100_000, places=6)


def month_of(number: int, *kg: Decimal, entries: int = 1) -> MonthFigures:
    by_type = dict(zip(ActivityType, (*kg, *(Decimal(0) for _ in range(4 - len(kg)))), strict=True))
    return MonthFigures(Month(2025, 12).shift(number), by_type, sum(kg, Decimal(0)), entries, f"/{number}")


def chart_of(*totals: str, target: str | None = None) -> ColumnChart:
    months = [month_of(number, Decimal(kg)) for number, kg in enumerate(totals)]
    return column_chart(months, target_kg=None if target is None else Decimal(target))


# -- Axis ---------------------------------------------------------------------------------------------------


@given(st.decimals("0.000001", 10_000_000, places=6))
def test_ticks_are_few_begin_at_zero_and_reach_over_the_largest(largest: Decimal) -> None:
    ticks = tick_values(largest)

    assert ticks[0] == 0
    assert ticks[-2] < largest <= ticks[-1]
    assert len(ticks) <= 5


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        ("0", ["0", "1"]),
        ("8.7", ["0", "5", "10"]),
        ("484", ["0", "200", "400", "600"]),
        ("400", ["0", "100", "200", "300", "400"]),
    ],
)
def test_ticks_are_round(largest: str, ticks: list[str]) -> None:
    assert tick_values(Decimal(largest)) == [Decimal(tick) for tick in ticks]


# -- Columns ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=12))
def test_segments_stack_without_gaps_from_zero_to_the_total(months: list[tuple[Decimal, ...]]) -> None:
    chart = column_chart([month_of(number, *kg) for number, kg in enumerate(months)], target_kg=None)

    for column in chart.columns:
        floor = chart.baseline
        for segment in column.segments:
            assert segment.y + segment.height == floor
            floor = segment.y
        assert floor == column.y
        assert sum(segment.height for segment in column.segments) == column.height
        assert chart.top <= column.y <= chart.baseline


@given(st.lists(amounts, min_size=12, max_size=12), st.none() | st.decimals(1, 100_000, places=2))
def test_columns_lie_side_by_side_within_the_drawing(months: list[Decimal], target: Decimal | None) -> None:
    chart = column_chart([month_of(number, kg) for number, kg in enumerate(months)], target_kg=target)

    assert chart.columns[0].slot_x == chart.left
    assert chart.columns[-1].slot_x + chart.columns[-1].slot_width <= Decimal("100.1")
    assert all(
        right.slot_x - left.slot_x <= left.slot_width + Decimal("0.01")
        for left, right in zip(chart.columns, chart.columns[1:], strict=False)
    )
    assert all(0 < column.text_y < chart.baseline for column in chart.columns)
    if chart.target:
        assert chart.top <= chart.target.y <= chart.baseline


def test_heights_are_proportional_to_kg() -> None:
    chart = chart_of("100", "50", "400")

    assert [column.height for column in chart.columns] == [Decimal(48), Decimal(24), Decimal(192)]


def test_an_empty_month_is_a_column_without_segments() -> None:
    empty = column_chart([month_of(0, Decimal(4)), month_of(1, entries=0)], target_kg=None).columns[1]

    assert (empty.has_entries, empty.segments, empty.height, empty.text) == (False, (), Decimal(0), "")
    assert empty.title == "January 2026: nothing logged. Log something"


def test_a_month_of_zero_kg_is_not_an_empty_month() -> None:
    column = column_chart([month_of(0, Decimal(0))], target_kg=None).columns[0]

    assert (column.has_entries, column.text) == (True, "0")


def test_the_target_line_is_drawn_where_it_fits_and_told_where_it_does_not() -> None:
    near, far = chart_of("100", target="150"), chart_of("100", target="161")

    assert near.target is not None
    assert near.target.label == f"150{NBSP}kg"
    assert (far.target, far.target_is_above) == (None, True)


def test_a_figure_never_stands_in_the_target_line() -> None:
    chart = chart_of("190", "100", target="200")

    assert chart.target is not None
    assert chart.columns[0].text_y == chart.target.y - 5
    assert chart.columns[1].text_y == chart.columns[1].y - 5


def test_from_a_tonne_up_the_axis_is_in_tonnes() -> None:
    chart = chart_of("1240", "600")

    assert (chart.unit, [column.text for column in chart.columns]) == ("t", ["1.24", "0.60"])


def test_a_column_says_its_month_total_parts_and_entries() -> None:
    figures = month_of(11, Decimal(90), Decimal("5.5"), entries=31)

    title = column_chart([figures], target_kg=None).columns[0].title

    assert title == (
        f"November 2026: 95.5{NBSP}kg CO2e (Transportation 90{NBSP}kg, Energy 5.5{NBSP}kg), 31 entries"
    )


def test_the_year_stands_at_january_and_at_the_left_unless_they_would_touch() -> None:
    december = column_chart([month_of(number) for number in range(12)], target_kg=None)
    january = column_chart([month_of(number + 1) for number in range(12)], target_kg=None)
    march = column_chart([month_of(number + 3) for number in range(12)], target_kg=None)

    assert [
        [column.label for column in chart.columns if column.year_label]
        for chart in (december, january, march)
    ] == [
        ["Jan"],
        ["Jan"],
        ["Mar", "Jan"],
    ]


# -- Calendar -----------------------------------------------------------------------------------------------


def calendar_of(*entries: Entry, until: date = TODAY, today: date = TODAY) -> DayCalendar:
    return day_calendar(
        history_of(*entries),
        until=until,
        today=today,
        entries_url=lambda day: f"/entries/{day}",
        log_url=lambda day: f"/log/{day}",
    )


@pytest.mark.parametrize("offset", range(7))
def test_the_calendar_has_twelve_weeks_and_ends_with_the_day(offset: int) -> None:
    until = TODAY - timedelta(days=offset)

    calendar = calendar_of(until=until)

    assert calendar.cells[0].day.weekday() == 0
    assert calendar.cells[-1].day == until
    assert 11 * 7 < len(calendar.cells) <= 12 * 7
    assert all(LEFT <= cell.x <= WIDTH - SQUARE and 0 < cell.y <= HEIGHT - SQUARE for cell in calendar.cells)
    assert len({(cell.x, cell.y) for cell in calendar.cells}) == len(calendar.cells)


def test_a_day_with_entries_leads_to_them_and_one_without_to_the_form() -> None:
    *_rest, yesterday, today = calendar_of(entry_on("2026-11-22", "8.737")).cells

    assert (today.url, yesterday.url) == ("/entries/2026-11-22", "/log/2026-11-21")
    assert today.title == f"Sunday 22 November 2026: 8.74{NBSP}kg CO2e, 1 entry"
    assert yesterday.title == "Saturday 21 November 2026: nothing logged. Log something"


def test_a_day_of_zero_kg_differs_from_a_day_without_entries() -> None:
    calendar = calendar_of(entry_on("2026-11-22", "0", "transportation/active"))

    assert [cell.symbol for cell in calendar.cells[-2:]] == ["day-none", "day-0"]
    assert calendar.has_zero


def test_levels_are_fifths_of_the_days_above_zero() -> None:
    entries = [entry_on(TODAY - timedelta(days=ago), Decimal(10 - ago)) for ago in range(10)]

    calendar = calendar_of(*entries)

    assert [cell.level for cell in calendar.cells[-10:]] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [level.text for level in calendar.levels] == [
        f"{low}–{low + 1}{NBSP}kg" for low in (1, 3, 5, 7, 9)
    ]


def test_days_alike_have_one_level() -> None:
    calendar = calendar_of(*(entry_on(TODAY - timedelta(days=ago), "4") for ago in range(3)))

    assert {cell.level for cell in calendar.cells if cell.entries} == {5}
    assert [level.text for level in calendar.levels if level.text] == [f"4{NBSP}kg"]


def test_only_the_current_day_is_marked_as_today() -> None:
    assert calendar_of().today == calendar_of().cells[-1]
    assert calendar_of(until=date(2026, 3, 31)).today is None


def test_the_table_has_every_day_by_week_newest_first() -> None:
    calendar = calendar_of(
        entry_on("2026-11-20", "1.25"), entry_on("2026-11-22", "0", "transportation/active")
    )

    assert (calendar.weeks[0].label, len(calendar.weeks)) == ("16 November 2026", 12)
    assert calendar.weeks[0].kg == (None, None, None, None, Decimal("1.25"), None, Decimal(0))


# -- Running total ------------------------------------------------------------------------------------------


def test_the_running_total_ends_with_the_totals_of_both_months() -> None:
    history = history_of(
        entry_on("2026-11-02", "3"), entry_on("2026-11-22", "4"), entry_on("2026-10-31", "9")
    )

    chart = running_chart(history, month=Month(2026, 11), until=TODAY)

    assert (len(chart.current.totals), chart.current.totals[-1]) == (22, Decimal(7))
    assert (len(chart.previous.totals), chart.previous.totals[-1]) == (31, Decimal(9))
    assert chart.current.path.startswith("M0.00 148.00L3.33 ")
    assert chart.previous.end_x == Decimal(100)
    assert [row.figures for row in chart.rows[20:23]] == [
        (Decimal(3), Decimal(0)),
        (Decimal(7), Decimal(0)),
        (None, Decimal(0)),
    ]


def test_a_month_without_entries_has_no_line() -> None:
    chart = running_chart(history_of(entry_on("2026-11-02")), month=Month(2026, 11), until=TODAY)

    assert (chart.has_current, chart.has_previous) == (True, False)
    assert chart.title == f"Running total by day. November 2026: 1{NBSP}kg CO2e after 22 days"


# -- Bars and words -----------------------------------------------------------------------------------------


def test_bars_are_drawn_from_zero_to_the_largest() -> None:
    widths = [bar.width for bar in bars([BarValue("", "", Decimal(kg), "") for kg in (50, 200, 0)])]

    assert widths == [Decimal(25), Decimal(100), Decimal(0)]
    assert [bar.width for bar in bars([BarValue("", "", Decimal(0), "")])] == [Decimal(0)]


@pytest.mark.parametrize(
    ("kg", "text"),
    [
        ("0", "0 kg"),
        ("0.004", "< 0.01 kg"),
        ("8.737", "8.74 kg"),
        ("182.4", "182 kg"),
        ("999.4", "999 kg"),
        ("999.5", "1 t"),
        ("2951", "2.95 t"),
    ],
)
def test_a_mass_has_three_figures_and_its_unit(kg: str, text: str) -> None:
    assert mass(Decimal(kg)) == text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("kg", "in_tonnes", "texts"),
    [
        (("1404", "300", "4", "0"), True, ["1.40", "0.30", "<0.01", "0.00"]),
        (("484.2", "85.4", "0.2"), False, ["484", "85", "<1"]),
        (("85.44", "8"), False, ["85.4", "8.0"]),
    ],
)
def test_the_figures_of_one_chart_have_the_same_decimals(
    kg: tuple[str, ...], in_tonnes: bool, texts: list[str]
):
    values = [Decimal(each) for each in kg]
    decimals = column_decimals(max(values) / (1000 if in_tonnes else 1))

    assert [column_number(each, in_tonnes=in_tonnes, decimals=decimals) for each in values] == texts


def test_numbers_are_as_short_as_their_place() -> None:
    assert [about(Decimal(value)) for value in ("1893.2", "54.4", "9.26", "0.262", "0")] == [
        "1,900",
        "54",
        "9.3",
        "0.26",
        "0",
    ]
    assert significant(Decimal("0.1855226105")) == "0.186"
    assert mass_range(Decimal("9.96"), Decimal("10.01")) == f"10{NBSP}kg"
