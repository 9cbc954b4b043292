"""Two periods beside each other: in total, by type and by category, and how much was logged in each.

A period that is still running is compared with as many days of the other, where both are as long by the
calendar; periods of different lengths are compared by the day. Totals know the kg of each day and the kg of
each category in a month, but not of a category on a day. So where days of a month are left out, its
categories come from its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from emissions.dashboard.breakdown import CategoryKey
from emissions.dashboard.history import History, Stretch
from emissions.dashboard.periods import Month, each_day
from emissions.domain.entries import ActivityType, Entry
from emissions.factors.categories import TYPE_LABELS, category_label
from emissions.filters import Period
from emissions.insights.spans import Span

ZERO = Decimal(0)
#: Who logs on less than this share of the days they logged on in the other period may have left things out.
SPARSE = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which days of which months are compared. `today` is the person's; `days` how many count of each."""

    current: Span
    earlier: Span
    today: date
    current_days: int
    earlier_days: int

    @property
    def is_shortened(self) -> bool:
        """Whether days that have come are left out, so that both have the same number."""
        return (self.current_days, self.earlier_days) != (
            self.current.elapsed(self.today),
            self.earlier.elapsed(self.today),
        )

    @property
    def is_by_day(self) -> bool:
        """Whether the lengths differ so much that only kg a day can be compared."""
        return not self.current.is_alike(self.earlier)


