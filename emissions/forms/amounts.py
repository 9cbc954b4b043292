"""Numbers as people type them, read without guessing.

A dot is always the decimal point when it stands alone. A comma alone is one too (`12,5`), unless it could
just as well group thousands (`1,234`): then we ask. With both, the last one is the decimal point. Spaces and
apostrophes between groups of three are accepted.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError

#: DynamoDB keeps 38 significant digits.
MAX_DIGITS = 38

_GROUP_MARKS = re.compile(r"(?<=\d)[ '’_](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+", re.ASCII)


def parse_number(text: str) -> Decimal:
    """The number in `text`, exact. Raises ValidationError with a sentence for the person who typed it."""
    # NFKC turns full-width digits and every kind of space into the plain ones.
    cleaned = "".join(_ascii_digit(character) for character in unicodedata.normalize("NFKC", text).strip())
    cleaned = _plain_decimal(_GROUP_MARKS.sub("", cleaned.replace("−", "-")))
    if not _PLAIN.fullmatch(cleaned):
        raise ValidationError("Write a number in digits, like 12.5.", code="invalid")
    try:
        number = Decimal(cleaned)
    except InvalidOperation as error:
        raise ValidationError("Write a number in digits, like 12.5.", code="invalid") from error
    if len(number.as_tuple().digits) > MAX_DIGITS:
        raise ValidationError("That number is too long. Round it to a few digits.", code="too_long")
    return number


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _plain_decimal(text: str) -> str:
    """Settle what commas and dots mean, so that at most one dot is left."""
    commas, dots = text.count(","), text.count(".")
    if commas and dots:
        if text.rindex(",") > text.rindex("."):  # 1.234,5 as in much of Europe
            text = text.translate(str.maketrans(",.", ".,"))
        whole, _, fraction = text.partition(".")
        return f"{_ungrouped(whole)}.{fraction}"
    if dots > 1:
        return _ungrouped(text.replace(".", ","))
    if commas > 1:
        return _ungrouped(text)
    if commas == 1:
        if _GROUPED.fullmatch(text) and not text.lstrip("+-").startswith("0"):
            plain, decimal = text.replace(",", ""), text.replace(",", ".")
            message = f"{text} can be read in two ways. Write {plain} or {decimal}."
            raise ValidationError(message, code="ambiguous")
        return text.replace(",", ".")
    return text


def _ungrouped(whole: str) -> str:
    """`1,234,567` without its marks; grouped otherwise it is left as it is, and then fails to parse."""
    return whole.replace(",", "") if _GROUPED.fullmatch(whole) else whole


class AmountField(forms.CharField):
    """How much: a positive Decimal. Text on the page, so that a phone's decimal keyboard and commas work."""

    def __init__(self) -> None:
        super().__init__(
            max_length=60,
            error_messages={
                "required": "Say how much, for example 12.5.",
                "max_length": "That number is too long. Round it to a few digits.",
            },
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": False}),
        )

    def clean(self, value: object) -> Decimal:
        number = parse_number(super().clean(value))
        if number <= 0:
            raise ValidationError("The amount must be more than zero.", code="not_positive")
        return number
