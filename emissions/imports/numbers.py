"""Numbers as people of a place write them: exact, and read in one style for a whole column.

`1.234` is a number above a thousand in Berlin and just above one in London. So a column has a style, guessed
from all its samples and shown to the person; what does not fit the style is refused, never bent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

from emissions.imports.normal_form import Cell, ValueRefused, shown

#: DynamoDB keeps 38 significant digits.
MAX_DIGITS = 38
_LONGEST = 60
_QUOTED_CHARACTERS = 30


class NumberStyle(StrEnum):
    """How a column writes numbers. The values are stored."""

    POINT = "point"
    COMMA = "comma"
    SPACE = "space"
    APOSTROPHE = "apostrophe"

    @property
    def label(self) -> str:
        """An example, which says it best: `1,234.5`."""
        return format_number(Decimal("1234.5"), self)

    @property
    def decimal_mark(self) -> str:
        return _MARKS[self][0]

    @property
    def group_mark(self) -> str:
        return _MARKS[self][1]


#: The decimal mark, and the mark between thousands.
_MARKS: Final = {
    NumberStyle.POINT: (".", ","),
    NumberStyle.COMMA: (",", "."),
    NumberStyle.SPACE: (",", " "),
    NumberStyle.APOSTROPHE: (".", "'"),
}


def _patterns() -> dict[NumberStyle, tuple[re.Pattern[str], str, str]]:
    """For each style: what a whole number looks like, its decimal mark, and every mark that groups in it.

    Blanks and apostrophes group in every style, as they mean nothing else. India groups by two above a
    thousand (`12,34,567`).
    """
    patterns = {}
    for style, (decimal, group) in _MARKS.items():
        marks = "".join(dict.fromkeys([group, " ", "'"])) if group in ".," else " '"
        inner = re.escape(marks)
        whole = rf"\d+|[1-9]\d{{0,2}}(?P<mark>[{inner}])\d{{3}}(?:(?P=mark)\d{{3}})*"
        if style is NumberStyle.POINT:
            whole += r"|[1-9]\d?(?:,\d{2})+,\d{3}"
        number = (
            rf"(?:(?:{whole})(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d{{1,2}})?"
        )
        patterns[style] = re.compile(number, re.ASCII), decimal, marks
    return patterns


_PATTERNS: Final = _patterns()
_SIMPLE: Final = {style: re.compile(rf"-?\d{{1,12}}(?:{re.escape(mark)}\d{{1,12}})?", re.ASCII)
                  for style, (mark, _) in _MARKS.items()}  # fmt: skip
#: Dashes, apostrophes and separators that look alike, as one of each.
_ALIKE: Final = str.maketrans(
    {"−": "-", "–": "-", "‒": "-", "’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "_": "'"}
)


def parse_number(cell: Cell, style: NumberStyle) -> Decimal:
    """The number in a cell, exact. Raises ValueRefused with a sentence.

    The number of a workbook is taken as it is, whatever the style. A minus may stand before or behind, as
    ledgers have it, or be a pair of brackets.
    """
    if type(cell) is str:
        if _SIMPLE[style].fullmatch(cell):  # nearly every cell of nearly every file
            return Decimal(cell.replace(_MARKS[style][0], "."))
        return _parse_text(cell, style)
    if isinstance(cell, Decimal):
        return cell
    raise ValueRefused(f"“{shown(cell)}” is a date. Write a number, like {_example(style)}.")


def _parse_text(text: str, style: NumberStyle) -> Decimal:
    if not text.strip():
        raise ValueRefused(f"The number is missing. Write one, like {_example(style)}.")
    if len(text) > _LONGEST:
        raise ValueRefused("That number is too long. Round it to a few digits.")
    pattern, decimal, marks = _PATTERNS[style]
    sign, unsigned = _sign(_plain(text))
    if not pattern.fullmatch(unsigned):
        raise ValueRefused(_why_not(text, style))
    for mark in marks:
        unsigned = unsigned.replace(mark, "")
    number = Decimal(sign + unsigned.replace(decimal, "."))
    if len(number.as_tuple().digits) > MAX_DIGITS:
        raise ValueRefused("That number is too long. Round it to a few digits.")
    return number


def _plain(text: str) -> str:
    """Full-width digits, every kind of blank, dash and apostrophe as the plain ones."""
    text = unicodedata.normalize("NFKC", text.translate(_ALIKE)).strip()
    if text.isascii():
        return text
    return "".join(_ascii_digit(character) for character in text)


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _sign(text: str) -> tuple[str, str]:
    if text.startswith("(") and text.endswith(")"):
        return "-", text[1:-1].strip()
    if text[:1] in {"+", "-"}:
        return text[0], text[1:].lstrip()
    if text.endswith("-"):
        return "-", text[:-1].rstrip()
    return "", text


def _why_not(text: str, style: NumberStyle) -> str:
    quoted = f"“{text.strip()[:_QUOTED_CHARACTERS]}”"
    plain = _plain(text)
    if re.search(r"\d", plain) and re.search(r"[^\W\d_eE]{2,}|[€$£¥%]", plain):
        return f"{quoted} is more than a number. Keep units and currencies in a column of their own."
    if fitting := [each for each in NumberStyle if each is not style and _reads(plain, each)]:
        return (
            f"{quoted} does not fit numbers like {style.label}. "
            f"If the column has numbers like {fitting[0].label}, choose that for it."
        )
    return f"{quoted} is not a number. Write one like {_example(style)}."


def _example(style: NumberStyle) -> str:
    return f"12{style.decimal_mark}5"


def format_number(number: Decimal, style: NumberStyle) -> str:
    """A number in a style, with grouped thousands and all its digits."""
    decimal, group = _MARKS[style]
    return f"{number:,f}".translate(str.maketrans(",.", group + decimal))


# -- Which style --------------------------------------------------------------------------------------------

_COMMA_REGIONS = frozenset({
    "al", "ar", "at", "az", "ba", "be", "bo", "br", "cl", "co", "cr", "cu", "cy", "de", "dk", "ec", "es",
    "fo", "ge", "gl", "gr", "hr", "id", "is", "it", "lu", "ma", "md", "me", "mk", "mz", "nl", "py", "ro",
    "rs", "si", "tn", "tr", "uy", "ve", "vn", "xk", "ao", "cv", "sm", "va",
})  # fmt: skip
_SPACE_REGIONS = frozenset({
    "bg", "by", "cz", "ee", "fi", "fr", "hu", "kz", "lt", "lv", "mc", "no", "pl", "pt", "ru", "se", "sk",
    "ua", "za", "gf", "gp", "mq", "re",
})  # fmt: skip


def usual_number_style(region: str) -> NumberStyle:
    """How numbers are written in a region (`de`, `us-camx`)."""
    country = region.partition("-")[0]
    if country in {"ch", "li"}:
        return NumberStyle.APOSTROPHE
    if country in _SPACE_REGIONS:
        return NumberStyle.SPACE
    return NumberStyle.COMMA if country in _COMMA_REGIONS else NumberStyle.POINT


def guess_number_style(samples: Iterable[Cell], region: str) -> NumberStyle:
    """The style that reads most samples; the region's where several read as many."""
    readable = dict.fromkeys(NumberStyle, 0)
    for text in _texts(samples):
        for style in NumberStyle:
            readable[style] += _reads(text, style)
    most = max(readable.values())
    preferred: tuple[NumberStyle, ...] = (usual_number_style(region), *NumberStyle)
    return next(style for style in preferred if readable[style] == most)


def number_style_is_certain(samples: Iterable[Cell], style: NumberStyle) -> bool:
    """Whether no other style reads all that this one reads, and some of it as another number: if not, ask."""
    return _is_certain(set(_texts(samples)), style)


def _is_certain(texts: set[str], style: NumberStyle) -> bool:
    mine = {text: number for text in texts if (number := _read(text, style)) is not None}
    for other in NumberStyle:
        theirs = {text: _read(text, other) for text in mine}
        if None not in theirs.values() and theirs != mine:
            return False
    return True


def _texts(samples: Iterable[Cell]) -> Iterable[str]:
    return (plain for cell in samples if type(cell) is str and (plain := _plain(cell)))


def _reads(text: str, style: NumberStyle) -> bool:
    return bool(_PATTERNS[style][0].fullmatch(_sign(text)[1]))


def _read(text: str, style: NumberStyle) -> Decimal | None:
    try:
        return parse_number(text, style)
    except ValueRefused:
        return None
