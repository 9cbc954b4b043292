"""Which months a report is about, and of an organization, which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from emissions.reports.periods import MOST_MONTHS, PeriodRefused, ReportPeriod, period_choices, read_period

_MONTH = {"type": "month", "placeholder": "2026-03", "autocomplete": "off"}
Options = Sequence[tuple[str, str]]


class ReportForm(forms.Form):
    """Reads an address. `since` and `until` go before `period`, which is a year or a quarter.

    `departments` are the parts of an organization to choose from; the view reads which may be.
    """

    period = forms.CharField(label="Period", required=False)
    department = forms.CharField(label="Department", required=False)
    since = forms.CharField(label="First month", required=False, widget=forms.TextInput(attrs=_MONTH))
    until = forms.CharField(label="Last month", required=False, widget=forms.TextInput(attrs=_MONTH))

    most_months = MOST_MONTHS

    def __init__(
        self, data: Mapping[str, Any], *, today: date, begins_in: int = 1, departments: Options = ()
    ) -> None:
        asked = {name: data.get(name, "") for name in ("period", "department", "since", "until")}
        super().__init__(asked, auto_id="report_%s")
        self._today, self._begins_in = today, begins_in
        self.department_options = departments
        self.chosen: ReportPeriod | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        asked = {name: str(cleaned.get(name, "")) for name in ("period", "since", "until")}
        try:
            self.chosen = read_period(asked, self._today, begins_in=self._begins_in)
        except PeriodRefused as refused:
            self.add_error(refused.field, refused.message)
        return cleaned

    @property
    def period_options(self) -> Options:
        """Years and quarters, and the one of the address where it is none of the usual."""
        options = list(period_choices(self._today, begins_in=self._begins_in))
        if self.chosen is not None and self.chosen.choice not in dict(options):
            options.insert(0, (self.chosen.choice, self.chosen.label))
        return options

    @property
    def period_chosen(self) -> str:
        return self.chosen.choice if self.chosen is not None else str(self["period"].value() or "")

    @property
    def department_chosen(self) -> str:
        return str(self["department"].value() or "")

    @property
    def month_fields(self) -> list[forms.BoundField]:
        return [self["since"], self["until"]]

    @property
    def names_months(self) -> bool:
        """Whether other months are asked for, or were."""
        return bool(self["since"].value() or self["until"].value())
