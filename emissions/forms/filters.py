"""What the list of entries is narrowed to: read from the address, written back into links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.utils.formats import date_format

from carbontrack.widgets import Select
from emissions.domain.entries import ActivityType
from emissions.factors.categories import CATEGORY_LABELS, TYPE_LABELS
from emissions.filters import EntryFilters, Period

Options = list[tuple[str, str]]

PERSONAL, WORK = "0", "1"
WORK_LABELS = {PERSONAL: "Personal", WORK: "Work"}

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_period(text: str) -> Period | None:
    """`2026`, `2026-11` or `2026-11-03`; None for anything else: a mistyped address shows everything."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return Period(day, day)
        return Period.parse(text)
    except ValueError:
        return None


def period_label(period: Period) -> str:
    """The days of a period in words: a year, a month, a day or two days."""
    first, last = period.first_on, period.last_on
    if first is None or last is None:
        return f"until {_day(last)}" if last else f"from {_day(first)}" if first else "any time"
    if first == last:
        return _day(first)
    if period == Period.year(first.year):
        return str(first.year)
    if period == Period.month(first.year, first.month):
        return date_format(first, "F Y")
    return f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return date_format(day, "j F Y")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on: what it says, and the address of the list without it."""

    label: str
    query: str


class FilterForm(forms.Form):
    """Filters by type, category and days, for members also by personal and work.

    Whatever makes no sense is left out rather than refused.
    """

    type = forms.ChoiceField(required=False, label="Type", widget=Select)
    category = forms.ChoiceField(required=False, label="Category", widget=Select)
    period = forms.ChoiceField(required=False, label="When", widget=Select)
    work = forms.ChoiceField(required=False, label="Personal or work", widget=Select)
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(required=False, label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, data: Mapping[str, str], *, today: date, is_member: bool = False) -> None:
        super().__init__({name: data.get(name, "") for name in self.base_fields}, auto_id="filter_%s")
        if is_member:
            self.set_choices("work", "All entries", list(WORK_LABELS.items()))
        else:
            del self.fields["work"]
        self.set_choices("type", "All types", [(kind.value, label) for kind, label in TYPE_LABELS.items()])
        self.set_choices("category", "All categories", category_options(data.get("type", "")))
        self.set_choices("period", "Any time", period_options(data.get("period", ""), today))
        self.is_valid()

    def set_choices(self, name: str, anything: str, options: Options) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", anything), *options]

    @property
    def filters(self) -> EntryFilters:
        kind, category = self.cleaned_data.get("type"), self.cleaned_data.get("category")
        work = self.cleaned_data.get("work")
        return EntryFilters(
            activity_type=ActivityType(kind) if kind else None,
            category=category or None,
            period=self._period,
            work=work == WORK if work else None,
        )

    @property
    def _period(self) -> Period | None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since or until:
            return Period(*sorted((since, until))) if since and until else Period(since, until)
        return parse_period(self.cleaned_data.get("period", ""))

    def includes(self, day: date) -> bool:
        """Whether entries of this day are among those shown, as far as days go."""
        period = self.filters.period
        return period is None or day in period

    @property
    def days_chosen(self) -> bool:
        return bool(self.cleaned_data.get("since") or self.cleaned_data.get("until"))

    @property
    def query(self) -> dict[str, str]:
        """The filters that are on, as they stand in the address."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
            if value and not (name == "period" and self.days_chosen)
        }

    def chips(self) -> Iterator[Chip]:
        """The filters that are on, each with a way to take it off."""
        filters, query = self.filters, self.query
        if filters.activity_type:
            yield Chip(TYPE_LABELS[filters.activity_type], _without(query, "type"))
        if filters.category:
            options = dict(category_options(query.get("type", "")))
            yield Chip(options[filters.category], _without(query, "category"))
        if filters.period:
            yield Chip(period_label(filters.period), _without(query, "period", "since", "until"))
        if filters.work is not None:
            yield Chip(WORK_LABELS[query["work"]], _without(query, "work"))


def _without(query: Mapping[str, str], *names: str) -> str:
    return urlencode({name: value for name, value in query.items() if name not in names})


def category_options(activity_type: str) -> Options:
    """The categories of a type, or of all: what was found in the catalogue has to be found again here."""
    kinds = [activity_type] if activity_type in CATEGORY_LABELS else CATEGORY_LABELS
    return [pair for kind in kinds for pair in CATEGORY_LABELS[kind].items()]


def period_options(chosen: str, today: date) -> Options:
    """This and last month and year, and whatever else the address asks for."""
    last_month = today.replace(day=1) - timedelta(days=1)
    options = {
        f"{today:%Y-%m}": "This month",
        f"{last_month:%Y-%m}": "Last month",
        f"{today.year:04}": "This year",
        f"{today.year - 1:04}": "Last year",
    }
    if chosen not in options and (period := parse_period(chosen)):
        options[chosen] = period_label(period)
    return list(options.items())
