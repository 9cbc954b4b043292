"""The charts of an organization's dashboard."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from emissions.work.charts.months import months_chart
from emissions.work.charts.path import path_chart
from emissions.work.charts.people import people_chart
from emissions.work.charts.rows import department_rows, percent_text
from emissions.work.figures import WorkFigures
from emissions.work.progress import path_points
from organizations.domain import Target
from tests.emissions.work.made_work import ENGINEERING, FIELD, POWER, SALES, figures_of, work

REASON = "Fewer than 3 people logged."
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def months_of(figures: WorkFigures, *, target_kg: str | None = None) -> list[str]:
    """The columns of the year as SVG."""
    target = None if target_kg is None else Decimal(target_kg)
    chart = months_chart(figures.months, figures.earlier_months, target_kg=target, reason=REASON)
    return [str(column) for column in chart.columns]


def attribute(svg: str, mark: str, name: str) -> list[Decimal]:
    """An attribute of all marks of a class."""
    return [Decimal(value) for value in re.findall(rf'class="{mark}[^>]*? {name}="([\d.]+)', svg)]


def test_the_parts_of_a_column_lie_on_each_other_from_the_baseline() -> None:
    works = [work("2026-10", SALES, "abc", "30"), work("2026-10", SALES, "abc", "10", POWER)]

    column = months_of(figures_of(works))[9]

    [lower, upper] = attribute(column, "segment", "y")
    [lower_height, upper_height] = attribute(column, "segment", "height")
    assert lower + lower_height == Decimal(218)
    assert upper + upper_height == lower
    assert lower_height == 3 * upper_height


def test_a_withheld_month_is_as_high_as_any_other_and_says_why() -> None:
    works = [work("2026-08", SALES, "ab", "5"), work("2026-09", SALES, "a", "5000")]

    columns = months_of(figures_of(works))

    boxes = [re.findall(r"<rect class=.withheld-month.*?>", column) for column in columns]
    assert boxes[7] == boxes[8] != []
    assert f"<title>September 2026: withheld. {REASON}</title>" in columns[8]
    assert "segment" not in columns[8]


def test_a_withheld_month_has_no_part_in_the_scale() -> None:
    seen = [work("2026-10", SALES, "abc", "30")]

    without = months_chart(
        figures_of(seen).months, figures_of(seen).earlier_months, target_kg=None, reason=""
    )
    figures = figures_of([*seen, work("2026-09", SALES, "a", "5000")])
    chart = months_chart(figures.months, figures.earlier_months, target_kg=None, reason="")

    assert chart.ticks == without.ticks
    assert chart.columns[9] == without.columns[9]


def test_only_the_running_month_is_hatched_and_months_ahead_are_empty() -> None:
    columns = months_of(figures_of([work("2026-10", SALES, "abc"), work("2026-11", SALES, "abc")]))

    assert ["hatch" in column for column in columns] == [False] * 10 + [True, False]
    assert "empty-month" in columns[0]
    assert 'class="column ahead"' in columns[11]
    assert "empty-month" not in columns[11]


def test_a_figure_stands_clear_of_the_target_and_of_the_year_before() -> None:
    works = [work("2026-10", SALES, "abc", "90"), work("2025-10", SALES, "abc", "93")]

    column = months_of(figures_of(works), target_kg="95")[9]

    [text_y] = attribute(column, "value", "y")
    [line_y] = attribute(column, "year-before", "y1")
    target_y = Decimal(218) - (218 - Decimal(26)) * 95 / 100
    for y in (line_y, target_y):
        assert not text_y - 12 <= y <= text_y


def test_a_target_far_above_all_months_is_left_to_words() -> None:
    figures = figures_of([work("2026-10", SALES, "abc", "10")])

    chart = months_chart(figures.months, figures.earlier_months, target_kg=Decimal(900), reason="")

    assert chart.target is None
    assert chart.target_is_above


def test_partly_withheld_months_have_room_for_their_box_above_the_highest_column() -> None:
    works = [
        work("2026-10", SALES, "abc", "10"),
        work("2026-10", FIELD, "d"),
        work("2026-10", ENGINEERING, "ef"),
        work("2026-10", None, "ghi"),
    ]
    figures = figures_of(works, params={"department": SALES})

    column = months_of(figures)[9]

    assert "without what is withheld" in column
    assert attribute(column, "withheld-month", "y")[0] >= 26
    assert attribute(column, "value", "y")[0] >= 20


def test_people_who_logged_are_columns_below_the_line_of_all_members() -> None:
    figures = figures_of([work("2026-10", SALES, "abcde"), work("2026-09", SALES, "ab")])

    chart = people_chart(figures.months, reason=REASON)

    assert chart.members is not None
    assert chart.members.label == "20 members"
    assert "<title>October 2026: 5 of 20 members logged</title>" in chart.columns[9]
    assert f"<title>September 2026: withheld. {REASON}</title>" in chart.columns[8]
    assert "<title>August 2026: nobody logged</title>" in chart.columns[7]


def test_the_way_to_the_target_names_the_open_year_and_both_ends() -> None:
    target = Target("T", 2025, Decimal(1000), Decimal(90), 2050, CREATED)
    figures = figures_of([work("2026-10", SALES, "abc", "300")], targets=[target])
    assert figures.target is not None

    chart = path_chart(figures.target.points, is_so_far=True)

    marks = [str(mark).replace("\N{NO-BREAK SPACE}", " ") for mark in chart.marks]
    named = [name for mark in marks for name in re.findall(r">([\d/]+)</text>", mark)]
    assert named[0] == "2026"  # 2025 would touch it
    assert named[-1] == "2050"
    assert "2026: the target allows 964 kg CO2e; 300 kg shown so far" in marks[1]
    assert "path-known so-far" in marks[1]
    assert chart.first[1] < chart.last[1]


def path_target(base_year: int, target_year: int, percent: int = 50) -> Target:
    return Target("T", base_year, Decimal(1000), Decimal(percent), target_year, CREATED)


def test_path_is_straight_from_the_base_year_to_the_target() -> None:
    points = path_points(path_target(2024, 2028), begins_in=4)

    assert [point.year.label for point in points] == ["2024/25", "2025/26", "2026/27", "2027/28", "2028/29"]
    assert [point.kg for point in points] == [1000, 875, 750, 625, 500]
    heights = [Decimal(re.findall(r'cy="([\d.]+)"', mark)[0]) for mark in path_chart(points).marks]
    assert len({after - before for before, after in pairwise(heights)}) == 1


def test_nothing_left_ends_on_the_baseline() -> None:
    chart = path_chart(path_points(path_target(2024, 2028, percent=100), begins_in=1))

    assert chart.last[1] == chart.ticks[0].y


@pytest.mark.parametrize("years", [1, 2, 5, 6, 7, 13, 30, 76])
def test_both_ends_of_a_path_are_named(years: int) -> None:
    marks = path_chart(path_points(path_target(1990, 1990 + years), begins_in=1)).marks

    named = [name for mark in marks for name in re.findall(r">(\d+)</text>", mark)]
    assert (named[0], named[-1]) == ("1990", str(1990 + years))
    assert len(named) <= 7


def test_bars_of_departments_share_one_scale_from_zero() -> None:
    works = [work("2026-10", SALES, "abc", "40"), work("2026-10", ENGINEERING, "def", "10")]

    drawn = str(department_rows(figures_of(works).departments, url="?department={}".format, is_one=False))

    assert attribute(drawn, "bar-mark", "width")[::2] == [Decimal(100), Decimal(0), Decimal(25)]
    assert "Sales: 40\N{NO-BREAK SPACE}kg</title>" in drawn
    assert '<a class="work-name" href="?department=ENGINEERING"' in drawn


def test_a_share_that_is_there_is_never_nothing() -> None:
    assert percent_text(Decimal("0.2")) == "<\N{NO-BREAK SPACE}1%"
    assert percent_text(Decimal(0)) == "0%"
    assert percent_text(Decimal("33.4")) == "33%"
    assert percent_text(None) == ""
