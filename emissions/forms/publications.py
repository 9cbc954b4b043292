"""Forms about published factors: an edition and its file, when it is in force, and an organization's own."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from carbontrack.uploads import OversizedFile
from emissions.days import EARLIEST_DAY
from emissions.domain.publications import LARGEST_FACTOR, Publication
from emissions.factors.edition_files import MOST_BYTES, MOST_ROWS
from emissions.forms.work import NumberField
from emissions.services.publishing.own import OwnDraft, OwnFactor
from emissions.services.publishing.uploading import EditionDraft
from organizations.forms.fields import NameField, SeenVersionField

#: How far ahead an edition may begin.
FURTHEST_AHEAD = timedelta(days=2 * 366)
_WRITE_A_DAY = "Write the day like 2026-01-01."
LAST_YEAR = 2100
NOW, LATER = "now", "later"


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say from which day on.", "invalid": _WRITE_A_DAY},
        **options,
    )


def _check_first_day(day: date, today: date) -> date:
    if not EARLIEST_DAY <= day <= today + FURTHEST_AHEAD:
        raise ValidationError(f"Choose a day from {EARLIEST_DAY.year} on, and not more than two years ahead.")
    return day


class EditionForm(forms.Form):
    """What an edition is, and its file."""

    title = NameField(
        label="Title",
        max_length=200,
        help_text="As it stands on the publication: each entry that uses it names it.",
        error_messages={"required": "Give the title of the publication."},
    )
    publisher = NameField(
        label="Publisher",
        max_length=120,
        help_text="Who stands for the figures. The same words as last time let the comparison see what is "
        "missing.",
        error_messages={"required": "Say who publishes it."},
    )
    year = forms.IntegerField(
        label="Edition",
        min_value=1990,
        max_value=LAST_YEAR,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="The year in its name, like 2026.",
        error_messages={
            "required": "Say which year's edition it is.",
            "invalid": "Write a year like 2026.",
            "min_value": "Write a year like 2026.",
            "max_value": "Write a year like 2026.",
        },
    )
    valid_from = _day("For activities from", help_text="The first day whose activities its factors are for.")
    licence = NameField(label="Licence", required=False, max_length=200)
    url = forms.CharField(
        label="Address",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Where people can read it. Pages link there; CarbonTrack never opens it.",
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For everybody who looks at one of its factors.",
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=f"CSV like the template, up to {MOST_ROWS:,} factors and 2 MB. Nothing is in force before "
        "you publish it.",
        error_messages=dict.fromkeys(("required", "missing", "invalid"), "Choose the file first."),
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, today: date, corrects: Publication | None = None
    ) -> None:
        initial: dict[str, Any] = {}
        if corrects is not None:
            names = ("title", "publisher", "year", "valid_from", "licence", "url", "note")
            initial = {name: getattr(corrects, name) for name in names}
        super().__init__(data, files, initial=initial)
        self._today = today

    def clean_valid_from(self) -> date:
        return _check_first_day(self.cleaned_data["valid_from"], self._today)

    def clean_url(self) -> str:
        """An address that a browser opens as a page, or nothing: never one that runs something."""
        url: str = self.cleaned_data["url"].strip()
        if not url:
            return ""
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ValidationError("Write a whole address, like https://www.gov.uk/...") from error
        if parts.scheme not in {"http", "https"} or not parts.netloc or not url.isprintable() or " " in url:
            raise ValidationError("Write a whole address, like https://www.gov.uk/...")
        return url

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if isinstance(file, OversizedFile) or (file.size or 0) > MOST_BYTES:
            raise ValidationError("This file is larger than 2 MB. Send the edition in parts.")
        return file

    def draft(self) -> EditionDraft:
        """What a valid form says."""
        return EditionDraft(**{name: value for name, value in self.cleaned_data.items() if name != "file"})


class PublishForm(forms.Form):
    """From when on an edition is in force for everybody. Days are those of UTC."""

    when = forms.ChoiceField(
        label="When",
        choices=[(NOW, "Now"), (LATER, "From a later day on")],
        widget=forms.RadioSelect,
        initial=NOW,
        error_messages={"required": "Choose when.", "invalid_choice": "Choose when."},
    )
    publish_on = _day("The later day", required=False)
    seen_version = SeenVersionField()

    def __init__(self, data: Any = None, *, today: date, version: int) -> None:
        super().__init__(data, initial={"when": NOW, "seen_version": version})
        self._today = today

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("when") == NOW:
            cleaned["publish_on"] = None
        elif cleaned.get("when") == LATER and "publish_on" not in self.errors:
            day = cleaned.get("publish_on")
            if day is None:
                self.add_error("publish_on", "Say from which day on.")
            elif not self._today < day <= self._today + FURTHEST_AHEAD:
                self.add_error(
                    "publish_on", "Choose a day from tomorrow on, and not more than two years ahead."
                )
        return cleaned


class WithdrawForm(forms.Form):
    """Why an edition ends."""

    reason = NameField(
        label="Why",
        max_length=300,
        help_text="It goes into the audit trail, and stays with the edition.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": False}),
        error_messages={
            "required": "Say why it is withdrawn.",
            "max_length": "Keep it under 300 characters.",
        },
    )
    seen_version = SeenVersionField()

    def __init__(self, data: Any = None, *, version: int) -> None:
        super().__init__(data, initial={"seen_version": version})


class OwnFactorForm(forms.Form):
    """An organization's own figure for one factor. What it is per is the factor's own unit."""

    kg_co2e_per_unit = NumberField(
        label="kg CO2e per unit", error_messages={"required": "Say how much, for example 0.05."}
    )
    source = NameField(
        label="Where the figure is from",
        max_length=200,
        help_text="Like “Green tariff of Northern Power, 2026”. Every work entry that uses it says so.",
        error_messages={"required": "Say where the figure is from: whoever sees it will ask."},
    )
    valid_from = _day("For activities from")
    valid_to = _day("Until", required=False, help_text="The last day. Leave it empty while it goes on.")
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it counts and leaves out, for those who look closely.",
    )
    seen_version = SeenVersionField()

    def __init__(
        self, data: Any = None, *, factor_id: str, today: date, version: int, own: OwnFactor | None = None
    ) -> None:
        initial: dict[str, Any] = {"seen_version": version}
        if own is not None:
            publication = own.publication
            initial |= {
                "kg_co2e_per_unit": f"{own.row.kg_co2e_per_unit:f}",
                "source": publication.title,
                "valid_from": publication.valid_from,
                "valid_to": publication.valid_to,
                "note": publication.note,
            }
        super().__init__(data, initial=initial)
        self._factor_id = factor_id
        self._today = today

    def clean_kg_co2e_per_unit(self) -> Decimal:
        kg: Decimal = self.cleaned_data["kg_co2e_per_unit"]
        if kg < 0:
            raise ValidationError("A factor is zero or more: what is saved elsewhere is not taken off here.")
        if kg > LARGEST_FACTOR:
            raise ValidationError("That is more than anything emits. Look at the unit: kg CO2e.")
        return kg.copy_abs()  # a minus before a zero would not come back from the store

    def clean_valid_from(self) -> date:
        return _check_first_day(self.cleaned_data["valid_from"], self._today)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first is not None and last is not None and last < first:
            self.add_error("valid_to", "The last day is not before the first one.")
        if last is not None and last.year > LAST_YEAR:
            self.add_error("valid_to", f"Choose a day up to {LAST_YEAR}, or leave it empty.")
        return cleaned

    def draft(self) -> OwnDraft:
        """What a valid form asks for."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}
        return OwnDraft(factor_id=self._factor_id, **said)
