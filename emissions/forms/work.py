"""What administrators decide about the work of their organization. Anything else in a request is not read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from carbontrack.widgets import Select
from emissions.days import EARLIEST_DAY
from emissions.figures import KG_PER_TONNE
from emissions.forms.amounts import parse_number
from emissions.services.targets import TargetDraft
from emissions.work.years import ReportingYear
from organizations.domain import Organization
from organizations.forms.fields import NameField

#: How far ahead a target may be.
MOST_YEARS_AHEAD = 40
#: The emissions of the largest companies, use of what they sell included: more is a slip of the finger.
LARGEST_BASE_KG = Decimal(10) ** 13
REASON_CHARACTERS = 300
CHOOSE_A_YEAR = "Choose a year from the list."


class NumberField(forms.CharField):
    """A number as people type it, a Decimal; None where nothing is typed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": False})
        errors = {"max_length": "That number is too long. Round it to a few digits."}
        super().__init__(max_length=60, widget=widget, **options)
        self.error_messages.update(errors)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return parse_number(text) if text else None


class TargetForm(forms.Form):
    """A base year, what it emitted where that is not known, and a reduction by another year.

    Years are reporting years, named by the one in which they begin.
    """

    base_year = forms.TypedChoiceField(
        label="Base year",
        coerce=int,
        widget=Select,
        help_text="What later years are compared with.",
        error_messages={"required": CHOOSE_A_YEAR, "invalid_choice": CHOOSE_A_YEAR},
    )
    base_tonnes = NumberField(
        label="Emissions of the base year",
        required=False,
        help_text="Leave it empty to take what was logged.",
    )
    reduction_percent = NumberField(
        label="Reduction",
        help_text="In percent of the base year. 100 means that nothing is left.",
        error_messages={"required": "Say by how much, for example 30."},
    )
    target_year = forms.TypedChoiceField(
        label="By",
        coerce=int,
        widget=Select,
        help_text="The path runs straight from one year to the other.",
        error_messages={"required": CHOOSE_A_YEAR, "invalid_choice": CHOOSE_A_YEAR},
    )

    def __init__(self, data: Any = None, *, organization: Organization, this_year: ReportingYear) -> None:
        initial = {"base_year": str(this_year.previous.year), "target_year": str(this_year.year + 5)}
        super().__init__(data, initial=initial)
        begins_in = organization.reporting_year_start
        bases = range(this_year.year, EARLIEST_DAY.year - 1, -1)
        targets = range(this_year.year, this_year.year + MOST_YEARS_AHEAD + 1)
        for name, years in (("base_year", bases), ("target_year", targets)):
            choices = [
                (str(year), ReportingYear.beginning(year, begins_in=begins_in).label) for year in years
            ]
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_base_tonnes(self) -> Decimal | None:
        tonnes: Decimal | None = self.cleaned_data["base_tonnes"]
        if tonnes is None:
            return None
        if tonnes <= 0:
            raise ValidationError("The base year needs more than zero, or there is nothing to reduce.")
        if tonnes * KG_PER_TONNE > LARGEST_BASE_KG:
            raise ValidationError("That is more than any organization emits. Look at the unit: tonnes.")
        return tonnes

    def clean_reduction_percent(self) -> Decimal:
        percent: Decimal = self.cleaned_data["reduction_percent"]
        if not 0 < percent <= 100:
            raise ValidationError("A reduction is more than 0 and at most 100 percent.")
        if percent != percent.quantize(Decimal("0.01")):
            raise ValidationError("At most two digits after the point.")
        return percent

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        base_year, target_year = cleaned.get("base_year"), cleaned.get("target_year")
        if base_year is not None and target_year is not None and target_year <= base_year:
            self.add_error("target_year", "Choose a year after the base year.")
        return cleaned

    @property
    def chosen_base_year(self) -> int:
        """What is known best of a form that may be half filled in."""
        cleaned = getattr(self, "cleaned_data", {}).get("base_year")
        return int(cleaned if cleaned is not None else self.initial["base_year"])

    def draft(self) -> TargetDraft:
        """What a valid form asks for."""
        tonnes = self.cleaned_data["base_tonnes"]
        return TargetDraft(
            base_year=self.cleaned_data["base_year"],
            base_kg=None if tonnes is None else tonnes * KG_PER_TONNE,
            reduction_percent=self.cleaned_data["reduction_percent"],
            target_year=self.cleaned_data["target_year"],
        )


class ReopenForm(forms.Form):
    """Why a month is opened again. `month` makes the ids of one page's many forms differ."""

    reason = NameField(
        label="Why",
        max_length=REASON_CHARACTERS,
        help_text="It goes into the audit trail.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": False}),
        error_messages={
            "required": "Say why it is opened again.",
            "max_length": f"Keep it under {REASON_CHARACTERS} characters.",
        },
    )

    def __init__(self, data: Any = None, *, month: str) -> None:
        super().__init__(data, auto_id=f"reopen_{month}_%s")
        self.month = month


class DeletionForm(forms.Form):
    """The organization's name, typed by somebody who means it."""

    name = forms.CharField(
        label="Type the name of the organization",
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": "Type its name, so that nobody deletes it by accident."},
    )

    def __init__(self, data: Any = None, *, organization: Organization) -> None:
        super().__init__(data)
        self._expected = organization.name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self._expected:
            raise ValidationError("That is not its name. Type it exactly as it is written below.")
        return name
