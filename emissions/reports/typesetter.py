"""Sets one report as PDF: run as a process of its own, never imported by the product.

Reads the report's layout as JSON from its input and writes the PDF to its output. What people typed reaches
typst as data and is never markup. Standard library and typst only.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("report.typ")
#: A report takes some 60 MB and a tenth of a second.
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(_compile(text, json.loads(text)["timestamp"]))


def _compile(text: str, timestamp: int) -> bytes:
    """An archivable, tagged PDF set with the fonts inside typst, so the same bytes everywhere.

    Those fonts write Latin, Greek and Cyrillic. A name in another script is refused by the standard then; it
    is set with what fonts the machine has.
    """
    import typst

    options: dict[str, Any] = {
        "root": str(TEMPLATE.parent),
        "sys_inputs": {"report": text},
        "timestamp": timestamp,
    }
    try:
        return bytes(
            typst.compile(str(TEMPLATE), ignore_system_fonts=True, pdf_standards=["a-2a", "ua-1"], **options)
        )
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            print(error.diagnostic, file=sys.stderr)
            raise
    return bytes(typst.compile(str(TEMPLATE), **options))


if __name__ == "__main__":
    main()
