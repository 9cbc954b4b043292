"""What the columns page shows of a file: values of each column, and its first rows as they would be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import islice

from django.utils.formats import date_format, time_format

from accounts.domain import Profile
from emissions.domain.entries import Entry
from emissions.domain.imports import Import, Refusal
from emissions.factors import choices
from emissions.figures import exact
from emissions.imports.columns import Columns, Field
from emissions.imports.dates import date_style_is_certain, parse_moment, parse_time
from emissions.imports.normal_form import Cell, Row, ValueRefused, shown
from emissions.imports.numbers import number_style_is_certain, parse_number
from emissions.services.importing.checking import reader_of

#: How much of a file is looked at while somebody chooses columns.
ROWS = 200
_VALUES = 3
_FIRST_ROWS = 5
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a column. `read_as` is "" where it is taken as it is; `refused` says why it cannot be."""

    written: str
    read_as: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One of the first rows: the entry it would make, with its label, or why it makes none."""

    line: int
    entry: Entry | None
    label: str
    refusal: Refusal | None


def samples_of(rows: Sequence[Row], columns: Columns, field: Field) -> list[Sample]:
    """A few different values of the column that a field is, those that cannot be read first."""
    if field not in columns.places:
        return []
    different = dict.fromkeys(cell for cell in _cells(rows, columns, field) if cell != "")
    samples = [_sample(cell, field, columns) for cell in islice(different, 50)]
    return sorted(samples, key=lambda each: not each.refused)[:_VALUES]


def is_uncertain(rows: Sequence[Row], columns: Columns, field: Field) -> bool:
    """Whether the values of amounts or days could as well be read in another way."""
    if field not in columns.places:
        return False
    written = [cell for cell in _cells(rows, columns, field) if isinstance(cell, str) and cell]
    if not written:
        return False
    if field is Field.AMOUNT:
        return not number_style_is_certain(written, columns.number_style)
    return field is Field.DATE and not date_style_is_certain(written, columns.date_style)


def asks_for_style(rows: Sequence[Row], columns: Columns, field: Field) -> bool:
    """Whether it matters how numbers or days are written: a workbook's own need no style."""
    if field not in columns.places:
        return field in columns.constants
    return any(isinstance(cell, str) and cell for cell in _cells(rows, columns, field))


def first_rows(found: Import, rows: Sequence[Row], columns: Columns, profile: Profile) -> list[ReadRow]:
    """The first rows as the import would read them; nothing while a required column is missing."""
    if columns.missing:
        return []
    # The profile of a request is made on demand, so it is no dataclass for `replace`; its copy is.
    reader = reader_of(replace(found, columns=columns.as_item()), copy(profile))
    results = [reader.read(row) for row in rows[:_FIRST_ROWS]]
    return [
        ReadRow(each.line, each.entry, choices.label(each.entry.variant) if each.entry else "", each.refusal)
        for each in results
    ]


def _cells(rows: Sequence[Row], columns: Columns, field: Field) -> Iterable[Cell]:
    return (columns.cell(row, field) for row in rows)


def _sample(cell: Cell, field: Field, columns: Columns) -> Sample:
    written = shown(cell)
    if len(written) > _LONGEST:
        written = f"{written[:_LONGEST]}…"
    try:
        read_as = _READERS.get(field, _as_it_is)(cell, columns)
    except ValueRefused as refused:
        return Sample(written, refused=str(refused))
    return Sample(written, read_as=read_as if read_as != written else "")


def _as_it_is(cell: Cell, columns: Columns) -> str:
    return ""


def _amount(cell: Cell, columns: Columns) -> str:
    return exact(parse_number(cell, columns.number_style))


def _day(cell: Cell, columns: Columns) -> str:
    moment = parse_moment(cell, columns.date_style)
    day = date_format(moment.day, "j F Y")
    return day if moment.at is None else f"{day}, {time_format(moment.at, 'H:i')}"


def _time(cell: Cell, columns: Columns) -> str:
    return str(time_format(parse_time(cell), "H:i"))


_READERS: dict[Field, Callable[[Cell, Columns], str]] = {
    Field.AMOUNT: _amount,
    Field.DATE: _day,
    Field.TIME: _time,
}
