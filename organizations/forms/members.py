"""What a list of members is narrowed to, and what an administrator decides of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.domain import Profile, Role
from carbontrack.widgets import Select
from organizations.domain import Department, Organization
from organizations.forms.fields import SeenVersionField
from organizations.repositories.members import MemberFilters, MemberKind, kind_of
from organizations.services.members import NO_DEPARTMENT_TICKED, SYSTEM_ADMINISTRATOR

KIND_LABELS = {
    MemberKind.MEMBER: "Member",
    MemberKind.ADMINISTRATOR: "Administrator",
    MemberKind.LIMITED: "Administrator of some departments",
}
#: What each of them may do, in the words of the form.
KIND_HELP = {
    MemberKind.MEMBER: "Logs what they do for work. Sees nobody's figures but their own.",
    MemberKind.ADMINISTRATOR: "Sees the dashboards, and changes members, departments, targets and settings.",
    MemberKind.LIMITED: "Sees the dashboards and members of these departments, and invites people into them.",
}
NO_DEPARTMENT = "none"
DESCENDING = "-name"
SEARCH_CHARACTERS = 100

Options = list[tuple[str, str]]


def department_options(organization: Organization, departments: tuple[Department, ...]) -> Options:
    return [
        (each.id, organization.department_label(each.id) + ("" if each.is_open else " (archived)"))
        for each in departments
    ]


class AccessField(forms.ChoiceField):
    """What somebody may do: the values of `MemberKind` that a form offers."""

    def __init__(self) -> None:
        super().__init__(
            label="What they may do",
            widget=forms.RadioSelect,
            error_messages={"required": "Choose what they may do.", "invalid_choice": "Choose one of these."},
        )


class AdministeredField(forms.MultipleChoiceField):
    """The departments of a limited administrator. `settle_administered` belongs into the form's `clean`."""

    def __init__(self) -> None:
        super().__init__(
            label="Departments they administer",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="Departments inside these are included.",
            error_messages={"invalid_choice": "Choose from these departments."},
        )


def settle_administered(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Demand departments of a limited administrator, and read none for anybody else."""
    if cleaned.get("access") != MemberKind.LIMITED:
        form.errors.pop("departments", None)  # not asked for, so not wrong either
        cleaned["departments"] = []
    elif "departments" in cleaned and not cleaned["departments"]:
        form.add_error("departments", NO_DEPARTMENT_TICKED)


class MemberFilterForm(forms.Form):
    """Search, filters and order, from the address. Whatever makes no sense is left out, not refused."""

    q = forms.CharField(required=False, label="Search", max_length=SEARCH_CHARACTERS)
    department = forms.ChoiceField(required=False, label="Department", widget=Select)
    role = forms.ChoiceField(required=False, label="Role", widget=Select)
    sort = forms.ChoiceField(
        required=False, label="Order", widget=Select, choices=[("", "A to Z"), (DESCENDING, "Z to A")]
    )

    def __init__(
        self, data: Mapping[str, str], *, organization: Organization, managed: frozenset[str] | None
    ) -> None:
        """`managed` as of `Organization.managed_ids`: who is limited sees and chooses these alone."""
        super().__init__({name: data.get(name, "") for name in self.base_fields}, auto_id="member-%s")
        self._organization = organization
        self._managed = managed
        listed = organization.listed_departments
        offered = tuple(each for each in listed if managed is None or each.id in managed)
        departments = department_options(organization, offered)
        if managed is None:
            departments.append((NO_DEPARTMENT, "No department"))
        self._offer("department", "All departments", departments)
        self._offer("role", "All roles", [(kind.value, label) for kind, label in KIND_LABELS.items()])
        self.is_valid()

    def _offer(self, name: str, anything: str, options: Options) -> None:
        self.fields[name].choices = [("", anything), *options]  # type: ignore[attr-defined]

    @property
    def filters(self) -> MemberFilters:
        kind = self.cleaned_data.get("role")
        return MemberFilters(
            search=self.cleaned_data.get("q", ""),
            departments=self._departments,
            kind=MemberKind(kind) if kind else None,
            descending=self.cleaned_data.get("sort") == DESCENDING,
        )

    @property
    def _departments(self) -> frozenset[str | None] | None:
        chosen = self.cleaned_data.get("department")
        if chosen == NO_DEPARTMENT:
            return frozenset({None})
        return frozenset(self._organization.merged_ids(chosen)) if chosen else self._managed

    @property
    def query(self) -> dict[str, str]:
        """The search, the filters and the order, as they stand in the address."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether the caller asked for some of the people they may see."""
        return bool(self.query.keys() - {"sort"})


class MemberForm(forms.Form):
    """What a member may do, and where they belong.

    `seen_version` is that of the membership when the form was drawn: a change made since is not overwritten.
    """

    access = AccessField()
    departments = AdministeredField()
    department = forms.ChoiceField(
        label="Department",
        required=False,
        widget=Select,
        help_text="New work entries are logged for it. Earlier ones keep the department they had.",
        error_messages={"invalid_choice": "Choose a department that is open, or none."},
    )
    seen_version = SeenVersionField()

    def __init__(self, data: Any = None, *, organization: Organization, member: Profile) -> None:
        own = organization.effective_department(member.department_id)
        managed = {organization.effective_department(each) for each in member.managed_departments or ()}
        super().__init__(
            data,
            initial={
                "access": kind_of(member).value,
                "departments": [each.id for each in managed if each is not None],
                "department": "" if own is None else own.id,
                "seen_version": member.membership_version,
            },
        )
        listed = organization.listed_departments
        limits = department_options(organization, tuple(e for e in listed if e.is_open or e in managed))
        places = department_options(organization, tuple(e for e in listed if e.is_open or e == own))
        kinds = [kind for kind in MemberKind if limits or kind is not MemberKind.LIMITED]
        if member.role is Role.ADMIN:
            kinds = [MemberKind.MEMBER]
            self.fields["access"].help_text = SYSTEM_ADMINISTRATOR
        self.fields["access"].choices = [(kind.value, KIND_LABELS[kind]) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["departments"].choices = limits  # type: ignore[attr-defined]
        self.fields["department"].choices = [("", "No department"), *places]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        settle_administered(self, cleaned)
        return cleaned

    @property
    def membership(self) -> dict[str, Any]:
        """What a valid form says, as `change_member` takes it."""
        data = self.cleaned_data
        is_limited = data["access"] == MemberKind.LIMITED
        return {
            "role": Role.USER if data["access"] == MemberKind.MEMBER else Role.ORG_ADMIN,
            "department_id": data["department"] or None,
            "managed_departments": tuple(data["departments"]) if is_limited else None,
            "seen_version": data["seen_version"],
        }


class MemberRemovalForm(forms.Form):
    """The confirmation. It carries what its reader saw."""

    seen_version = SeenVersionField()
