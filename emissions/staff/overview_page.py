"""What the overview shows: the platform's figures, and charts of what people log and what that takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from carbontrack import usage
from carbontrack.usage import Usage
from emissions.charts.counts import CountChart, Figures, Part, count_chart
from emissions.dashboard.periods import Month, each_day
from emissions.domain.entries import ActivityType
from emissions.domain.totals import MonthTotals
from emissions.factors.categories import TYPE_LABELS
from emissions.figures import exact, mass
from emissions.repositories.platform import PlatformRepository, Summary
from emissions.services.overview import day_people_counter
from emissions.staff.withheld import MINIMUM, withheld_of

MONTHS = 12
SIGN_UP_DAYS = 30
HOURS, DAYS = 24, 30
#: What the columns of months and days can show.
SHOWN = {"kg": "kg CO2e", "entries": "entries", "people": "people"}
PERIODS = {"hours": "24 hours", "days": "30 days"}
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class View:
    """What the page is narrowed to, as its address says it; what is not understood is the default."""

    month: Month
    this_month: Month
    show: str
    period: str

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> View:
        this_month = Month.of(today)
        try:
            month = Month.parse(query.get("month", ""))
        except ValueError:
            month = this_month
        if not this_month.shift(1 - MONTHS) <= month <= this_month:
            month = this_month
        show, period = query.get("show", ""), query.get("period", "")
        return cls(
            month,
            this_month,
            show if show in SHOWN else next(iter(SHOWN)),
            period if period in PERIODS else next(iter(PERIODS)),
        )

    def url(self, **changes: Any) -> str:
        """The page with something else chosen."""
        chosen = {"month": str(self.month), "show": self.show, "period": self.period} | {
            name: str(value) for name, value in changes.items()
        }
        usual = {"month": str(self.this_month), "show": "kg", "period": "hours"}
        query = urlencode({name: value for name, value in chosen.items() if value != usual[name]})
        return f"{reverse('staff:overview')}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A chip that shows something else."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """Everything the template needs besides the jobs. `summary` is None before the first count.

    `ever_kg` and `this_month_kg` are None where they are withheld: of fewer than `minimum` people.
    """

    summary: Summary | None
    view: View
    this_month: MonthTotals
    ever_kg: Decimal | None
    this_month_kg: Decimal | None
    minimum: int
    new_people: int
    months: CountChart
    days: CountChart
    sign_ups: CountChart
    platform: tuple[CountChart, ...]
    shows: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    has_usage: bool


def overview_page(query: Mapping[str, str], now: datetime) -> OverviewPage:
    """Read and lay out: three requests to DynamoDB, however much there is."""
    today = now.astimezone(UTC).date()
    view = View.read(query, today)
    repository = PlatformRepository()
    summary = repository.find_summary()
    months = repository.months(str(view.this_month.shift(1 - MONTHS)), str(view.this_month))
    chosen = next(month for month in months if month.month == str(view.month))
    used = usage.last_days(DAYS) if view.period == "days" else usage.last_hours(HOURS)
    sign_ups = _sign_ups(summary, today)
    withheld = withheld_of((each.month, each.participants) for each in months)
    return OverviewPage(
        summary=summary,
        view=view,
        this_month=months[-1],
        ever_kg=summary.kg if summary and summary.loggers not in range(1, MINIMUM) else None,
        this_month_kg=None if months[-1].month in withheld else months[-1].co2_emissions,
        minimum=MINIMUM,
        new_people=sum(count for _, count in sign_ups),
        months=_months_chart(months, view, withheld),
        days=_days_chart(chosen, view, today, is_withheld=chosen.month in withheld),
        sign_ups=_sign_ups_chart(sign_ups, today),
        platform=platform_charts(used, view.period),
        shows=tuple(Choice(label, view.url(show=name), view.show == name) for name, label in SHOWN.items()),
        periods=tuple(
            Choice(label, view.url(period=name), view.period == name) for name, label in PERIODS.items()
        ),
        has_usage=not all(each.is_empty for each in used),
    )


def _months_chart(months: Sequence[MonthTotals], view: View, withheld: Collection[str]) -> CountChart:
    parts, notes, text = _shown(view.show)
    if view.show == "kg":
        parts = [Part(TYPE_LABELS[kind], f"type-{kind.value}") for kind in ActivityType]
    columns = []
    for totals in months:
        month = Month.parse(totals.month)
        values: tuple[Decimal, ...] = (_month_value(totals, view.show),)
        if view.show == "kg":
            by_type = totals.by_activity_type()
            values = tuple(by_type.get(kind, ZERO) for kind in ActivityType)
        is_withheld = view.show == "kg" and totals.month in withheld
        columns.append(
            Figures(
                month.label,
                tuple(ZERO for _ in values) if is_withheld else values,
                tuple(_month_value(totals, name) for name in notes),
                tick=month.short_name,
                url=view.url(month=month),
                is_unfinished=month == view.this_month,
                is_selected=month == view.month,
                is_withheld=is_withheld,
            )
        )
    return count_chart(
        f"Twelve months: {SHOWN[view.show]}", columns, parts=parts, notes=notes, text=text, **_sum_of(view)
    )


def _days_chart(totals: MonthTotals, view: View, today: date, *, is_withheld: bool) -> CountChart:
    """The days of a month; with it, all that somebody logged on are withheld."""
    parts, notes, text = _shown(view.show)
    month = Month.parse(totals.month)
    withheld = _withheld_days(totals, month, whole=is_withheld) if view.show == "kg" else ()
    columns = [
        Figures(
            f"{day.day} {day:%B}",
            (ZERO if day.day in withheld else _day_value(totals, day.day, view.show),),
            tuple(_day_value(totals, day.day, name) for name in notes),
            tick=str(day.day) if day.day in (1, 8, 15, 22, 29) else "",
            is_unfinished=day == today,
            is_withheld=day.day in withheld,
        )
        for day in each_day(month.first_day, month.last_day)
    ]
    return count_chart(
        f"{month.label}: {SHOWN[view.show]}", columns, parts=parts, notes=notes, text=text, **_sum_of(view)
    )


def _withheld_days(totals: MonthTotals, month: Month, *, whole: bool) -> Collection[int]:
    people = [
        (day.day, int(_day_value(totals, day.day, "people")))
        for day in each_day(month.first_day, month.last_day)
    ]
    return {day for day, count in people if count} if whole else withheld_of(people)


def _sum_of(view: View) -> dict[str, Any]:
    """What follows the sum of all columns. A mass has its unit already; people are no sum of people."""
    return {"unit": "entries" if view.show == "entries" else "", "can_be_added": view.show != "people"}


def _shown(show: str) -> tuple[list[Part], list[str], Any]:
    """The one part that is drawn, what its titles and table tell besides, and how its values are written."""
    notes = [name for name in SHOWN if name not in (show, "kg")]
    if show == "kg":
        return [Part(SHOWN[show], "part-1")], notes, lambda kg: f"{mass(kg)} CO2e"
    return [Part(SHOWN[show], "part-1")], notes, exact


def _month_value(totals: MonthTotals, name: str) -> Decimal:
    return {
        "kg": totals.co2_emissions,
        "entries": Decimal(totals.entries),
        "people": Decimal(totals.participants),
    }[name]


def _day_value(totals: MonthTotals, day: int, name: str) -> Decimal:
    return {
        "kg": totals.day(day),
        "entries": Decimal(totals.day_entries(day)),
        "people": totals.counter(day_people_counter(day)),
    }[name]


def _sign_ups(summary: Summary | None, today: date) -> list[tuple[date, int]]:
    counted = summary.sign_ups if summary else {}
    days = each_day(today - timedelta(days=SIGN_UP_DAYS - 1), today)
    return [(day, counted.get(day, 0)) for day in days]


def _sign_ups_chart(sign_ups: list[tuple[date, int]], today: date) -> CountChart:
    columns = [
        Figures(
            f"{day.day} {day:%B}",
            (Decimal(count),),
            tick=_day_tick(day, index, len(sign_ups)),
            is_unfinished=day == today,
        )
        for index, (day, count) in enumerate(sign_ups)
    ]
    return count_chart(
        f"Sign-ups in {SIGN_UP_DAYS} days", columns, unit="people", parts=[Part("Sign-ups", "part-1")]
    )


def _day_tick(day: date, index: int, count: int) -> str:
    """Every tenth day, counted from today backwards."""
    return f"{day.day} {day:%b}" if (count - 1 - index) % 10 == 4 else ""


#: The charts of usage: title, unit, and the counters that are stacked with what they are called.
_USAGE = (
    ("Requests answered", "requests", (("requests", "Requests"),)),
    ("Errors", "errors", (("failed", "Answers of 5xx"), ("jobs_failed", "Jobs failed"))),
    ("DynamoDB requests", "requests", (("dynamodb_requests", "Requests"),)),
    ("DynamoDB units", "request units", (("read_units", "Read"), ("write_units", "Written"))),
    (
        "DynamoDB trouble",
        "tries",
        (("throttled", "Throttled"), ("conflicts", "Conflicts"), ("unavailable", "Not answered")),
    ),
    ("Jobs done", "jobs", (("jobs", "Jobs"),)),
)


def platform_charts(used: Sequence[Usage], period: str) -> tuple[CountChart, ...]:
    """What pages and jobs did, hour by hour or day by day (UTC)."""
    return tuple(
        count_chart(
            title,
            [
                Figures(
                    _moment_label(each.at, period),
                    tuple(each[name] for name, _ in counters),
                    tick=_moment_tick(each.at, index, len(used), period),
                    is_unfinished=index == len(used) - 1,
                )
                for index, each in enumerate(used)
            ],
            unit=unit,
            parts=[Part(label, f"part-{number}") for number, (_, label) in enumerate(counters, start=1)],
        )
        for title, unit, counters in _USAGE
    )


def _moment_label(moment: datetime, period: str) -> str:
    day = f"{moment.day} {moment:%B}"
    return day if period == "days" else f"{day}, {moment:%H}:00"


def _moment_tick(moment: datetime, index: int, count: int, period: str) -> str:
    if period == "days":
        return _day_tick(moment.date(), index, count)
    return f"{moment:%H}:00" if moment.hour % 6 == 0 else ""
