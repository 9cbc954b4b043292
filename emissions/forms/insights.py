"""What insights ask for: two periods to compare, a change for a what-if, a target with its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.domain import PersonalTarget
from accounts.forms.settings import LARGEST_TARGET_KG
from carbontrack.widgets import Select
from emissions.dashboard.periods import Month
from emissions.days import EARLIEST_DAY
from emissions.figures import KG_PER_TONNE
from emissions.forms.amounts import parse_number
from emissions.insights.changes import LARGEST_AMOUNT, LEAST_PERCENT, MOST_PERCENT, Change
from emissions.insights.lines import Line
from emissions.insights.spans import Span
from emissions.insights.what_if import Swap

#: How far ahead a target may be.
MOST_YEARS_AHEAD = 60
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off", "maxlength": False}


class MonthField(forms.CharField):
    """A calendar month. Browsers without a picker for months take it as text, like `2026-03`."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-03", "maxlength": False})
        widget.input_type = "month"
        super().__init__(max_length=20, widget=widget, **options)
        self.error_messages["required"] = "Choose a month."
        self.error_messages["max_length"] = "Choose a month, like 2026-03."

    def clean(self, value: Any) -> Month | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            month = Month.parse(text)
        except ValueError as error:
            raise ValidationError("Choose a month, like 2026-03.") from error
        if month.first_day < EARLIEST_DAY:
            raise ValidationError(f"Choose a month in {EARLIEST_DAY.year} or later.")
        return month


class CompareForm(forms.Form):
    """Two stretches of months. Without an end, one is a single month."""

    first = MonthField(label="From")
    last = MonthField(label="To", required=False)
    other_first = MonthField(label="From")
    other_last = MonthField(label="To", required=False)

    def __init__(self, data: Mapping[str, str], *, today: date) -> None:
        super().__init__(data, auto_id="compare_%s")
        self._current = Month.of(today)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for first, last in (("first", "last"), ("other_first", "other_last")):
            begin = cleaned.get(first)
            end = cleaned.get(last) or begin
            if begin is None or end is None:
                continue
            if begin > self._current:
                self.add_error(first, "This month has not begun yet.")
            elif end < begin:
                self.add_error(last, "It ends before it begins.")
            elif end > Month(self._current.year, 12):
                self.add_error(last, "Choose a month of this year or an earlier one.")
            else:
                cleaned[f"{first}_span"] = Span(begin, end)
        return cleaned

    @property
    def current(self) -> Span:
        span: Span = self.cleaned_data["first_span"]
        return span

    @property
    def earlier(self) -> Span:
        span: Span = self.cleaned_data["other_first_span"]
        return span


PERCENT, AMOUNT = "percent", "amount"


class ChangeForm(forms.Form):
    """What happens to one line of a what-if: how much, and what does it instead."""

    line = forms.CharField(widget=forms.HiddenInput)
    value = forms.CharField(
        label="How much of it",
        required=False,
        max_length=40,
        help_text="-50 with “percent” is half as much. Empty is as much as it was.",
        widget=forms.TextInput(attrs=_DECIMAL),
        error_messages={"max_length": "That number is too long. Round it to a few digits."},
    )
    how = forms.ChoiceField(
        label="Counted in",
        widget=Select,
        error_messages={"invalid_choice": "Choose one of these.", "required": "Choose one of these."},
    )
    swap = forms.ChoiceField(
        label="Replaced by",
        required=False,
        widget=Select,
        error_messages={"invalid_choice": "Choose one of the list."},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        line: Line,
        unit: str,
        swaps: list[tuple[str, list[Swap]]],
        change: Change | None,
    ) -> None:
        super().__init__(data, initial=_initial(line, change), auto_id="change_%s")
        how = [(PERCENT, "percent more or less")]
        if line.variant and line.amount > 0:
            how.append((AMOUNT, f"{unit} in all"))
        self._choose("how", how)
        same = "Nothing: it stays what it is"
        groups = [(label, [(swap.variant, swap.label) for swap in found]) for label, found in swaps]
        self._choose("swap", [("", same), *groups])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_value(self) -> Decimal | None:
        text = self.cleaned_data["value"].strip().removesuffix("%")
        return parse_number(text) if text else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        value = cleaned.get("value")
        if value is not None and cleaned.get("how") == PERCENT:
            if not LEAST_PERCENT <= value <= MOST_PERCENT:
                self.add_error("value", "From -100 (none of it) to 1000 percent.")
        elif value is not None and not 0 <= value <= LARGEST_AMOUNT:
            self.add_error("value", "Zero or more, and less than a trillion.")
        return cleaned

    def change(self) -> Change:
        """What a valid form says; an empty change where all stays as it was."""
        said = self.cleaned_data
        value, swap = said["value"], said["swap"]
        if value is None:
            return Change(said["line"], swap=swap)
        if said["how"] == PERCENT:
            return Change(said["line"], percent=value.quantize(Decimal("0.001")), swap=swap)
        return Change(said["line"], amount=value.quantize(Decimal("0.000001")), swap=swap)