def plan(current: Span, earlier: Span, *, today: date) -> Plan:
    """Decide which days to compare. Both spans must have begun.

    Where one is unfinished and both are alike, each gives as many first days as have come of both.
    """
    current_days, earlier_days = current.elapsed(today), earlier.elapsed(today)
    unfinished = current.is_unfinished(today) or earlier.is_unfinished(today)
    if unfinished and current.is_alike(earlier):
        current_days = earlier_days = min(current_days, earlier_days)
    return Plan(current, earlier, today, current_days, earlier_days)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two periods, as far as it is compared. `by_category` is kg CO2e, None where not known.

    `months_with` is in how many of its months a category has something; in `empty_months` nothing is logged.
    """

    span: Span
    stretch: Stretch
    by_category: Mapping[CategoryKey, Decimal] | None
    months_with: Mapping[CategoryKey, int]
    is_unfinished: bool
    empty_months: tuple[Month, ...]

    @property
    def kg(self) -> Decimal:
        return self.stretch.kg

    @property
    def kg_a_day(self) -> Decimal:
        return self.kg / self.stretch.days

    @property
    def month_count(self) -> int:
        """How many months it touches."""
        return len(tuple(Month.of(self.stretch.first).until(Month.of(self.stretch.last))))

    @property
    def label(self) -> str:
        return self.span.days_label(self.stretch.days)


@dataclass(frozen=True, slots=True)
class Row:
    """A type, or one of its categories, in both periods. kg CO2e, or kg a day where lengths differ."""

    activity_type: str
    category: str
    label: str
    current: Decimal
    earlier: Decimal
    current_months: int = 0
    earlier_months: int = 0

    @property
    def change(self) -> Decimal:
        return self.current - self.earlier

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.change, self.earlier)

    @property
    def largest(self) -> Decimal:
        return max(self.current, self.earlier)


@dataclass(frozen=True, slots=True)
class TypeRows:
    """An activity type and its categories, the largest first."""

    total: Row
    categories: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """Both sides, and the types that either has."""

    plan: Plan
    current: Side
    earlier: Side
    types: tuple[TypeRows, ...]

    @property
    def is_known(self) -> bool:
        """Whether there is something to compare: nothing logged is not the same as nothing emitted."""
        return self.current.stretch.entries > 0 and self.earlier.stretch.entries > 0

    @property
    def has_categories(self) -> bool:
        return self.current.by_category is not None and self.earlier.by_category is not None

    @property
    def change(self) -> Decimal:
        """kg CO2e more (less: negative), or kg a day where lengths differ."""
        if self.plan.is_by_day:
            return self.day_change
        return self.current.kg - self.earlier.kg

    @property
    def day_change(self) -> Decimal:
        return self.current.kg_a_day - self.earlier.kg_a_day

    @property
    def percent(self) -> Decimal | None:
        base = self.earlier.kg_a_day if self.plan.is_by_day else self.earlier.kg
        return percent_of(self.change, base)

    def may_be_gap(self, row: Row) -> bool:
        """Whether the smaller figure was logged in fewer months: the difference may be what is missing.

        Months in which nothing at all is logged are told of once, not with each category.
        """
        current = row.current_months + len(self.current.empty_months)
        earlier = row.earlier_months + len(self.earlier.empty_months)
        return current < earlier if row.change < 0 else row.change > 0 and earlier < current

    @property
    def sparse(self) -> Side | None:
        """The side that was logged on clearly fewer of its days: its figure may be low for that alone."""
        shares = [
            (Decimal(side.stretch.days_with_entries) / side.stretch.days, side)
            for side in (self.current, self.earlier)
        ]
        (less, side), (more, _other) = sorted(shares, key=lambda pair: pair[0])
        return side if less < more * SPARSE else None


def percent_of(change: Decimal, base: Decimal) -> Decimal | None:
    """A change in percent; None where nothing was there, of which nothing is a share."""
    return None if base <= 0 else change / base * 100


def pieces(history: History, span: Span, days: int) -> list[Period]:
    """Days whose categories the totals cannot tell: those compared of a month that has entries on others."""
    last = span.day(days)
    found = []
    for month in span.months:
        if month.first_day > last or not history.month(month).entries:
            continue
        upto = min(month.last_day, last)
        if any(day in history.entries for day in each_day(upto + timedelta(days=1), month.last_day)):
            found.append(Period(month.first_day, upto))
    return found


def side_of(
    history: History, plan: Plan, span: Span, days: int, entries: Mapping[Period, Sequence[Entry] | None]
) -> Side:
    """One side. `entries` are those of its `pieces`; None for one that has more than were read.

    Where entries do not make up what the days' totals say (some are archived), categories are not known.
    """
    last = span.day(days)
    cut = {Month.of(period.first_on): rows for period, rows in entries.items() if period.first_on}
    sums: dict[CategoryKey, Decimal] = {}
    months_with: dict[CategoryKey, int] = {}
    is_known = True
    for month in span.months:
        if month.first_day > last:
            break
        of_month = history.month(month).by_category()
        if month in cut:
            rows, days_kg = cut[month], history.stretch(month.first_day, min(month.last_day, last)).kg
            is_known = is_known and rows is not None and _kg(rows) == days_kg
            of_month = _sums(rows or ())
        for key, kg in of_month.items():
            if kg:
                sums[key] = sums.get(key, ZERO) + kg
                months_with[key] = months_with.get(key, 0) + 1
    stretch = history.stretch(span.first.first_day, last)
    return Side(
        span,
        stretch,
        sums if is_known else None,
        months_with,
        is_unfinished=span.is_unfinished(plan.today),
        empty_months=tuple(
            month for month in span.months if month.first_day <= last and not history.month(month).entries
        ),
    )


def compare_periods(
    history: History, plan: Plan, entries: Mapping[Period, Sequence[Entry] | None]
) -> PeriodComparison:
    """Compare as planned. `entries` are those of the `pieces` of both spans."""
    current_entries, earlier_entries = (
        {period: entries[period] for period in pieces(history, span, days)}
        for span, days in ((plan.current, plan.current_days), (plan.earlier, plan.earlier_days))
    )
    current = side_of(history, plan, plan.current, plan.current_days, current_entries)
    earlier = side_of(history, plan, plan.earlier, plan.earlier_days, earlier_entries)
    return PeriodComparison(plan, current, earlier, _types(current, earlier, is_by_day=plan.is_by_day))


def _kg(entries: Iterable[Entry]) -> Decimal:
    return sum((entry.co2_emissions for entry in entries), ZERO)


def _sums(entries: Iterable[Entry]) -> dict[CategoryKey, Decimal]:
    sums: dict[CategoryKey, Decimal] = {}
    for entry in entries:
        key = (entry.activity_type.value, entry.category)
        sums[key] = sums.get(key, ZERO) + entry.co2_emissions
    return sums


def _types(current: Side, earlier: Side, *, is_by_day: bool) -> tuple[TypeRows, ...]:
    """By type in the product's order; nothing where the categories of a side are not known."""
    if current.by_category is None or earlier.by_category is None:
        return ()
    divisors = (current.stretch.days, earlier.stretch.days) if is_by_day else (1, 1)
    rows = [
        Row(
            *key,
            category_label(*key),
            current.by_category.get(key, ZERO) / divisors[0],
            earlier.by_category.get(key, ZERO) / divisors[1],
            current.months_with.get(key, 0),
            earlier.months_with.get(key, 0),
        )
        for key in {*current.by_category, *earlier.by_category}
    ]
    rows.sort(key=lambda row: (-row.largest, row.label))
    return tuple(
        TypeRows(_total(kind, own), own)
        for kind in ActivityType
        if (own := tuple(row for row in rows if row.activity_type == kind))
    )


def _total(kind: ActivityType, rows: Sequence[Row]) -> Row:
    current = sum((row.current for row in rows), ZERO)
    earlier = sum((row.earlier for row in rows), ZERO)
    return Row(kind.value, "", TYPE_LABELS[kind], current, earlier)
