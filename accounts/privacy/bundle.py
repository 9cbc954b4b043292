"""One ZIP file of everything: of each section a JSON file that loses nothing, and a CSV file to look at.

Rows are read once and written as they come, through a file of lines on the disk: a history of any length
takes the same memory.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import IO, Any

from carbontrack.clock import stamp
from carbontrack.personal_data import Section
from carbontrack.spreadsheets import Sheet, csv_lines
from carbontrack.terminal import counted

README = "README.txt"
ABOUT = """\
Your data from CarbonTrack, {email}
Made on {made_at}.

Each part is there twice, with the same rows:
- NAME.json holds everything, exactly, for other programs. It is UTF-8; numbers have all their digits.
- NAME.csv opens in a spreadsheet. What is nested in a row has a column of its own, as in "factor.name".
  Where a text could be taken for a formula, an apostrophe stands before it.

Emissions are in kg CO2e. Moments are in UTC, with a Z at the end; days are yours.
Not in it: passwords, and the secrets of second steps and passkeys. They are of no use to anybody else.

"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a section."""

    name: str
    about: str
    rows: int


def write_bundle(
    file: IO[bytes],
    sections: Iterable[Section],
    *,
    email: str,
    made_at: datetime,
    advance: Callable[[int], None] = lambda count: None,
) -> list[Written]:
    """Write the ZIP file. `advance` is told of every row. Raises ValueError for two sections of one name."""
    written: list[Written] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for section in sections:
            if section.name in {each.name for each in written}:
                raise ValueError(f"two sections are called {section.name!r}")
            rows = _write_section(bundle, section, advance)
            written.append(Written(section.name, section.about, rows))
        bundle.writestr(README, _readme(written, email, made_at))
    return written


def _readme(written: Sequence[Written], email: str, made_at: datetime) -> str:
    lines = [f"{each.name}: {each.about} {counted(each.rows, 'row')}." for each in written]
    return ABOUT.format(email=email, made_at=stamp(made_at)) + "\n".join(lines) + "\n"


def _write_section(bundle: zipfile.ZipFile, section: Section, advance: Callable[[int], None]) -> int:
    """Both files of a section, from one reading of its rows; returns how many there were."""
    columns: dict[str, None] = {}
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
        for row in section.rows:
            text = json_text(dict(row))
            lines.write(text + "\n")
            columns.update(dict.fromkeys(flat(_parsed(text))))
            count += 1
            advance(1)
        with bundle.open(f"{section.name}.json", "w", force_zip64=True) as raw:
            _write_json(raw, _read_lines(lines))
        with bundle.open(f"{section.name}.csv", "w", force_zip64=True) as raw:
            header = list(columns)
            flattened = (flat(_parsed(line)) for line in _read_lines(lines))
            cells = ([_cell(row.get(name)) for name in header] for row in flattened)
            raw.writelines(csv_lines(Sheet(section.name, header, cells)))
    return count


def _write_json(raw: IO[bytes], rows: Iterator[str]) -> None:
    """A list with a row on each line."""
    raw.write(b"[")
    for number, row in enumerate(rows):
        raw.write(b",\n" if number else b"\n")
        raw.write(row.encode())
    raw.write(b"\n]\n")


def _read_lines(lines: IO[str]) -> Iterator[str]:
    lines.seek(0)
    return (line.rstrip("\n") for line in lines)


# -- Values -------------------------------------------------------------------------------------------------


def json_text(value: Any) -> str:
    """A value as JSON on one line. A Decimal is a number with all its digits, which `json` cannot write."""
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{_quoted(str(name))}: {json_text(each)}" for name, each in value.items()) + "}"
        )
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(map(json_text, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Enum):
        return json_text(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else _quoted(str(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return _quoted(stamp(value))
    return _quoted(value.isoformat() if isinstance(value, date) else str(value))


def _quoted(text: str) -> str:
    # A lone half of a surrogate pair is no UTF-8: it stays readable as an escape.
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _parsed(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return parsed


def flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A row without nesting: `{"factor": {"name": "Car"}}` is `{"factor.name": "Car"}`."""
    cells: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            cells |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
            numbered = {str(number): each for number, each in enumerate(value, start=1)}
            cells |= flat(numbered, f"{prefix}{name}.")
        else:
            cells[f"{prefix}{name}"] = value
    return cells


def _cell(value: Any) -> str | Decimal | int | None:
    if isinstance(value, list):
        return ", ".join("" if each is None else str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value  # type: ignore[no-any-return]  # text, a number or nothing: it has been JSON


def pieces(file: IO[bytes], *, size: int = 256 * io.DEFAULT_BUFFER_SIZE) -> Iterator[bytes]:
    """A file from its beginning, piece by piece."""
    file.seek(0)
    return iter(lambda: file.read(size), b"")
