"""What the page of a comparison shows: sentences, bars and links around the figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from emissions.charts.pairs import Pair, PairValue, pairs
from emissions.dashboard.history import Stretch
from emissions.dashboard.links import Links
from emissions.dashboard.periods import Month
from emissions.figures import mass, signed_percent
from emissions.insights.comparison import PeriodComparison, Row
from emissions.insights.spans import Span, compare_query
from emissions.work.years import months_label

#: Categories drawn; the table has them all.
MOST_PAIRS = 10
#: In one month or two, a category that is missing tells nothing: nobody flies every month.
ENOUGH_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Preset:
    """Two periods that people often compare, as a link. `is_chosen` when the page shows them."""

    label: str
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ComparePage:
    """`unit` is what the figures of the types are in: kg, or kg a day where lengths differ."""

    comparison: PeriodComparison
    pairs: tuple[Pair, ...]
    undrawn: int
    current_url: str
    earlier_url: str

    @property
    def unit(self) -> str:
        return "kg CO2e a day" if self.comparison.plan.is_by_day else "kg CO2e"

    @property
    def headline(self) -> str:
        """`−25%`, `The same`, `12 kg more`."""
        change, percent = self.comparison.change, self.comparison.percent
        if not change:
            return "The same"
        if percent is None:
            return f"{mass(abs(change))} more"
        return signed_percent(percent)

    @property
    def sentence(self) -> str:
        """The difference in words, exact about what was compared."""
        comparison = self.comparison
        change = abs(comparison.change)
        word = "less" if comparison.change < 0 else "more"
        if comparison.plan.is_by_day:
            much = f"{mass(change)} CO2e a day {word}" if change else "Just as much a day"
            return f"{much} in {comparison.current.label} than in {comparison.earlier.label}."
        much = f"{mass(change)} CO2e {word} than" if change else "Just as much as"
        return f"{comparison.current.label}: {much} in {comparison.earlier.label}."

    @property
    def empty_note(self) -> str:
        """The months in which nothing at all is logged, of periods that have others."""
        sides = (self.comparison.current, self.comparison.earlier)
        empty = [month for side in sides if side.month_count > 1 for month in side.empty_months]
        return f"Nothing is logged in {months_label(empty)}." if empty else ""

    @property
    def days_note(self) -> str:
        """Which days count, where these are not simply both periods."""
        plan, current, earlier = self.comparison.plan, self.comparison.current, self.comparison.earlier
        if plan.is_by_day:
            return (
                f"The two are not equally long ({current.stretch.days} and {earlier.stretch.days} days), so "
                "figures are by the day."
            )
        unfinished = [side.span.label for side in (current, earlier) if side.is_unfinished]
        if unfinished:
            return (
                f"{unfinished[0]} is not over, so the first {current.stretch.days} days of both are compared."
            )
        if current.stretch.days != earlier.stretch.days:
            return (
                f"{current.stretch.days} days against {earlier.stretch.days}. By the day: "
                f"{mass(current.kg_a_day)} against {mass(earlier.kg_a_day)}."
            )
        return f"{current.stretch.days} days each."


def compare_page(comparison: PeriodComparison, links: Links) -> ComparePage:
    rows = sorted(
        (row for kind in comparison.types for row in kind.categories),
        key=lambda row: (-abs(row.change), -row.largest),
    )
    return ComparePage(
        comparison,
        pairs=pairs([_value(row, comparison) for row in rows[:MOST_PAIRS]]),
        undrawn=max(0, len(rows) - MOST_PAIRS),
        current_url=_entries_url(links, comparison.current.stretch),
        earlier_url=_entries_url(links, comparison.earlier.stretch),
    )


def presets(today: date, chosen: tuple[Span, Span] | None) -> tuple[Preset, ...]:
    return tuple(
        Preset(label, urlencode(compare_query(current, earlier)), (current, earlier) == chosen)
        for label, current, earlier in _usual(today)
    )


def usual_spans(today: date) -> tuple[Span, Span]:
    """What the page opens with: this month and the last."""
    month = Month.of(today)
    return Span(month, month), Span(month.shift(-1), month.shift(-1))


def _usual(today: date) -> Iterator[tuple[str, Span, Span]]:
    month = Month.of(today)
    this_month, last_month = usual_spans(today)
    yield "This month, last month", this_month, last_month
    yield "This month, a year ago", this_month, Span(month.shift(-12), month.shift(-12))
    yield "Last month, the one before", last_month, Span(month.shift(-2), month.shift(-2))
    quarter = month.shift(-((month.number - 1) % 3))
    before = Span(quarter.shift(-3), quarter.shift(-1))
    yield "Last quarter, a year ago", before, Span(before.first.shift(-12), before.last.shift(-12))
    yield "This year, last year", Span.year(month.year), Span.year(month.year - 1)
    twelve = Span(month.shift(-12), month.shift(-1))
    yield "12 months, the 12 before", twelve, Span(month.shift(-24), month.shift(-13))


def _entries_url(links: Links, stretch: Stretch) -> str:
    return f"{links.entries}?since={stretch.first}&until={stretch.last}"


def _value(row: Row, comparison: PeriodComparison) -> PairValue:
    """What is smaller and was logged in fewer months says so, where there are months enough to tell."""
    enough = min(comparison.current.month_count, comparison.earlier.month_count) >= ENOUGH_MONTHS
    note = ""
    if enough and comparison.may_be_gap(row):
        note = f"months with it: {row.current_months}, before {row.earlier_months}"
    return PairValue(row.label, row.activity_type, row.current, row.earlier, note)
