"""Times of a day as people write them: `8:30`, `08:30:15`, `8.30 pm`, `8h30`, `8 Uhr`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from emissions.imports.normal_form import Cell, ValueRefused, shown

#: The end of a text that is a time, perhaps with its distance from UTC.
TIME = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"|\s?h\s?(?P<minute_h>\d{2})?|(?=\s?[ap]\.?\s?m|\s?uhr))"
    r"\s?(?P<half>[ap])?(?(half)\.?\s?m\.?)(?:\s?uhr)?"
)
OFFSET = r"\s?(?P<offset>z|utc|gmt|[+-]\d{2}:?\d{2})"
_TIME = re.compile(TIME, re.ASCII | re.IGNORECASE)
_MIDNIGHT = time(0)


def parse_time(cell: Cell) -> time:
    """The time in a cell of its own, to the second. Raises ValueRefused with a sentence."""
    if isinstance(cell, datetime):
        return cell.time().replace(microsecond=0)
    if isinstance(cell, Decimal):
        return _of_fraction(cell)
    text = cell.strip() if isinstance(cell, str) else ""
    match = _TIME.fullmatch(text)
    found = None if match is None else time_of(match)
    if found is None:
        raise ValueRefused(f"“{_short(cell)}” is not a time. Write one like 08:30.")
    return found


def time_of(match: re.Match[str]) -> time | None:
    """The time that `TIME` found, None when no clock shows it."""
    hour = int(match["hour"])
    if match["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    minute, second = int(match["minute"] or match["minute_h"] or 0), int(match["second"] or 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def offset_of(text: str | None) -> timedelta | None:
    """The distance from UTC that `OFFSET` found: `Z`, `+01:00`, `-0330`. None for what no place has."""
    if text is None:
        return None
    if text[0] not in "+-":
        return timedelta(0)
    distance = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -distance if text[0] == "-" else distance


def _of_fraction(number: Decimal) -> time:
    """A time that a workbook holds as part of a day: 0.5 is noon."""
    if not 0 <= number < 1:
        raise ValueRefused(f"“{shown(number)}” is not a time. Write one like 08:30.")
    seconds = min(int((number * 86_400).to_integral_value()), 86_399)
    return (datetime.combine(date(2000, 1, 1), _MIDNIGHT) + timedelta(seconds=seconds)).time()


def _short(cell: Cell) -> str:
    return shown(cell).strip()[:30]
