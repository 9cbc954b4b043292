"""Days as people of a place write them: in figures with day, month or year first, or the month by name.

As with numbers, a column has one style: nobody can tell from `03/04/2026` alone which month is meant. What
begins with a year of four figures, and what names its month, is read the same in every style.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from emissions.imports.month_names import MONTHS, WEEKDAYS, plain_word
from emissions.imports.normal_form import Cell, ValueRefused, shown
from emissions.imports.times import OFFSET, TIME, offset_of, parse_time, time_of

__all__ = [
    "DateStyle",
    "Moment",
    "date_style_is_certain",
    "format_date",
    "guess_date_style",
    "parse_moment",
    "parse_time",
    "usual_date_style",
]


class DateStyle(StrEnum):
    """What a date of three numbers begins with. The values are stored."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"

    @property
    def label(self) -> str:
        """`31/12/2026 (day first)`."""
        return f"{format_date(date(2026, 12, 31), self)} ({self.value.replace('-', ' ')})"


class Moment(NamedTuple):
    """A day, the time behind it, and its distance from UTC (`Z`, `+01:00`); None where that is not said."""

    day: date
    at: time | None = None
    offset: timedelta | None = None

    def local(self, zone: tzinfo) -> tuple[date, time | None]:
        """Day and time on the clock of a place; as written where no distance from UTC was."""
        if self.at is None or self.offset is None:
            return self.day, self.at
        there = datetime.combine(self.day, self.at, timezone(self.offset)).astimezone(zone)
        return there.date(), there.time()


_SEPARATED = re.compile(r"(\d{1,4})(?P<mark>[-/.]|\s)\s?(\d{1,2})(?P=mark)\s?(\d{1,4})\.?", re.ASCII)
_COMPACT = re.compile(r"(19\d\d|20\d\d)(\d\d)(\d\d)", re.ASCII)
_WORD = r"[^\W\d_]+"
_BETWEEN = r"(?:[\s.,/-]+|\s?(?:de|of|del)\s)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|ª|\.)?"
_NAMED = (
    re.compile(rf"{_DAY}\s?(?:{_BETWEEN}(?:de\s|of\s)?)?(?P<month>{_WORD}){_BETWEEN}(?:de\s|del\s)?(?P<year>\d{{4}}|\d\d)"),
    re.compile(rf"(?P<month>{_WORD}){_BETWEEN}{_DAY}{_BETWEEN}(?P<year>\d{{4}}|\d\d)"),
    re.compile(rf"(?P<year>\d{{4}}){_BETWEEN}(?P<month>{_WORD}){_BETWEEN}{_DAY}"),
)  # fmt: skip
_WEEKDAY = re.compile(rf"({_WORD})\.?,?\s+")
_THEN_TIME = re.compile(
    rf"(?P<date>.*?\d\.?)(?:\s?t\s?|,?\s+(?:um |at |à |a las |alle |om )?){TIME}(?:{OFFSET})?"
)
_QUICK = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_LONGEST = 60
#: A workbook counts days from 1900 (or 1904): these would be the days of 1990 to 2099.
_SERIALS = range(30_000, 75_000)


def parse_moment(cell: Cell, style: DateStyle) -> Moment:
    """The day in a cell, with its time if it has one. Raises ValueRefused with a sentence."""
    if isinstance(cell, datetime):
        return Moment(cell.date(), cell.time().replace(microsecond=0))
    if isinstance(cell, date):
        return Moment(cell)
    if isinstance(cell, Decimal):
        return Moment(_of_number(cell, style))
    if _QUICK.fullmatch(cell):
        try:
            return Moment(date.fromisoformat(cell))
        except ValueError as error:
            raise ValueRefused(_why_not(cell, style)) from error
    return _parse_text(cell, style)


def _parse_text(text: str, style: DateStyle) -> Moment:
    found = _find(text, style)
    if found is not None:
        return found
    if not text.strip():
        raise ValueRefused(f"The date is missing. Write one like {format_date(_EXAMPLE, style)}.")
    raise ValueRefused(_why_not(text, style))


def _find(text: str, style: DateStyle) -> Moment | None:
    """The moment in a text, None where there is none."""
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if (day := _day(plain, style)) is not None:
        return Moment(day)
    match = _THEN_TIME.fullmatch(plain)
    if match is None or (day := _day(match["date"], style)) is None or (at := time_of(match)) is None:
        return None
    offset = offset_of(match["offset"])
    return Moment(day, at, offset) if offset is None or abs(offset) < timedelta(days=1) else None


def _day(text: str, style: DateStyle) -> date | None:
    """The day in a text without a time; None where there is none."""
    if match := _SEPARATED.fullmatch(text):
        return _in_figures(match[1], match[3], match[4], style)
    if match := _COMPACT.fullmatch(text):
        return _made(int(match[1]), int(match[2]), int(match[3]))
    return _named(text)


