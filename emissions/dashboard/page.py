"""What the dashboard page shows: the figures laid out as charts, sentences and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.domain import Preferences
from emissions.charts.bars import Bar, BarValue, bars
from emissions.charts.columns import ColumnChart, MonthFigures, column_chart
from emissions.charts.days import DayCalendar, day_calendar
from emissions.charts.running import RunningChart, running_chart
from emissions.dashboard import Dashboard, Gap, Month, PaceKind
from emissions.dashboard.averages import Average, averages_for
from emissions.dashboard.breakdown import Share
from emissions.dashboard.links import Links
from emissions.dashboard.periods import day_label
from emissions.equivalents import Equivalent, equivalents
from emissions.factors import choices, regions
from emissions.figures import mass

MONTHS_A_YEAR = 12
#: Everyday choice, icon, what was done, and what to have at hand.
_FIRST_STEPS = (
    ("car-petrol-average", "car", "A drive", "How far, and in what"),
    ("electricity", "bolt", "Electricity", "kWh from your meter or bill"),
    ("beef", "food", "A meal", "Roughly how much of what"),
)


@dataclass(frozen=True, slots=True)
class GapLink:
    gap: Gap
    url: str


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A row of the largest sources. `url` lists its entries; empty for the rest, which is many."""

    share: Share
    url: str


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A thing that most people can log right away, as a link to the form with it chosen."""

    activity_type: str
    icon: str
    label: str
    example: str
    url: str


@dataclass(frozen=True, slots=True)
class DashboardPage:
    figures: Dashboard
    links: Links
    previous_month: Month
    previous_url: str
    next_month: Month
    next_url: str
    chart: ColumnChart
    running: RunningChart
    calendar: DayCalendar
    shares: tuple[Bar, ...]
    sources: tuple[SourceLink, ...]
    pace_bars: tuple[Bar, ...]
    averages: tuple[Average, ...]
    target_kg: Decimal | None
    equivalents: tuple[Equivalent, ...]
    gaps: tuple[GapLink, ...]
    region_name: str
    first_steps: tuple[FirstStep, ...]

    @property
    def title(self) -> str:
        return "Welcome" if self.figures.is_new else self.figures.month.label

    @property
    def pace_until(self) -> str:
        return day_label(self.figures.pace.basis.last)

    @property
    def pace_since(self) -> str:
        return day_label(self.figures.pace.basis.first)

    @property
    def monthly_target_kg(self) -> Decimal | None:
        return None if self.target_kg is None else self.target_kg / MONTHS_A_YEAR

    @property
    def distance_to_target_kg(self) -> Decimal | None:
        over = self.over_target_kg
        return None if over is None else abs(over)

    @property
    def over_target_kg(self) -> Decimal | None:
        """How far the yearly pace is above the target (below: negative), where both are known."""
        pace = self.figures.pace.kg_per_year
        return None if pace is None or self.target_kg is None else pace - self.target_kg


def build_page(figures: Dashboard, preferences: Preferences) -> DashboardPage:
    month, target = figures.month, preferences.target_kg_per_year
    links = Links.of(figures.today)
    averages = averages_for(preferences.region)
    return DashboardPage(
        figures=figures,
        links=links,
        previous_month=month.shift(-1),
        previous_url=links.month(month.shift(-1)),
        next_month=month.shift(1),
        next_url="" if figures.is_current else links.month(month.shift(1)),
        chart=_chart(figures, target, links),
        running=running_chart(figures.history, month=month, until=figures.until),
        calendar=day_calendar(
            figures.history,
            until=figures.until,
            today=figures.today,
            entries_url=links.entries_on,
            log_url=links.log_on,
        ),
        shares=bars([_share_value(share) for share in figures.shares]),
        sources=tuple(_source(share, figures, links) for share in figures.sources),
        pace_bars=bars(_pace_values(figures, averages, target)),
        averages=averages,
        target_kg=target,
        equivalents=equivalents(
            figures.totals.co2_emissions,
            region=preferences.region,
            unit_system=preferences.unit_system,
            on=figures.until,
        ),
        gaps=tuple(GapLink(gap, links.log_on(gap.first)) for gap in figures.gaps),
        region_name=regions.name(preferences.region),
        first_steps=_first_steps(links) if figures.is_new else (),
    )


def _first_steps(links: Links) -> tuple[FirstStep, ...]:
    return tuple(
        FirstStep(choices.get(choice).activity_type, icon, label, example, links.log_choice(choice))
        for choice, icon, label, example in _FIRST_STEPS
    )


def _chart(figures: Dashboard, target: Decimal | None, links: Links) -> ColumnChart:
    """An empty month leads to the form, any other to its dashboard."""
    months = [
        MonthFigures.of(
            month,
            totals,
            url=links.month(month) if totals.entries else links.log_in(month),
            is_unfinished=month == figures.month and figures.is_current,
            is_selected=month == figures.month,
        )
        for month, totals in figures.months
    ]
    return column_chart(months, target_kg=None if target is None else target / MONTHS_A_YEAR)


def _source(share: Share, figures: Dashboard, links: Links) -> SourceLink:
    if share.is_rest:
        return SourceLink(share, "")
    first = date(figures.month.year, 1, 1)
    url = links.entries_of(share.activity_type, share.category, first=first, last=figures.until)
    return SourceLink(share, url)


def _share_value(share: Share) -> BarValue:
    return BarValue(share.label, share.kind, share.kg, mass(share.kg), share.percent_text)


def _pace_values(figures: Dashboard, averages: Sequence[Average], target: Decimal | None) -> list[BarValue]:
    values = []
    pace = figures.pace
    if pace.kg_per_year is not None:
        projected = pace.kind is PaceKind.PROJECTED
        note = "projected" if projected else "last 365 days"
        values.append(BarValue("You", "you", pace.kg_per_year, mass(pace.kg_per_year), note, projected))
    if target is not None:
        values.append(BarValue("Your target", "target", target, mass(target), "a year"))
    values += [_average_value(each) for each in averages]
    return values


def _average_value(average: Average) -> BarValue:
    label = f"{average.name} average"
    return BarValue(label, "average", average.kg, mass(average.kg), str(average.year))
