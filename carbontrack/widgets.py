"""Selects drawn in one go: Django renders a template for each option, and some of ours have four hundred."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def draw_options(choices: Iterable[tuple[Any, Any]], chosen: Collection[str]) -> SafeString:
    """The options of a select. A choice whose label is a list of choices is a group."""
    return mark_safe(
        "".join(
            format_html('<optgroup label="{}">{}</optgroup>', value, draw_options(label, chosen))
            if isinstance(label, list | tuple)
            else _option(str(value), str(label), str(value) in chosen)
            for value, label in choices
        )
    )


# The same regions, time zones, categories and units for everybody.
@lru_cache(maxsize=4096)
def _option(value: str, label: str, is_chosen: bool) -> SafeString:
    selected = mark_safe(" selected" if is_chosen else "")
    return format_html('<option value="{}"{}>{}</option>', value, selected, label)


class Select(forms.Select):
    """Django's own, in the same HTML."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        attributes = flatatt(self.build_attrs({**self.attrs, "name": name}, attrs))
        options = draw_options(self.choices, self.format_value(value))
        return format_html("<select{}>{}</select>", attributes, options)
