"""The one way in which the launcher gives up: a plain sentence that says what to do, and no traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable


class Refusal(Exception):
    """Why it does not go on, in one sentence for the person at the keyboard."""


def run(main: Callable[[], int]) -> None:
    """Run a program's `main`, and exit with what it returns."""
    try:
        sys.exit(main())
    except Refusal as refusal:
        sys.exit(f"\n{refusal}")
    except KeyboardInterrupt:
        sys.exit(130)
