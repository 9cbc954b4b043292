"""Where the shipped data is, and how its files are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file under `emissions/data/` without its heading."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def read_records(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a small CSV file by column name."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
