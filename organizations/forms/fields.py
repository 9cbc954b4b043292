"""What the forms of organizations share: fields, and sentences of the services at the right field."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from organizations.errors import OrganizationRefused

#: More than anything is ever changed.
MOST_CHANGES = 10**9
#: No version: whoever comes with it has seen nothing.
UNSEEN = -1
#: Control characters, and those that turn the direction of the text around them: nobody's name needs them.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: More than any name may have, as its accents may be characters of their own.
LONGEST_NORMALIZED = 2000


class NameField(forms.CharField):
    """One line of text, however it was pasted: normalized, single spaces, nothing invisible that misleads."""

    def to_python(self, value: Any) -> str:
        text = " ".join(str(value or "").split())
        if len(text) > LONGEST_NORMALIZED:  # too long anyway, and normalizing a book of accents takes minutes
            return text
        text = unicodedata.normalize("NFC", text)
        kept = (each for each in text if unicodedata.category(each) != "Cc" and each not in _BIDIRECTIONAL)
        return str(super().to_python("".join(kept)))


class SeenVersionField(forms.IntegerField):
    """The version of what a form was drawn from: saving over a newer one is refused.

    Nobody types it, so one that cannot be is no error of theirs: it is one that is too old.
    """

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, min_value=0, max_value=MOST_CHANGES)

    def clean(self, value: Any) -> int:
        try:
            seen: int | None = super().clean(value)
        except ValidationError:
            return UNSEEN
        return UNSEEN if seen is None else seen


def show_refusal(form: forms.Form, refused: OrganizationRefused) -> None:
    """Put the sentence at its field, or above the form where the form has no such field."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


def focus_first_error(form: forms.Form) -> None:
    """Let the answer open ready to type in, at the first field that needs attention."""
    names = [*(name for name in form.fields if name in form.errors), *form.fields]
    form.fields[names[0]].widget.attrs["autofocus"] = True
