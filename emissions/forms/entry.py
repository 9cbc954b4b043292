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
from emissions.domain.entries import Entry
from emissions.domain.publications import is_own
from emissions.domain.scopes import WorkScope
from emissions.factors import units
from emissions.factors.errors import CalculationError
from emissions.forms.amounts import AmountField
from emissions.forms.picker import Picker, pick
from emissions.forms.workplace import USUAL_SCOPE, WORK, ScopeChoice, Workplace, work_state
from emissions.habits import Habits
from emissions.services.drafts import MAX_NOTE_CHARACTERS, EntryDraft, Work
from organizations.domain import Organization

#: What only members of an organization are asked.
WORK_FIELDS = ("work", "department", "work_scope")
#: The organization that a form for work names to its reader. It is only compared: it never decides.
WORK_AT = "work_at"
#: Where the services call a field by another name: `scope` begins the ids here.
_FIELDS_OF_SERVICES = {"scope": "work_scope"}


class EntryForm(forms.Form):
    """Parses what was typed. Rules that need the catalogue's numbers or stored entries are the services'.

    `scope` begins every id on the page, so that several forms can stand in one list. Without `data` the form
    shows `initial` as it is: that is how a half-filled form is narrowed or previewed without complaining.

    With an `organization` it asks whether the entry is for work there. Otherwise it asks nothing of the kind,
    but of an `entry` for a former organization that is changed: it stays so, or becomes personal. An answer
    that says nothing about work changes nothing about it.
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
    work = forms.CharField(label="Personal or for work", required=False)
    department = forms.CharField(label="Department", required=False, widget=Select)
    work_scope = forms.CharField(
        label="Scope",
        required=False,
        widget=Select,
        help_text="Set from what you log. Change it only if your organization counts this differently.",
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
        organization: Organization | None = None,
        entry: Entry | None = None,
        logged: Entry | None = None,
    ) -> None:
        """`logged` is an `entry` of which nothing about work is asked."""
        self.scope = scope
        self.entry = entry
        self.workplace = Workplace.of(profile, organization, entry)
        self.today = local_today(profile.preferences.time_zone)
        if data is not None and entry is not None:
            data = work_state(entry) | dict(data)
        state = {name: str(value) for name, value in (data if data is not None else initial or {}).items()}
        self.picker: Picker = pick(
            state, profile=profile, on=self.today, habits=habits, logged=entry or logged
        )
        filled = {"date": self.today, "people": 1, **(initial or {}), "unit": self.picker.unit}
        super().__init__(data, initial=filled, auto_id=f"{scope}-%s")
        self._profile = profile
        self._offer_units()
        self._offer_work()
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

    def _offer_work(self) -> None:
        """Ask members where the entry counts; of a former organization's only whether it stays there."""
        if self.workplace is None:
            stays = self.entry is not None and self.entry.is_work
            for name in WORK_FIELDS[1:] if stays else WORK_FIELDS:
                del self.fields[name]
            return
        self._scopes = ScopeChoice.of(
            self.picker.choice, self.picker.unit, profile=self._profile, on=self.today
        )
        for name, options in (
            ("department", self.workplace.departments),
            ("work_scope", self._scopes.options),
        ):
            widget = self.fields[name].widget
            assert isinstance(widget, Select)
            widget.choices = options
        self.initial.setdefault("department", self.workplace.usual_department)
        self.initial["work_scope"] = self._scopes.shown(str(self.initial.get("work_scope", USUAL_SCOPE)))

    @property
    def is_for_work(self) -> bool:
        """What is chosen, as the form stands."""
        return "work" in self.fields and self["work"].value() == WORK

    def clean_work(self) -> bool:
        """Whether it is for work: for the organization that the form named, should its reader have moved."""
        is_work = bool(self.cleaned_data["work"] == WORK)
        if is_work and self.workplace is not None:
            organization = self.workplace.organization
            if self.data.get(WORK_AT, organization.id) != organization.id:
                raise ValidationError(
                    f"You belong to {organization.name} since this form was opened. "
                    "Look at what it counts for now, then save again."
                )
        return is_work

    def clean_department(self) -> str | None:
        if self.workplace is None or not self.cleaned_data.get("work"):
            return None
        return self.workplace.read_department(self.cleaned_data["department"])

    def clean_work_scope(self) -> WorkScope | None:
        if not self.cleaned_data.get("work") or not self.picker.fits:
            return None
        return self._scopes.read(self.cleaned_data["work_scope"])

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
            work=self._work(),
        )

    def _work(self) -> Work | None:
        """What it counts for. The organization is the member's own: a form has no say in that."""
        said = self.cleaned_data
        if not said.get("work"):
            return None
        if self.workplace is None:
            return Work.of(self.entry) if self.entry is not None else None
        return Work(self.workplace.organization.id, said["department"], said["work_scope"])

    def filled_in(self) -> EntryForm:
        """This form as if it had been sent as it stands.

        Without work, which changes no figure, unless an organization has factors of its own.
        """
        data = self.data if self.is_bound else {**self.initial, **self._chosen}
        organization = None if self.workplace is None else self.workplace.organization
        if organization is None or not organization.factors_version:
            organization = None
        entry = self.entry
        if organization is None and (entry is None or not is_own(entry.factor.source_id)):
            return EntryForm(data, profile=self._profile, scope=self.scope, logged=entry)
        if self.workplace is not None:
            data = {**data, "department": data.get("department") or self.workplace.usual_department}
        return EntryForm(
            data, profile=self._profile, scope=self.scope, organization=organization, entry=entry
        )

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
        name = _FIELDS_OF_SERVICES.get(field or "", field)
        self.add_error(name if name in self.fields else None, message)
