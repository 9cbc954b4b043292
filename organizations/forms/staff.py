"""What staff of the platform type about organizations: whom they look for, why they act, and for how long."""

from __future__ import annotations

from typing import Any

from django import forms

from carbontrack.widgets import Select
from organizations.forms.fields import NameField
from organizations.repositories.directory import OrganizationState

MOST_SEARCH_CHARACTERS = 100
SHORTEST_REASON = 10
LONGEST_REASON = 300
MINUTES = [(15, "15 minutes"), (30, "30 minutes"), (60, "An hour")]
STATE_LABELS = {
    OrganizationState.ACTIVE: "Active",
    OrganizationState.SUSPENDED: "Suspended",
    OrganizationState.DELETING: "Being deleted",
}


class ReasonField(NameField):
    """Why, in words that those concerned read as well."""

    def __init__(self, help_text: str) -> None:
        super().__init__(
            label="Reason",
            min_length=SHORTEST_REASON,
            max_length=LONGEST_REASON,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={
                "required": "Say why. Those concerned read it.",
                "min_length": f"Say a little more: at least {SHORTEST_REASON} characters.",
                "max_length": f"At most {LONGEST_REASON} characters.",
            },
        )


class OrganizationSearchForm(forms.Form):
    """Search and filter of the list, from the address. Whatever makes no sense is left out, not refused."""

    q = forms.CharField(required=False, label="Search")
    state = forms.ChoiceField(
        required=False,
        label="State",
        widget=Select,
        choices=[("", "All"), *((each.value, label) for each, label in STATE_LABELS.items())],
    )

    def __init__(self, data: Any) -> None:
        shown = {name: data.get(name, "") for name in self.base_fields}
        shown["q"] = shown["q"].replace("\x00", "")[:MOST_SEARCH_CHARACTERS]
        super().__init__(shown, auto_id="organization-%s")
        self.is_valid()

    @property
    def text(self) -> str:
        return str(self.cleaned_data.get("q", ""))

    @property
    def chosen_state(self) -> OrganizationState | None:
        state = self.cleaned_data.get("state")
        return OrganizationState(state) if state else None

    @property
    def query(self) -> dict[str, str]:
        """What is narrowed, as it stands in the address."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class SuspensionForm(forms.Form):
    reason = ReasonField("Its administrators are mailed this, and it stands in their audit trail.")


class HandOverForm(forms.Form):
    """Whoever is to administer all of an organization, by address."""

    email = forms.EmailField(
        label="Email address",
        help_text="Of a member, who becomes an administrator at once; anybody else is invited to be one.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Whose address?", "invalid": "That is no email address."},
    )
    reason = ReasonField("The new administrator is mailed this, and it stands in the audit trail.")


class VisitForm(forms.Form):
    """Why somebody looks, and for how long."""

    reason = ReasonField("They read it in their own audit trail. Name the request you are answering.")
    minutes = forms.TypedChoiceField(
        label="For",
        coerce=int,
        choices=MINUTES,
        initial=15,
        widget=Select,
        error_messages={"required": "Choose for how long.", "invalid_choice": "Choose one of these."},
    )
