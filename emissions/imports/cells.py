"""The cells of a row as values. A file says the same few things over and over: each is read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, tzinfo
from decimal import Decimal
from typing import Any, Final, Generic, NoReturn, TypeVar

from accounts.domain import UnitSystem
from emissions.domain.scopes import WorkScope
from emissions.factors import Catalog, catalog
from emissions.factors.errors import CalculationError, FactorNotFound
from emissions.factors.units import parse_unit
from emissions.imports.activities import default_unit, find_activity
from emissions.imports.columns import Columns, Field
from emissions.imports.dates import parse_moment, parse_time
from emissions.imports.normal_form import Cell, Row, ValueRefused, shown
from emissions.imports.numbers import parse_number
from emissions.services.drafts import MAX_NOTE_CHARACTERS

#: The time of a row that has none: the middle of the day.
NOON = time(12)
#: Looking for what was meant takes milliseconds: beyond so many unknown names a sentence does without.
MOST_GUESSES = 40
#: So many different texts of a column are remembered; then it begins anew.
MOST_REMEMBERED = 5_000
_SCOPE: Final = re.compile(
    r"\s*(?:scope\s*)?([123])(?:[\s.,:;]*(?:cat(?:egory|\.)?)?\s*(\d{1,2})\b.*)?\s*", re.I | re.S
)

T = TypeVar("T")


class RowRefused(Exception):
    """A row that makes no entry. `field` is the `Field` it is about, "" for the whole row."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class Remembered(Generic[T]):
    """A function of one cell that works out each cell once, refusals included."""

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self._known: dict[Any, T | RowRefused] = {}

    def __call__(self, cell: Any) -> T:
        known = self._known.get(cell)
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[cell] = self._try(cell)
        if isinstance(known, RowRefused):
            raise RowRefused(known.field, known.sentence)
        return known

    def _try(self, cell: Any) -> T | RowRefused:
        try:
            return self._work_out(cell)
        except RowRefused as refused:
            return refused


class Cells:
    """What the columns of a file hold. Each method raises RowRefused with the field and a sentence."""

    def __init__(
        self, columns: Columns, *, zone: tzinfo, unit_system: UnitSystem, factors: Catalog | None = None
    ) -> None:
        """`factors` are those that rows are worked out with, by default everybody's of now."""
        self._columns = columns
        self._factors = factors or catalog()
        self._zone = zone
        self._unit_system = unit_system
        self._guesses = 0
        self._activity = Remembered(self._find_activity)
        self._amount = Remembered(lambda cell: self._number(cell, Field.AMOUNT))
        self._unit = Remembered(_unit)
        self._usual_unit = Remembered(self._find_usual_unit)
        self._moment = Remembered(self._find_moment)
        self._time = Remembered(_time)
        self._people = Remembered(self._find_people)
        self._scope = Remembered(_scope)

    def activity(self, row: Row) -> str:
        """The everyday choice or catalogue key."""
        return self._activity(self._cell(row, Field.ACTIVITY))

    def amount(self, row: Row) -> Decimal:
        return self._amount(self._cell(row, Field.AMOUNT))

    def unit(self, row: Row, variant: str) -> str:
        """The unit's code; where a row has none, the usual one of its activity."""
        cell = self._cell(row, Field.UNIT)
        return self._usual_unit(variant) if cell == "" else self._unit(cell)

    def moment(self, row: Row) -> tuple[date, time]:
        """The day and time on the person's clock; noon where the row says no time."""
        day, at = self._moment(self._cell(row, Field.DATE))
        cell = self._cell(row, Field.TIME)
        return day, (at or NOON) if cell == "" else self._time(cell)

    def people(self, row: Row) -> int:
        cell = self._cell(row, Field.PEOPLE)
        return 1 if cell == "" else self._people(cell)

    def note(self, row: Row) -> str:
        note = shown(self._cell(row, Field.NOTE)).strip()
        if len(note) > MAX_NOTE_CHARACTERS:
            raise RowRefused(Field.NOTE, f"Keep the note under {MAX_NOTE_CHARACTERS} characters.")
        return note

    def scope(self, row: Row) -> str:
        """The code of a scope for work, `2` or `3.6`; "" where the row leaves it to the factor."""
        cell = self._cell(row, Field.SCOPE)
        return "" if cell == "" else self._scope(cell)

    def _cell(self, row: Row, field: Field) -> Cell:
        cell = self._columns.cell(row, field)
        return cell.strip() if isinstance(cell, str) else cell

    # -- Each different cell once ---------------------------------------------------------------------------

    def _find_activity(self, cell: Cell) -> str:
        name = shown(cell)
        if not name:
            raise RowRefused(Field.ACTIVITY, "The activity is missing.")
        found = find_activity(name, self._factors)
        if found is not None:
            return found
        self._guesses += 1
        nearest = self._factors.nearest(name) if self._guesses <= MOST_GUESSES else ()
        raise RowRefused(Field.ACTIVITY, FactorNotFound(name, nearest).message)

    def _find_usual_unit(self, variant: str) -> str:
        return default_unit(variant, self._unit_system, self._factors)

    def _find_moment(self, cell: Cell) -> tuple[date, time | None]:
        if cell == "":
            raise RowRefused(Field.DATE, "The date is missing.")
        try:
            return parse_moment(cell, self._columns.date_style).local(self._zone)
        except ValueRefused as refused:
            raise RowRefused(Field.DATE, str(refused)) from refused

    def _find_people(self, cell: Cell) -> int:
        people = self._number(cell, Field.PEOPLE)
        if people != people.to_integral_value():
            raise RowRefused(Field.PEOPLE, "Please count whole people.")
        return int(people)

    def _number(self, cell: Cell, field: Field) -> Decimal:
        if cell == "":
            raise RowRefused(field, "The amount is missing.")
        try:
            return parse_number(cell, self._columns.number_style)
        except ValueRefused as refused:
            raise RowRefused(field, str(refused)) from refused


def _unit(cell: Cell) -> str:
    try:
        return parse_unit(shown(cell))
    except CalculationError as error:
        raise RowRefused(Field.UNIT, error.message) from error


def _time(cell: Cell) -> time:
    try:
        return parse_time(cell)
    except ValueRefused as refused:
        raise RowRefused(Field.TIME, str(refused)) from refused


def _scope(cell: Cell) -> str:
    match = _SCOPE.fullmatch(shown(cell))
    if match is None:
        _refuse_scope()
    scope, category = match.groups()
    code = scope if category is None else f"{scope}.{int(category)}"
    try:
        return WorkScope.parse(code).code
    except ValueError:
        _refuse_scope()


def _refuse_scope() -> NoReturn:
    raise RowRefused(
        Field.SCOPE, "Please write 1, 2, or 3 with its category, such as 3.6; or leave it empty."
    )
