"""DuckDB on a warehouse, opened as docs/warehouse.md says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from emissions.warehouse.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms(b"a key of tests")
DOCUMENT = settings.BASE_DIR / "docs" / "warehouse.md"
DOCUMENTED_PATH = "/srv/carbontrack/warehouse"


def documented_queries() -> list[str]:
    """The SQL of the document; the first opens a warehouse."""
    return re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def open_warehouse(folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute(documented_queries()[0].replace(DOCUMENTED_PATH, str(folder)))
    return database


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with open_warehouse(folder) as database:
        return database.execute(query).fetchall()