def _initial(line: Line, change: Change | None) -> dict[str, str]:
    if change is None:
        return {"line": line.key, "how": PERCENT}
    if change.amount is not None:
        return {
            "line": line.key,
            "how": AMOUNT,
            "value": f"{change.amount.normalize():f}",
            "swap": change.swap,
        }
    value = f"{change.percent.normalize():f}" if change.percent else ""
    return {"line": line.key, "how": PERCENT, "value": value, "swap": change.swap}


class TonnesField(forms.CharField):
    """Tonnes as people type them; kg as a Decimal, None where nothing is typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, widget=forms.TextInput(attrs=dict(_DECIMAL)), **options)
        self.error_messages["max_length"] = "That number is too long. Round it to a few digits."

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        kg: Decimal = parse_number(text) * KG_PER_TONNE
        if kg <= 0:
            raise ValidationError("Write more than zero.")
        if kg > LARGEST_TARGET_KG:
            raise ValidationError("At most 1,000 tonnes a year.")
        return kg


def _day_field(**options: Any) -> forms.DateField:
    field = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options)
    field.error_messages["invalid"] = "Choose a day, like 2027-12-31."
    return field


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a path begins unless somebody says otherwise; `kg` is None while a year is not known."""

    kg: Decimal | None
    on: date


class PersonalTargetForm(forms.Form):
    """So much a year, by a day, from where one is."""

    tonnes = TonnesField(label="Target", error_messages={"required": "Say how much, for example 4.5."})
    by = _day_field(label="By", error_messages={"required": "Choose the day to reach it by."})
    base_tonnes = TonnesField(label="You begin at", required=False)
    base_on = _day_field(label="On", required=False)

    def __init__(
        self, data: Any = None, *, initial: dict[str, str], beginning: Beginning, today: date
    ) -> None:
        super().__init__(data, initial=initial)
        self._beginning, self._today = beginning, today
        logged = "Leave it empty to take your last 365 days." if beginning.kg else ""
        self.fields["base_tonnes"].help_text = logged or "What your year comes to now. A guess will do."
        self.fields["base_on"].help_text = "Leave it empty for today."

    def clean_base_tonnes(self) -> Decimal:
        kg: Decimal | None = self.cleaned_data["base_tonnes"] or self._beginning.kg
        if kg is None:
            raise ValidationError("There is no year of entries to take yet. Type what you expect, such as 6.")
        return kg

    def clean_base_on(self) -> date:
        day: date = self.cleaned_data["base_on"] or self._beginning.on
        if not EARLIEST_DAY <= day <= self._today:
            raise ValidationError(f"Choose today or an earlier day, from {EARLIEST_DAY.year} on.")
        return day

    def clean_by(self) -> date:
        day: date = self.cleaned_data["by"]
        if day <= self._today:
            raise ValidationError("Choose a day that is still to come.")
        if day.year > self._today.year + MOST_YEARS_AHEAD:
            raise ValidationError(f"Choose a day within {MOST_YEARS_AHEAD} years.")
        return day

    def target(self) -> PersonalTarget:
        """What a valid form says, in kg."""
        said = self.cleaned_data
        return PersonalTarget(said["tonnes"], said["by"], said["base_tonnes"], said["base_on"])


def tonnes_as_typed(kg: Decimal | None) -> str:
    """kg as somebody would type them in tonnes."""
    return "" if kg is None else f"{(kg / KG_PER_TONNE).normalize():f}"


def target_query(target: PersonalTarget) -> dict[str, str]:
    """A target as the form's address says it, so that a link can fill the form in."""
    return {
        "tonnes": tonnes_as_typed(target.kg_per_year),
        "by": target.by.isoformat() if target.by else "",
        "base_tonnes": tonnes_as_typed(target.base_kg),
        "base_on": target.base_on.isoformat() if target.base_on else "",
    }
