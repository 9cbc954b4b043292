"""How long entries stay at hand."""

from __future__ import annotations

from typing import Any

from django import forms

from carbontrack.widgets import Select
from emissions.domain.archives import KEEP_CHOICES
from organizations.forms.fields import SeenVersionField

FOR_EVER = "ever"


def keep_value(keep_months: int | None) -> str:
    """The choice that stands for it."""
    return FOR_EVER if keep_months is None else str(keep_months)


def keep_label(keep_months: int | None) -> str:
    """`2 years`; `for ever` for None."""
    if keep_months is None:
        return "for ever"
    if keep_months % 12:
        return f"{keep_months} months"
    return f"{keep_months // 12} year{'' if keep_months == 12 else 's'}"


class KeepForm(forms.Form):
    """The choice, and the version of what it was drawn from: saving over a newer one is refused."""

    keep_months = forms.TypedChoiceField(
        label="Keep entries in the list",
        coerce=lambda value: None if value == FOR_EVER else int(value),
        widget=Select,
        error_messages={
            "required": "Choose one from the list.",
            "invalid_choice": "Choose one from the list.",
        },
    )
    seen_version = SeenVersionField()

    def __init__(self, data: Any = None, *, stored: int | None, version: int) -> None:
        super().__init__(data, initial={"keep_months": keep_value(stored), "seen_version": version})
        months = sorted({*KEEP_CHOICES, *([stored] if stored else [])})  # whatever a later release offers
        field = self.fields["keep_months"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [
            (FOR_EVER, "For ever"),
            *((str(each), keep_label(each).capitalize()) for each in months),
        ]
