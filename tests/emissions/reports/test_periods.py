"""The months of a report, as addresses name them and as people read them."""

from __future__ import annotations

import pytest

from emissions.reports.periods import PeriodRefused, default_period, period_choices, read_slug
from tests.emissions.reports.made_reports import TODAY, period_of


@pytest.mark.parametrize(
    ("params", "begins_in", "label", "full"),
    [
        ({"period": "2025"}, 1, "2025", "2025 (January–December 2025)"),
        ({"period": "2026"}, 1, "2026", "2026 so far (January–November 2026)"),
        ({"period": "2025"}, 4, "2025/26", "2025/26 (April 2025–March 2026)"),
        ({"period": "2026-Q1"}, 1, "Q1 2026", "Q1 2026 (January–March 2026)"),
        ({"period": "2025-Q4"}, 4, "Q4 2025/26", "Q4 2025/26 (January–March 2026)"),
        ({"since": "2026-02", "until": "2026-03"}, 1, "February–March 2026", "February–March 2026"),
        ({"since": "2026-11", "until": "2026-11"}, 1, "November 2026", "November 2026 so far"),
    ],
)
def test_period_is_named_as_people_call_it(
    params: dict[str, str], begins_in: int, label: str, full: str
) -> None:
    period = period_of(params, begins_in=begins_in)

    assert (period.label, period.full_label) == (label, full)
    assert read_slug(period.slug, TODAY, begins_in=begins_in) == period
    assert period_of(period.params, begins_in=begins_in) == period


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"period": "2027"}, "period"),
        ({"period": "1850"}, "period"),
        ({"period": "2026-Q5"}, "period"),
        ({"period": "last year"}, "period"),
        ({"since": "2026-03"}, "until"),
        ({"until": "2026-03"}, "since"),
        ({"since": "2026-13", "until": "2026-12"}, "since"),
        ({"since": "2026-05", "until": "2026-04"}, "until"),
        ({"since": "2026-12", "until": "2026-12"}, "since"),
        ({"since": "2020-01", "until": "2026-01"}, "until"),
        ({"since": "1980-01", "until": "1980-02"}, "since"),
    ],
)
def test_months_that_no_report_can_have_are_refused_at_their_field(
    params: dict[str, str], field: str
) -> None:
    with pytest.raises(PeriodRefused) as refused:
        period_of(params)

    assert refused.value.field == field


@pytest.mark.parametrize("slug", ["nonsense", "2026-01", "2026-01_2025-01", "2026-01_2026-02\n", "../2026"])
def test_slug_that_nobody_made_is_refused(slug: str) -> None:
    with pytest.raises(PeriodRefused):
        read_slug(slug, TODAY)


def test_every_period_that_is_offered_can_be_read_and_has_begun() -> None:
    offered = [
        period_of({"period": value}, begins_in=4) for value, _label in period_choices(TODAY, begins_in=4)
    ]

    assert default_period(TODAY, begins_in=4) == offered[0]
    assert all(each.months for each in offered)


def test_months_ahead_are_not_counted_and_long_periods_compare_with_nothing() -> None:
    period = period_of({"period": "2026"})

    assert [str(month) for month in period.ahead] == ["2026-12"]
    assert [str(month) for month in period.earlier] == [f"2025-{month:02}" for month in range(1, 12)]
    assert period_of({"since": "2024-01", "until": "2025-12"}).earlier == ()
