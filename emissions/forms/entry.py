"""The form of an entry: to log one and to change one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.domain import Profile
from carbontrack.widgets import Select
from emissions.calculation import MOST_PEOPLE
from emissions.days import EARLIEST_DAY, local_today
from emissions.factors import units
from emissions.factors.errors import CalculationError
from emissions.forms.amounts import AmountField
from emissions.forms.picker import Picker, pick
from emissions.habits import Habits
from emissions.services.drafts import MAX_NOTE_CHARACTERS, EntryDraft


class EntryForm(forms.Form):
    """Parses what was typed. Rules that need the catalogue's numbers or stored entries are the services'.

    `scope` begins every id on the page, so that several forms can stand in one list. Without `data` the form
    shows `initial` as it is: that is how a half-filled form is narrowed or previewed without complaining.
    """

    use_required_attribute = False

    variant = forms.CharField(max_length=200, required=False)
    amount = AmountField()
    unit = forms.CharField(
        max_length=60,
        widget=Select,
        error_messages={"required": "Choose a unit.", "max_length": "Choose a unit from the list."},
    )
    people = forms.IntegerField(
        label="Shared by",
        min_value=1,
        max_value=MOST_PEOPLE,
        initial=1,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 7}),
        error_messages={
            "invalid": "Write a whole number of people, like 2.",
            "min_value": "At least one person: you. Write 1 if you were alone.",
            "max_value": f"At most {MOST_PEOPLE:,} people can share one entry.",
        },
    )
    date = forms.DateField(
        label="Date",
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say which day it was.", "invalid": "Write the day like 2026-03-15."},
    )
    time = forms.TimeField(
        label="Time",
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%I:%M %p"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Write the time like 18:30, or leave it empty."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=MAX_NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": False}),
        error_messages={
            "max_length": "Keep the note under %(limit_value)d characters; this one has %(show_value)d."
        },
    )

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        profile: Profile,
        scope: str = "log",
        initial: Mapping[str, Any] | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.scope = scope
        self.today = local_today(profile.preferences.time_zone)
        state = {name: str(value) for name, value in (data if data is not None else initial or {}).items()}
        self.picker: Picker = pick(state, profile=profile, on=self.today, habits=habits)
        filled = {"date": self.today, "people": 1, **(initial or {}), "unit": self.picker.unit}
        super().__init__(data, initial=filled, auto_id=f"{scope}-%s")
        self._profile = profile
        self._offer_units()
        self.fields["date"].widget.attrs |= {
            "min": EARLIEST_DAY.isoformat(),
            "max": f"{self.today + datetime.timedelta(days=1)}",
        }

    def _offer_units(self) -> None:
        widget = self.fields["unit"].widget
        assert isinstance(widget, Select)
        widget.choices = self.picker.units
        if typical := self.picker.choice.typical_amount:
            self.fields["amount"].widget.attrs["placeholder"] = f"{typical:f}"
        if self.picker.choice.is_per_passenger:
            self.fields["people"].help_text = "Counted for one passenger already: leave it at 1."

    def clean_variant(self) -> str:
        if not self.picker.fits:
            raise ValidationError(
                "These choices did not belong together, so we changed them. Check them, then save again."
                if self.cleaned_data["variant"]
                else "Choose what it was."
            )
        return self.picker.choice.variant

    def clean_unit(self) -> str:
        try:
            code = units.parse_unit(self.cleaned_data["unit"])
        except CalculationError as error:
            raise ValidationError(error.message) from error
        if code not in dict(self.picker.units):
            raise ValidationError("This is not measured in that unit. Choose one from the list.")
        return code

    def clean_people(self) -> int:
        people = self.cleaned_data["people"]
        return 1 if people is None else int(people)

    def draft(self, *, time_zone: str, default_time: datetime.time) -> EntryDraft:
        """What to keep, from a valid form; `default_time` stands in for a time that was not said."""
        said = self.cleaned_data
        return EntryDraft(
            variant=said["variant"],
            amount=said["amount"],
            unit=said["unit"],
            local_date=said["date"],
            local_time=said["time"] or default_time,
            time_zone=time_zone,
            people=said["people"],
            note=said["note"],
        )

    def filled_in(self) -> EntryForm:
        """This form as if it had been sent as it stands."""
        if self.is_bound:
            return self
        return EntryForm({**self.initial, **self._chosen}, profile=self._profile, scope=self.scope)

    @property
    def _chosen(self) -> dict[str, str]:
        choice = self.picker.choice
        return {"variant": choice.variant, "type": choice.activity_type, "category": choice.category}

    def focus(self, name: str) -> None:
        """Let the page open with this field ready to type in."""
        self.fields[name].widget.attrs["autofocus"] = True

    def focus_first_error(self) -> None:
        first = next((name for name in self.fields if name in self.errors and name != "variant"), None)
        if first:
            self.focus(first)

    def refuse(self, message: str, field: str | None) -> None:
        """Put a sentence of the services at its field, or above the form where the form has no such field."""
        self.add_error(field if field in self.fields else None, message)
