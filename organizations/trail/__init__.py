"""The audit trail in plain sentences: "Alice made Bob an administrator of Sales", with before and after.

Names come from people, and stay as they were at the time. Each is made one line without anything invisible,
so that nobody writes a second sentence into the trail.
"""

from organizations.trail.rows import (
    ALL_KINDS,
    KINDS,
    Change,
    TrailRow,
    changes_of,
    row_of,
    sentence_of,
    without_figures,
)
from organizations.trail.words import one_line, words

__all__ = [
    "ALL_KINDS",
    "KINDS",
    "Change",
    "TrailRow",
    "changes_of",
    "one_line",
    "row_of",
    "sentence_of",
    "without_figures",
    "words",
]
