"""Which column of a file is which field of an entry, and how its numbers and dates are written.

columns = guess_columns(upload.header, upload.rows(), region="de")
amount = parse_number(columns.cell(row, Field.AMOUNT), columns.number_style)
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from emissions.imports.dates import DateStyle
from emissions.imports.normal_form import Cell, Row
from emissions.imports.numbers import NumberStyle


class Field(StrEnum):
    """What an imported row can say, in the order of a form. The values are stored."""

    ACTIVITY = "activity"
    AMOUNT = "amount"
    UNIT = "unit"
    DATE = "date"
    TIME = "time"
    PEOPLE = "people"
    NOTE = "note"
    SCOPE = "scope"

    @property
    def label(self) -> str:
        """`Activity`, for forms and messages."""
        return self.value.capitalize()

    @property
    def is_required(self) -> bool:
        """Activity, amount and date. Without a unit, an amount is in the usual unit of its activity."""
        return self in {Field.ACTIVITY, Field.AMOUNT, Field.DATE}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field is: `places` says in which column, counted from 0, `constants` what all rows have.

    A field is in one of them or in neither.
    """

    places: Mapping[Field, int] = field(default_factory=dict)
    constants: Mapping[Field, str] = field(default_factory=dict)
    number_style: NumberStyle = NumberStyle.POINT
    date_style: DateStyle = DateStyle.DAY_FIRST

    def cell(self, row: Row, field: Field) -> Cell:
        """What a row says for a field: its cell, else what holds for all rows, else ""."""
        place = self.places.get(field)
        return self.constants.get(field, "") if place is None else row.cell(place)

    @property
    def missing(self) -> tuple[Field, ...]:
        """Required fields that are nowhere, in the order of a form."""
        known = {*self.places, *self.constants}
        return tuple(each for each in Field if each.is_required and each not in known)

    def as_item(self) -> dict[str, Any]:
        """For storing: maps of text and whole numbers."""
        return {
            "places": {each.value: place for each, place in self.places.items()},
            "constants": {each.value: text for each, text in self.constants.items()},
            "number_style": self.number_style.value,
            "date_style": self.date_style.value,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Columns:
        """What `as_item` made. A field that this release does not know is left out."""
        known = {each.value: each for each in Field}
        return cls(
            {known[name]: int(place) for name, place in item.get("places", {}).items() if name in known},
            {known[name]: text for name, text in item.get("constants", {}).items() if name in known},
            NumberStyle(item.get("number_style", NumberStyle.POINT)),
            DateStyle(item.get("date_style", DateStyle.DAY_FIRST)),
        )


def guess_columns(header: Sequence[str], samples: Iterable[Row], region: str) -> Columns:
    """What the columns of a file probably are, by their names in six languages and by what is in them.

    `samples` may be all rows: the more, the surer is the style of numbers and dates. `region` decides only
    where they leave a style open.
    """
    from emissions.imports.guessing import guess  # which itself needs the classes above

    return guess(header, samples, region)


def columns_key(header: Sequence[str]) -> str:
    """By what the columns of a header are remembered: equal for equal names, however they are spaced."""
    names = "\x1f".join(" ".join(name.casefold().split()) for name in header)
    return hashlib.sha256(names.encode()).hexdigest()[:32]


def column_name(header: Sequence[str], index: int) -> str:
    """What to call a column: its name, or `Column C`, as a spreadsheet letters it."""
    if index < len(header) and header[index]:
        return header[index]
    first, last = divmod(index, 26)
    letters = string.ascii_uppercase
    return f"Column {letters[first - 1] if first else ''}{letters[last]}"
