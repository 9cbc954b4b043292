"""A report as PDF, set by typst in a process of its own: a web worker stays small, nothing can hang it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

import structlog

from carbontrack.dynamodb import Throttled
from emissions.reports.layout import Layout

log = structlog.get_logger(__name__)

PDF_TYPE = "application/pdf"
SECONDS = 30
#: How many a process sets at a time, and how long others wait for their turn before they are asked to come
#: back.
AT_ONCE = 2
WAIT_SECONDS = 10
_TYPESETTER = Path(__file__).with_name("typesetter.py")
_turn = BoundedSemaphore(AT_ONCE)


class PdfFailed(Exception):
    """The PDF could not be made: a mistake of ours, or a report beyond all bounds."""


def pdf_bytes(layout: Layout) -> bytes:
    """Set a report. Raises PdfFailed, and Throttled while too many others are being set."""
    if not _turn.acquire(timeout=WAIT_SECONDS):
        raise Throttled("too many reports are being set as PDF")
    try:
        return _run(json.dumps(layout).encode())
    finally:
        _turn.release()


def _run(content: bytes) -> bytes:
    """`-I` keeps the environment and the working directory out of it."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_TYPESETTER)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise PdfFailed(f"typst took more than {SECONDS} seconds") from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        log.error("pdf_failed", status=done.returncode, said=done.stderr.decode(errors="replace")[-2000:])
        raise PdfFailed(f"typst ended with {done.returncode}")
    return done.stdout
