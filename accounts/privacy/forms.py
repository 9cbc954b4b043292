"""The form that ends an account."""

from __future__ import annotations

from django import forms


class DeletionForm(forms.Form):
    """Says twice what a click could say by mistake."""

    understood = forms.BooleanField(
        label="Delete my account and everything listed above",
        error_messages={"required": "Tick this first: it says what you are about to lose."},
    )
