"""A guess at what the columns of a file are: by their names, and by what is in them.

Every column gets points for every field. The most are for a name that says it; content adds to that, or rules
a field out. Then the pair with the most points is settled, the next one, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import chain, islice

from emissions.factors.errors import UnitNotUsable
from emissions.factors.units import parse_unit
from emissions.imports.activities import find_activity
from emissions.imports.column_names import NAMES, NO_AMOUNTS, plain_name, unit_in
from emissions.imports.columns import Columns, Field
from emissions.imports.dates import DateStyle, guess_date_style, parse_moment
from emissions.imports.normal_form import Cell, Row, ValueRefused, shown
from emissions.imports.numbers import NumberStyle, guess_number_style, parse_number
from emissions.imports.times import parse_time

#: So many rows tell what is in a column.
_ROWS = 200
#: So many different values tell how it is written.
_VALUES = 20_000
_NAMED, _PARTLY_NAMED, _UNIT_NAMED = 100, 60, 70
_RULED_OUT = -1000
_SCOPE = re.compile(r"(?:scope\s?)?[123](?:\.\d{1,2})?", re.IGNORECASE)


def guess(header: Sequence[str], samples: Iterable[Row], region: str) -> Columns:
    """The guess of `columns.guess_columns`."""
    rest = iter(samples)
    first = list(islice(rest, _ROWS))
    places = _settle(
        {
            (each, index): _points(each, name, [row.cell(index) for row in first if row.cell(index) != ""])
            for index, name in enumerate(header)
            for each in Field
        }
    )
    numbers, dates = _values(chain(first, rest), places)
    constants: dict[Field, str] = {}
    if Field.UNIT not in places and Field.AMOUNT in places:
        unit = unit_in(header[places[Field.AMOUNT]])
        if unit is not None:
            constants[Field.UNIT] = unit
    return Columns(places, constants, guess_number_style(numbers, region), guess_date_style(dates, region))


def _settle(points: dict[tuple[Field, int], int]) -> dict[Field, int]:
    """Each field and each column once, the surest first; of equals, the one on the left."""
    places: dict[Field, int] = {}
    for (each, index), sure in sorted(points.items(), key=lambda item: (-item[1], item[0][1])):
        if sure > 0 and each not in places and index not in places.values():
            places[each] = index
    return {each: places[each] for each in Field if each in places}


def _points(each: Field, name: str, cells: list[Cell]) -> int:
    share, found, ruling = _CONTENT[each]
    sure = _by_name(each, name)
    if cells:
        fitting = sum(map(share, cells)) / len(cells)
        if fitting < ruling:
            return _RULED_OUT
        if fitting >= 0.8:
            sure += found
    return sure


def _by_name(each: Field, name: str) -> int:
    plain = plain_name(name)
    if each is Field.AMOUNT:
        if NO_AMOUNTS.intersection(plain.split()):
            return _RULED_OUT
        if plain not in NAMES[each] and unit_in(name) is not None:
            return _UNIT_NAMED
    if plain in NAMES[each]:
        return _NAMED - min(NAMES[each].index(plain), 20)
    words = f" {plain} "
    return _PARTLY_NAMED if any(f" {known} " in words for known in NAMES[each]) else 0


# -- Content ------------------------------------------------------------------------------------------------


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, Decimal) or any(_takes(parse_number, cell, style) for style in NumberStyle)


def _is_date(cell: Cell) -> bool:
    return any(_takes(parse_moment, cell, style) for style in DateStyle)


def _is_time(cell: Cell) -> bool:
    return _takes(parse_time, cell)


def _is_unit(cell: Cell) -> bool:
    try:
        parse_unit(shown(cell))
    except UnitNotUsable:
        return False
    return True


def _is_count(cell: Cell) -> bool:
    return shown(cell).strip().isdecimal() and len(shown(cell).strip()) <= 3


def _is_scope(cell: Cell) -> bool:
    return _SCOPE.fullmatch(shown(cell).strip()) is not None


def _is_words(cell: Cell) -> bool:
    return isinstance(cell, str) and not _is_number(cell) and not _is_date(cell)


def _is_activity(cell: Cell) -> bool:
    return isinstance(cell, str) and find_activity(cell) is not None


def _takes(parse: Callable[..., object], *arguments: object) -> bool:
    try:
        parse(*arguments)
    except ValueRefused:
        return False
    return True


#: Field -> what its cells are, the points for a column of them, and the share below which it cannot be one.
_CONTENT: dict[Field, tuple[Callable[[Cell], bool], int, float]] = {
    Field.ACTIVITY: (_is_activity, 80, 0),
    Field.AMOUNT: (_is_number, 20, 0.5),
    Field.UNIT: (_is_unit, 40, 0.3),
    Field.DATE: (_is_date, 30, 0.5),
    Field.TIME: (_is_time, 30, 0.5),
    Field.PEOPLE: (_is_count, 0, 0.8),
    Field.NOTE: (_is_words, 0, 0),
    Field.SCOPE: (_is_scope, 0, 0.8),
}


def _values(rows: Iterable[Row], places: dict[Field, int]) -> tuple[set[Cell], set[Cell]]:
    """Different numbers and dates that are text, up to a limit."""
    amount, day = places.get(Field.AMOUNT), places.get(Field.DATE)
    numbers: set[Cell] = set()
    dates: set[Cell] = set()
    for row in rows:
        if amount is not None and len(numbers) < _VALUES and type(cell := row.cell(amount)) is str:
            numbers.add(cell)
        if day is not None and len(dates) < _VALUES and type(cell := row.cell(day)) is str:
            dates.add(cell)
    return numbers, dates
