"""Excel workbooks, opened by another process: see `conversion.py` for what happens there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from emissions.imports.archives import DAMAGED, TOO_LARGE
from emissions.imports.normal_form import FileRefused
from emissions.imports.tables import Written

WALL_SECONDS = 30
#: A process has room for one workbook at a time; whoever comes meanwhile waits so long, and so many may: the
#: threads that wait are missing to everybody else.
_PATIENCE_SECONDS = 45
_MOST_WAITING = 2
_ONE_AT_A_TIME = threading.Lock()
_PLACES = threading.BoundedSemaphore(1 + _MOST_WAITING)
_ROOT = Path(__file__).resolve().parents[2]
#: `-I` keeps the environment and the folder out of it. The product's own folder comes last on the path.
_COMMAND: Final = (
    sys.executable,
    "-I",
    "-c",
    "import sys; sys.path.append(sys.argv[1]); from emissions.imports.conversion import main; main()",
    str(_ROOT),
)
_TOO_SLOW = "This workbook takes too long to read. Save the sheet as CSV, and upload that."
_BUSY = "Other workbooks are being read at the moment. Please try again in a minute."


class Converted(NamedTuple):
    """What a workbook held: its table, the name of the sheet it is on, and the names of the other sheets."""

    table: Written
    sheet: str
    other_sheets: tuple[str, ...]


def convert(book: IO[bytes], out: IO[bytes]) -> Converted:
    """Write the rows of a workbook to `out` in normal form; both are real files. Raises FileRefused."""
    if not _PLACES.acquire(blocking=False):
        raise FileRefused(_BUSY)
    try:
        return _converted(_answer(_run(book, out)))
    finally:
        _PLACES.release()


def _run(book: IO[bytes], out: IO[bytes]) -> subprocess.CompletedProcess[bytes]:
    """Let the process read the workbook when its turn comes. Raises FileRefused."""
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE_SECONDS):
        raise FileRefused(_BUSY)
    try:
        book.seek(0)
        return subprocess.run(
            _COMMAND,
            stdin=book,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=WALL_SECONDS,
            check=False,
            env={},  # what reads a stranger's file knows none of our secrets
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(_TOO_SLOW) from error
    finally:
        _ONE_AT_A_TIME.release()


def _answer(run: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The last line that the process said. Without one, it met a limit or broke down."""
    lines = run.stderr.decode(errors="replace").splitlines()
    if run.returncode == 0 and lines:
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer
    said = lines[-1] if lines else ""
    if run.returncode < 0 or "emory" in said or "too large" in said:
        raise FileRefused(TOO_LARGE)
    raise FileRefused(DAMAGED)


def _converted(answer: dict[str, Any]) -> Converted:
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    return Converted(
        Written(tuple(answer["header"]), answer["row_count"]), answer["sheet"], tuple(answer["other_sheets"])
    )
