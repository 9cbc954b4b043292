"""The form that begins an import: which file, and whom its entries count for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.domain import Profile
from carbontrack.policy import POLICY
from carbontrack.uploads import OversizedFile
from carbontrack.widgets import Select
from emissions.domain.totals import NO_DEPARTMENT
from emissions.services.importing.creating import Target
from organizations.domain import Organization

UPLOAD_BYTES = POLICY["emissions:import-list"].upload_bytes
#: Whose entries they become where nobody says otherwise.
MYSELF = "me"
NO_FILE = "Choose a file first."
TOO_LARGE = "This file is larger than 20 MB. Keep only the columns you need, or send it in parts."
NOT_IN_THE_LIST = "Choose from the list."


class UploadForm(forms.Form):
    """A file and a target. Administrators may bring in work entries; nobody else is asked.

    With an `organization`, the caller administers it, or some departments of it.
    """

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv,text/tab-separated-values,text/plain"}
        ),
        help_text="CSV or Excel (.xlsx), up to 100,000 rows and 20 MB. Nothing is added before you have seen "
        "what it makes.",
        error_messages={"required": NO_FILE, "missing": NO_FILE, "invalid": NO_FILE},
    )
    target = forms.ChoiceField(
        label="Count them for",
        widget=Select,
        help_text="Work entries count for the department you choose, with you as their author.",
        error_messages={"required": NOT_IN_THE_LIST, "invalid_choice": NOT_IN_THE_LIST},
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        profile: Profile,
        organization: Organization | None = None,
    ) -> None:
        super().__init__(data, files, initial={"target": MYSELF})
        self.organization = organization
        if organization is None:
            del self.fields["target"]
            return
        places = _places(profile, organization)
        options = [(MYSELF, "Me: personal entries"), (f"Work at {organization.name}", places)]
        self.fields["target"].choices = options  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if isinstance(file, OversizedFile) or (file.size or 0) > UPLOAD_BYTES:
            raise ValidationError(TOO_LARGE)
        return file

    @property
    def chosen_target(self) -> Target | None:
        """What a valid form says: None for personal entries."""
        chosen = self.cleaned_data.get("target", MYSELF)
        if chosen == MYSELF or self.organization is None:
            return None
        return Target(self.organization.id, None if chosen == NO_DEPARTMENT else chosen)


def _places(profile: Profile, organization: Organization) -> list[tuple[str, str]]:
    """The departments that somebody may bring entries in for, as they are listed."""
    managed = organization.managed_ids(profile.managed_departments)
    departments = [
        (each.id, organization.department_label(each.id))
        for each in organization.open_departments
        if managed is None or each.id in managed
    ]
    whole = (NO_DEPARTMENT, "No department" if departments else "The organization")
    return [*departments, whole] if managed is None else departments
