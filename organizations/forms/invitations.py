"""Inviting one person, and many at once. What somebody may not offer is no field of their form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator

from accounts.domain import Profile, Role
from accounts.forms.credentials import EMAIL_LENGTH, check_printable
from carbontrack.policy import POLICY
from carbontrack.widgets import Select
from organizations.domain import Organization
from organizations.forms.address_list import ListUnreadable, WrittenRow, decode, read_rows
from organizations.forms.members import (
    KIND_LABELS,
    AccessField,
    AdministeredField,
    department_options,
    settle_administered,
)
from organizations.repositories.members import MemberKind
from organizations.services.invitations import Outcome
from organizations.services.members import Membership
from organizations.services.sending import Offer

NOT_AN_ADDRESS = "Write an email address such as name@example.com."
NOT_IN_THE_LIST = "Choose a department from the list."
#: More than a thousand people with departments and roles need, and little enough for one item's report.
LIST_BYTES = 300_000
UPLOAD_BYTES = POLICY["organizations:invitation-many"].upload_bytes
NOTHING_SENT = "Paste some addresses, or choose a file."
TOO_LONG = "This is too long for one list. Send it in parts."

#: What a role may be called in a list. "admin" is not among them: it could mean several things.
ROLE_WORDS = {
    "member": MemberKind.MEMBER,
    "user": MemberKind.MEMBER,
    "department administrator": MemberKind.LIMITED,
    "administrator": MemberKind.ADMINISTRATOR,
    "org_admin": MemberKind.ADMINISTRATOR,
}


def clean_address(text: str) -> str:
    """An address in lower case. Raises ValidationError."""
    address = text.strip().lower()
    for validate in (
        EmailValidator(NOT_AN_ADDRESS),
        check_printable,
        MaxLengthValidator(EMAIL_LENGTH, f"At most {EMAIL_LENGTH} characters."),
    ):
        validate(address)
    return address


def membership(kind: MemberKind, department_id: str | None, managed: Sequence[str]) -> Membership:
    """The place that a kind of member has."""
    role = Role.USER if kind is MemberKind.MEMBER else Role.ORG_ADMIN
    return Membership(role, department_id, tuple(managed) if kind is MemberKind.LIMITED else None)


class _PlaceForm(forms.Form):
    """The fields that say where somebody is invited to, and as what."""

    department = forms.ChoiceField(
        label="Department",
        required=False,
        widget=Select,
        error_messages={"required": NOT_IN_THE_LIST, "invalid_choice": NOT_IN_THE_LIST},
    )
    access = AccessField()

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        actor: Profile,
        organization: Organization,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial={"access": MemberKind.MEMBER.value, **(initial or {})})
        self.is_full = actor.is_full_organization_admin
        managed = organization.managed_ids(actor.managed_departments)
        departments = [e for e in organization.open_departments if managed is None or e.id in managed]
        self.places = department_options(organization, tuple(departments))
        place = self.fields["department"]
        if self.is_full:
            kinds = [kind for kind in MemberKind if self.places or kind is not MemberKind.LIMITED]
            self.fields["access"].choices = [(kind.value, KIND_LABELS[kind]) for kind in kinds]  # type: ignore[attr-defined]
            place.choices = [("", "No department"), *self.places]  # type: ignore[attr-defined]
        else:
            del self.fields["access"]
            none = [] if len(self.places) == 1 else [("", "Choose a department")]
            place.choices = [*none, *self.places]  # type: ignore[attr-defined]

    @property
    def kind(self) -> MemberKind:
        """What a valid form says; who may invite members only is not asked."""
        return MemberKind(self.cleaned_data.get("access") or MemberKind.MEMBER)


class InvitationForm(_PlaceForm):
    """One address, and what it is offered."""

    email = forms.CharField(
        label="Email address",
        error_messages={"required": NOT_AN_ADDRESS},
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "off",
                "inputmode": "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    departments = AdministeredField()

    field_order = ("email", "department", "access", "departments")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["departments"].choices = self.places  # type: ignore[attr-defined]
        if not self.is_full:
            del self.fields["departments"]
            self.fields["department"].required = True

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        settle_administered(self, cleaned)
        return cleaned

    def offer(self) -> Offer:
        """What a valid form says."""
        data = self.cleaned_data
        place = membership(self.kind, data["department"] or None, data.get("departments") or ())
        return Offer(data["email"], place)


class InvitationListForm(_PlaceForm):
    """Many people, pasted or uploaded. Department and role are for rows that name none.

    Of a valid form, `rows` are its people; `written` is the list as it came, from wherever.
    """

    people = forms.CharField(
        label="People",
        error_messages={"required": NOTHING_SENT},
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        help_text="Addresses, one a line or separated by commas. Or a table: address, department, role.",
    )
    file = forms.FileField(
        label="Or a CSV file",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        help_text="At most 1,000 people at a time, with or without a first line that names the columns.",
    )

    field_order = ("people", "file", "department", "access")

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["people"].required = not (files and files.get("file"))
        self.rows: list[WrittenRow] = []
        self.written = ""

    def clean_file(self) -> str:
        """The text of the file, empty without one."""
        file = self.cleaned_data.get("file")
        if not file:
            return ""
        if file.size > UPLOAD_BYTES:
            raise ValidationError(TOO_LONG)
        try:
            return decode(file.read())
        except ListUnreadable as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        pasted, uploaded = (str(cleaned.get(name) or "") for name in ("people", "file"))
        if pasted.strip() and uploaded.strip():
            raise ValidationError("Paste a list or upload one, not both at once.")
        field = "file" if uploaded.strip() else "people"
        self.written = uploaded if uploaded.strip() else pasted
        try:
            self.rows = self._read()
        except ListUnreadable as error:
            self.add_error(field, str(error))
        return cleaned

    def _read(self) -> list[WrittenRow]:
        if not self.written.strip():
            raise ListUnreadable(NOTHING_SENT)
        if len(self.written.encode()) > LIST_BYTES:
            raise ListUnreadable(TOO_LONG)
        rows = read_rows(self.written, tuple(ROLE_WORDS))
        if not rows:
            raise ListUnreadable("There is nobody in this list.")
        return rows

    def offers(self) -> list[Offer | Outcome]:
        """For each row of a valid form what it offers, or why it offers nothing."""
        return [self._offer(row) for row in self.rows]

    def _offer(self, row: WrittenRow) -> Offer | Outcome:
        try:
            email = clean_address(row.email)
        except ValidationError:
            return Outcome.NOT_AN_ADDRESS
        kind = ROLE_WORDS.get(row.role.casefold()) if row.role else self.kind
        if kind is None:
            return Outcome.UNKNOWN_ROLE
        if kind is not MemberKind.MEMBER and not self.is_full:
            return Outcome.NOT_ALLOWED
        department_id = self.cleaned_data["department"] or None
        if row.department:
            department_id = self._department_called(row.department)
            if department_id is None:
                return Outcome.UNKNOWN_DEPARTMENT
        if department_id is None and (kind is MemberKind.LIMITED or not self.is_full):
            return Outcome.NO_DEPARTMENT
        return Offer(email, membership(kind, department_id, [] if department_id is None else [department_id]))

    def _department_called(self, name: str) -> str | None:
        """By its name, or as `Sales › Field` where two have the same. None if there is not just one."""
        wanted = " ".join(name.casefold().replace(">", "›").split())
        found = [
            department_id
            for department_id, label in self.places
            if wanted in {label.casefold(), label.rpartition(" › ")[2].casefold()}
        ]
        exact = [department_id for department_id, label in self.places if label.casefold() == wanted]
        return exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else None
