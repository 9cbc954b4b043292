"""The figures as tables: on the terminal, and as docs/benchmarks.md with the machine they come from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import django
from rich.console import Console
from rich.table import Table

TARGET = Path("docs/benchmarks.md")


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str


def show(section: Section) -> None:
    table = Table(title=section.title, caption=section.note, title_justify="left", caption_justify="left")
    for number, column in enumerate(section.columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    for row in section.rows:
        table.add_row(*row)
    Console().print(table)


def write(sections: Sequence[Section]) -> None:
    """Write docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`, everything in one run on one machine. Ratios travel; milliseconds do not.",
        "",
        *machine(),
    ]
    for section in sections:
        lines += [
            "",
            f"## {section.title}",
            "",
            section.note,
            "",
            f"| {' | '.join(section.columns)} |",
            f"| {' | '.join('---' if number == 0 else '---:' for number in range(len(section.columns)))} |",
            *(f"| {' | '.join(row)} |" for row in section.rows),
        ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def machine() -> list[str]:
    """The machine in a few lines."""
    return [
        f"- {os.cpu_count()} cores, {_processor()}, {_memory_gib():.0f} GiB of memory, {platform.system()}",
        f"- Python {platform.python_version()}, Django {django.get_version()}",
        "- DynamoDB is the embedded engine on the same machine, so it competes for the same cores.",
    ]


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
