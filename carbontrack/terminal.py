"""What commands say in a terminal: counts in words, and a bar while somebody watches."""

from __future__ import annotations

from typing import IO, Any

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 entry`, `1,204 months`; `plural` where that is more than an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def progress_bar(stream: OutputWrapper | IO[str], **options: Any) -> Progress:
    """A bar on a stream; nothing where that is no terminal. `options` are rich's."""
    console = Console(file=stream)  # type: ignore[arg-type]  # Django's wrapper is file-like
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        **options,
    )