def _in_figures(first: str, second: str, third: str, style: DateStyle) -> date | None:
    if len(first) == 4:
        return _made(int(first), int(second), int(third)) if len(third) < 3 else None
    if style is DateStyle.YEAR_FIRST:
        is_whole = len(first) == 2 and len(third) <= 2
        return _made(_whole_year(first), int(second), int(third)) if is_whole else None
    if len(first) > 2 or len(third) not in {2, 4}:
        return None
    day, month = (first, second) if style is DateStyle.DAY_FIRST else (second, first)
    return _made(_whole_year(third), int(month), int(day))


def _named(text: str) -> date | None:
    for candidate in (text, _without_weekday(text)):
        for pattern in _NAMED:
            if candidate and (match := pattern.fullmatch(candidate)):
                month = MONTHS.get(plain_word(match["month"]))
                return None if month is None else _made(_whole_year(match["year"]), month, int(match["day"]))
    return None


def _without_weekday(text: str) -> str:
    match = _WEEKDAY.match(text)
    return text[match.end() :] if match and plain_word(match[1]) in WEEKDAYS else ""


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _whole_year(year: str) -> int:
    """Of two figures, 90 to 99 are of the last century: nothing earlier than 1990 is logged."""
    number = int(year)
    if len(year) > 2:
        return number
    return number + (1900 if number >= 90 else 2000)


def _of_number(number: Decimal, style: DateStyle) -> date:
    """A day that a workbook holds as a plain number: 20260301. One counted from 1900 or 1904 is refused."""
    if number == number.to_integral_value() and (match := _COMPACT.fullmatch(f"{number:f}")):
        day = _made(int(match[1]), int(match[2]), int(match[3]))
        if day is not None:
            return day
    if int(number) in _SERIALS:
        raise ValueRefused(
            f"“{shown(number)}” is a number. Format its column as dates in the spreadsheet and save again."
        )
    raise ValueRefused(_why_not(shown(number), style))


_EXAMPLE: Final = date(2026, 12, 31)


def _why_not(text: str, style: DateStyle) -> str:
    quoted = f"“{text.strip()[:30]}”"
    for other in DateStyle:
        if other is not style and _find(text, other) is not None:
            return (
                f"{quoted} is not a date with the {style.value.partition('-')[0]} first. "
                f"If the column has dates like {format_date(_EXAMPLE, other)}, choose that for it."
            )
    return f"{quoted} is not a date. Write one like {format_date(_EXAMPLE, style)}."


def format_date(day: date, style: DateStyle) -> str:
    """A day in figures: `31/12/2026`, `12/31/2026`, `2026-12-31`."""
    if style is DateStyle.YEAR_FIRST:
        return day.isoformat()
    if style is DateStyle.MONTH_FIRST:
        return f"{day.month:02}/{day.day:02}/{day.year:04}"
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


# -- Which style --------------------------------------------------------------------------------------------

_MONTH_FIRST_REGIONS = frozenset({"us", "as", "gu", "mp", "pr", "vi", "um", "fm", "mh", "pw", "ph"})
_YEAR_FIRST_REGIONS = frozenset(
    {"cn", "jp", "kr", "kp", "tw", "mn", "hu", "lt", "se", "ca", "ir", "bt", "np"}
)


def usual_date_style(region: str) -> DateStyle:
    """How days are written in a region (`de`, `us-camx`)."""
    country = region.partition("-")[0]
    if country in _MONTH_FIRST_REGIONS:
        return DateStyle.MONTH_FIRST
    return DateStyle.YEAR_FIRST if country in _YEAR_FIRST_REGIONS else DateStyle.DAY_FIRST


def guess_date_style(samples: Iterable[Cell], region: str) -> DateStyle:
    """The style that reads most samples; the region's where several read as many."""
    readable = dict.fromkeys(DateStyle, 0)
    for text in {cell for cell in samples if type(cell) is str and cell}:
        for style in DateStyle:
            readable[style] += _find(text, style) is not None
    most = max(readable.values())
    preferred: tuple[DateStyle, ...] = (usual_date_style(region), *DateStyle)
    return next(style for style in preferred if readable[style] == most)


def date_style_is_certain(samples: Iterable[Cell], style: DateStyle) -> bool:
    """Whether no other style reads all that this one reads, and some of it as another day: if not, ask."""
    texts = {cell for cell in samples if type(cell) is str and _find(cell, style) is not None}
    mine = [_find(text, style) for text in texts]
    for other in DateStyle:
        theirs = [_find(text, other) for text in texts]
        if None not in theirs and theirs != mine:
            return False
    return True
