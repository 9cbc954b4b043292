"""The name and the place of a department, and what to merge it into."""

from __future__ import annotations

from typing import Any

from django import forms

from carbontrack.widgets import Select
from organizations.domain import Department, Organization
from organizations.forms.fields import NameField, SeenVersionField
from organizations.services.departments import possible_parents, possible_targets

NAME_CHARACTERS = 60
NOT_IN_THE_LIST = "Choose an open department from the list."


class DepartmentForm(forms.Form):
    """A new department, or changes of `department`. Without `offers_parents` a page shows no parents."""

    name = NameField(
        label="Name",
        max_length=NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Give it a name.",
            "max_length": f"A name has at most {NAME_CHARACTERS} characters.",
        },
    )
    parent = forms.ChoiceField(
        label="Inside",
        required=False,
        widget=Select,
        error_messages={"invalid_choice": NOT_IN_THE_LIST},
    )
    seen_version = SeenVersionField()

    def __init__(
        self, data: Any = None, *, organization: Organization, department: Department | None = None
    ) -> None:
        initial = {
            "name": department.name if department else "",
            "parent": (department.parent_id if department else None) or "",
            "seen_version": organization.version,
        }
        super().__init__(data, initial=initial)
        parents = possible_parents(organization, department)
        choices = [("", "Nothing: on the top level"), *((each.id, each.name) for each in parents)]
        self.fields["parent"].choices = choices  # type: ignore[attr-defined]
        self.offers_parents = bool(parents)

    @property
    def parent_id(self) -> str | None:
        """What a valid form says it is inside of."""
        return self.cleaned_data["parent"] or None


class MergeForm(forms.Form):
    """What a department is merged into."""

    into = forms.ChoiceField(
        label="Merge it into",
        widget=Select,
        error_messages={"required": NOT_IN_THE_LIST, "invalid_choice": NOT_IN_THE_LIST},
    )
    seen_version = SeenVersionField()

    def __init__(self, data: Any = None, *, organization: Organization, department: Department) -> None:
        super().__init__(data)
        targets = possible_targets(organization, department)
        choices = [(each.id, organization.department_label(each.id)) for each in targets]
        self.fields["into"].choices = [("", "Choose a department"), *choices]  # type: ignore[attr-defined]
