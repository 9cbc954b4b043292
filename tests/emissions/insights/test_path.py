"""A dated target's path, and the years beside it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.domain import PersonalTarget, Preferences
from emissions.charts.target import target_chart
from emissions.dashboard.page import build_page
from emissions.dashboard.periods import Month
from emissions.insights.path import month_shares, path_progress
from tests.emissions.made_totals import TODAY, dashboard_of, entry_on, history_of

TARGET = PersonalTarget(Decimal(4000), date(2027, 1, 1), Decimal(5000), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("day", "kg"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), 5000),
        (date(2026, 3, 15), 4800),  # 73 of 365 days
        (date(2027, 1, 1), 4000),
        (date(2030, 1, 1), 4000),
    ],
)
def test_the_path_runs_straight_from_one_day_to_the_other(day: date, kg: int | None) -> None:
    assert TARGET.kg_on(day) == kg


def test_a_target_of_the_settings_has_no_path() -> None:
    target = PersonalTarget(Decimal(4000))

    assert (target.kg_on(date(1990, 1, 1)), target.is_dated) == (Decimal(4000), False)
    assert target_chart(path_progress(history_of(), target, until=TODAY)) is None


def test_another_figure_keeps_the_date_and_none_takes_the_target_away() -> None:
    preferences = Preferences(target=TARGET)

    changed = preferences.with_target_of(Decimal(3000))

    assert changed.target == PersonalTarget(Decimal(3000), TARGET.by, TARGET.base_kg, TARGET.base_on)
    assert changed.target_kg_per_year == Decimal(3000)
    assert changed.with_target_of(None).target is None


def test_years_are_measured_once_there_are_365_days() -> None:
    first = TODAY - timedelta(days=400)
    history = history_of(*(entry_on(first + timedelta(days=day), "10", number=day) for day in range(401)))

    progress = path_progress(history, TARGET, until=TODAY)

    assert [point.on for point in progress.points] == [date(2026, 10, 31), TODAY]
    assert {point.kg for point in progress.points} == {Decimal(3650)}
    assert progress.over_kg == 3650 - progress.kg_now if progress.kg_now else None
    assert progress.over_kg is not None
    assert progress.over_kg < 0


def test_the_chart_draws_path_and_years_and_tells_them_in_a_table() -> None:
    history = history_of(entry_on("2025-11-01", "1"), entry_on("2026-08-01", "4500", number=2))

    chart = target_chart(path_progress(history, TARGET, until=TODAY))

    assert chart is not None
    assert chart.unit == "t"
    assert [row.figures for row in chart.rows if row.on in {TARGET.base_on, TARGET.by}] == [
        (Decimal(5000), None),
        (Decimal(4000), None),
    ]
    assert (TODAY, Decimal(4500)) in [(row.on, row.figures[1]) for row in chart.rows]
    assert chart.path.count("L") == 1


def test_the_dashboard_has_the_months_shares_of_the_path() -> None:
    figures = dashboard_of(entry_on("2026-11-01", "400"))

    page = build_page(figures, Preferences(target=TARGET))

    shares = month_shares(TARGET, (Month(2025, 12), Month(2026, 1), Month(2027, 6)))
    assert shares[0] is None
    assert shares[2] == Decimal(4000) / 12
    assert page.chart.target is None
    assert len(page.chart.path) == 12  # eleven months of it, and on to both edges
    assert page.path_chart is not None
