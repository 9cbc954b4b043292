"""What the dashboard page shows: the figures laid out as charts, sentences and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.domain import PersonalTarget, Preferences
from emissions.charts.bars import Bar, BarValue, bars
from emissions.charts.columns import ColumnChart, MonthFigures, column_chart
from emissions.charts.days import DayCalendar, day_calendar
from emissions.charts.running import RunningChart, running_chart
from emissions.charts.target import TargetChart, target_chart
from emissions.dashboard import Dashboard, Gap, Month, PaceKind
from emissions.dashboard.averages import Average, averages_for
from emissions.dashboard.breakdown import Share
from emissions.dashboard.links import Links
from emissions.dashboard.periods import day_label
from emissions.equivalents import Equivalent, equivalents
from emissions.factors import choices, regions
from emissions.figures import mass
from emissions.insights.missing import Missing, find_missing
from emissions.insights.path import PathProgress, month_shares, path_progress

MONTHS_A_YEAR = 12
#: Months without something usual that are named; insights have them all.
MOST_MISSING = 4
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
class MissingLink:
    """A month without something usual. `url` opens the form with what is usual filled in."""

    missing: Missing
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
    target: PersonalTarget | None
    path: PathProgress | None
    path_chart: TargetChart | None
    equivalents: tuple[Equivalent, ...]
    gaps: tuple[GapLink, ...]
    missing: tuple[MissingLink, ...]
    more_missing: int
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
    def target_kg(self) -> Decimal | None:
        """kg CO2e a year that the target is in the end."""
        return None if self.target is None else self.target.kg_per_year

    @property
    def monthly_target_kg(self) -> Decimal | None:
        """The last shown month's share of the target, or of what its path has by then."""
        kg = self.target_kg_now
        return None if kg is None else kg / MONTHS_A_YEAR

    @property
    def target_kg_now(self) -> Decimal | None:
        """kg CO2e a year that the target's path has on the last day that counts; None before it begins."""
        return None if self.target is None else self.target.kg_on(self.figures.until)

    @property
    def distance_to_target_kg(self) -> Decimal | None:
        over = self.over_target_kg
        return None if over is None else abs(over)

    @property
    def over_target_kg(self) -> Decimal | None:
        """How far the yearly pace is above the target's path (below: negative), where both are known."""
        pace, target = self.figures.pace.kg_per_year, self.target_kg_now
        return None if pace is None or target is None else pace - target


def build_page(figures: Dashboard, preferences: Preferences) -> DashboardPage:
    month, target, links = figures.month, preferences.target, Links.of(figures.today)
    averages = averages_for(preferences.region)
    path = path_progress(figures.history, target, until=figures.until) if target and target.is_dated else None
    missing = _missing(figures, links)
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
        target=target,
        path=path,
        path_chart=target_chart(path) if path else None,
        equivalents=equivalents(
            figures.totals.co2_emissions,
            region=preferences.region,
            unit_system=preferences.unit_system,
            on=figures.until,
        ),
        gaps=tuple(GapLink(gap, links.log_on(gap.first)) for gap in figures.gaps),
        missing=missing[:MOST_MISSING],
        more_missing=len(missing[MOST_MISSING:]),
        region_name=regions.name(preferences.region),
        first_steps=_first_steps(links) if figures.is_new else (),
    )


def _missing(figures: Dashboard, links: Links) -> tuple[MissingLink, ...]:
    """What seems to be forgotten, on the page of the current month alone."""
    found = find_missing(figures.history, today=figures.today) if figures.is_current else ()
    return tuple(MissingLink(each, links.log_missing(each)) for each in found)


def _first_steps(links: Links) -> tuple[FirstStep, ...]:
    return tuple(
        FirstStep(choices.get(choice).activity_type, icon, label, example, links.log_choice(choice))
        for choice, icon, label, example in _FIRST_STEPS
    )


def _chart(figures: Dashboard, target: PersonalTarget | None, links: Links) -> ColumnChart:
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
    if target is not None and target.is_dated:
        return column_chart(months, path=month_shares(target, tuple(month for month, _ in figures.months)))
    return column_chart(months, target_kg=None if target is None else target.kg_per_year / MONTHS_A_YEAR)


def _source(share: Share, figures: Dashboard, links: Links) -> SourceLink:
    if share.is_rest:
        return SourceLink(share, "")
    first = date(figures.month.year, 1, 1)
    url = links.entries_of(share.activity_type, share.category, first=first, last=figures.until)
    return SourceLink(share, url)


def _share_value(share: Share) -> BarValue:
    return BarValue(share.label, share.kind, share.kg, mass(share.kg), share.percent_text)


def _pace_values(
    figures: Dashboard, averages: Sequence[Average], target: PersonalTarget | None
) -> list[BarValue]:
    values = []
    pace = figures.pace
    if pace.kg_per_year is not None:
        projected = pace.kind is PaceKind.PROJECTED
        note = "projected" if projected else "last 365 days"
        values.append(BarValue("You", "you", pace.kg_per_year, mass(pace.kg_per_year), note, projected))
    if target is not None:
        now, goal = target.kg_on(figures.until), target.kg_per_year
        if now is not None and now != goal:
            values.append(BarValue("Your path today", "path", now, mass(now), "a year"))
        by = f"by {target.by:%b %Y}" if target.by else "a year"
        values.append(BarValue("Your target", "target", goal, mass(goal), by))
    values += [_average_value(each) for each in averages]
    return values


def _average_value(average: Average) -> BarValue:
    label = f"{average.name} average"
    return BarValue(label, "average", average.kg, mass(average.kg), str(average.year))
