"""What a report says, without any layout: sections of sentences, facts, figures, tables and charts.

Cells are typed, so that a workbook gets numbers with every digit while page and PDF get them in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.utils.safestring import SafeString

from emissions.figures import MINUS, exact

Cell = str | Decimal | int | None
NOTHING = "–"
_GRAM = Decimal("0.001")
_TENTH = Decimal("0.1")


class Kind(StrEnum):
    """What a column holds, which tells how it is written."""

    TEXT = "text"
    #: kg CO2e: to the gram on paper, with every digit in a workbook.
    KG = "kg"
    PERCENT = "percent"
    COUNT = "count"
    #: A factor: every digit everywhere.
    EXACT = "exact"


class RowStyle(StrEnum):
    PLAIN = "plain"
    #: Part of the row above.
    INNER = "inner"
    #: What the rows below it add up to.
    GROUP = "group"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Column:
    """`unit` completes the label. `width` is how much of the paper's width it takes; 0 is what it needs."""

    label: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    width: int = 0

    @property
    def is_numeric(self) -> bool:
        return self.kind is not Kind.TEXT

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def text(self, cell: Cell) -> str:
        """A cell in words. Text in a column of numbers says why there is none."""
        if cell is None:
            return NOTHING
        if isinstance(cell, str):
            return cell
        number = Decimal(cell)
        if self.kind is Kind.KG:
            return kg_text(number)
        if self.kind is Kind.PERCENT:
            return f"{exact(number.quantize(_TENTH, rounding=ROUND_HALF_UP))}%"
        return exact(number)


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    style: RowStyle = RowStyle.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is that of its sheet. `empty` is said instead of a table without rows."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. A `note` is about what stands above it, a `warning` must not be missed."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what they are."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A large figure: the number as it is read, its unit, and a word about it."""

    label: str
    value: str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of figures that a table has as well: so it is no part of the digest."""

    title: str
    alt: str
    svg: SafeString


Block = Words | Facts | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """`id` is what links lead to."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report. `facts` are its title block; `paper` is `a4` or `us-letter`, what its reader prints on.

    `prepared_by` and `prepared_at` are no part of the digest: whoever prepares it, and whenever, a report of
    the same figures has the same.
    """

    title: str
    subject: str
    period: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    prepared_at: datetime
    prepared_by: str
    time_zone: str = "UTC"
    paper: str = "a4"

    @property
    def tables(self) -> Iterable[Table]:
        return (block for section in self.sections for block in section.blocks if isinstance(block, Table))

    @property
    def digest(self) -> str:
        """SHA-256 of all it says, in hexadecimal digits."""
        said: list[Any] = [self.title, self.subject, self.period, self.facts]
        said += [[each.label, each.value, each.unit, each.note] for each in self.figures]
        for section in self.sections:
            said.append(section.title)
            said += [_said(block) for block in section.blocks if not isinstance(block, Chart)]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _said(block: Words | Facts | Table) -> list[Any]:
    if isinstance(block, Words):
        return ["words", block.text]
    if isinstance(block, Facts):
        return ["facts", block.rows]
    rows = [[row.style.value, *map(_plain, row.cells)] for row in block.rows]
    return ["table", block.name, block.caption, [column.heading for column in block.columns], rows]


def _plain(cell: Cell) -> str | int | None:
    """A number as it is, whatever zeros a store has dropped from its end."""
    return exact(cell) if isinstance(cell, Decimal) else cell


def kg_text(kg: Decimal) -> str:
    """kg CO2e to the gram: `1,234.500`."""
    rounded = kg.quantize(_GRAM, rounding=ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.3f}"
