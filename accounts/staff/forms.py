"""Forms of the console's pages about people."""

from __future__ import annotations

from functools import cached_property

from django import forms

from accounts.domain import Role
from accounts.staff.directory import Filters, State

STATES = (
    ("", "Any"),
    (State.ACTIVE.value, "Active"),
    (State.UNVERIFIED.value, "Address not confirmed"),
    (State.DISABLED.value, "Disabled"),
    (State.ERASING.value, "Being deleted"),
)
ROLES = (
    ("", "Any"),
    (Role.USER.value, "Person"),
    (Role.ORG_ADMIN.value, "Runs an organization"),
    (Role.ADMIN.value, "Runs CarbonTrack"),
)
MOST_CHARACTERS = 254


class PeopleFilterForm(forms.Form):
    """What the list is narrowed to, from the address. Nonsense narrows nothing."""

    q = forms.CharField(required=False, max_length=MOST_CHARACTERS)
    state = forms.ChoiceField(required=False, choices=STATES)
    role = forms.ChoiceField(required=False, choices=ROLES)

    @cached_property
    def query(self) -> dict[str, str]:
        """What of the address narrows anything."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def filters(self) -> Filters:
        query = self.query
        return Filters(
            text=query.get("q", ""),
            state=State(query["state"]) if "state" in query else None,
            role=Role(query["role"]) if "role" in query else None,
        )


class ReasonForm(forms.Form):
    """Why it is done: it stands in the person's own audit trail."""

    reason = forms.CharField(
        label="Reason",
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text="It stands in the audit trail of this account, which the person can read.",
        error_messages={
            "required": "Say why: it stands in the audit trail.",
            "min_length": "Say a little more: at least five characters.",
        },
    )


class RoleForm(ReasonForm):
    """Whether somebody runs the platform. Organizations decide themselves who administers them."""

    role = forms.ChoiceField(
        label="Role",
        choices=(
            (Role.USER.value, "A person like any other"),
            (Role.ADMIN.value, "Administrator of CarbonTrack"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two."},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("role", "reason", "seen_version")


class ErasureForm(forms.Form):
    """That it is really meant, and of whom."""

    address = forms.EmailField(
        label="Type the address of the account",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the address, so that it is nobody else's account."},
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.email = email

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).lower()
        if address != self.email:
            raise forms.ValidationError("This is not the address of this account.")
        return address
