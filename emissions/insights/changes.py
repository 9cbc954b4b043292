"""What somebody changes in a what-if, as the address says it: `car-petrol-medium.km~-50%~car-electric`.

A change is a line's key, how much (`-50%`, `x600` for an amount of 600, or nothing for as much as it was),
and what does it instead, if anything. What cannot be read is left out rather than refused: an address is
passed around.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

#: More than anybody follows; an address has to stay an address.
MOST_CHANGES = 30
LEAST_PERCENT, MOST_PERCENT = Decimal(-100), Decimal(1000)
LARGEST_AMOUNT = Decimal(10) ** 12 - 1
_SEPARATOR = "~"
_PERCENT = re.compile(r"([+-]?\d{1,4}(?:\.\d{1,3})?)%", re.ASCII)
_AMOUNT = re.compile(r"x(\d{1,12}(?:\.\d{1,6})?)", re.ASCII)
_VARIANT = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a line: `percent` more (less: negative) or `amount` instead, and `swap` to do it."""

    line: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    swap: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.percent and self.amount is None and not self.swap

    def __str__(self) -> str:
        much = ""
        if self.amount is not None:
            much = f"x{self.amount.normalize():f}"
        elif self.percent:
            much = f"{self.percent.normalize():f}%"
        return _SEPARATOR.join((self.line, much, self.swap))


def parse_change(text: str) -> Change | None:
    """The change that an address names; None for what is none."""
    if len(text) > 300 or text.count(_SEPARATOR) != 2:
        return None
    line, much, swap = text.split(_SEPARATOR)
    if swap and not _VARIANT.fullmatch(swap):
        return None
    percent = amount = None
    if match := _PERCENT.fullmatch(much):
        percent = Decimal(match[1])
        if not LEAST_PERCENT <= percent <= MOST_PERCENT:
            return None
    elif match := _AMOUNT.fullmatch(much):
        amount = Decimal(match[1])
    elif much:
        return None
    change = Change(line, percent, amount, swap)
    return None if change.is_empty or not line else change


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes of an address, one a line, in the order they were made."""

    items: tuple[Change, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Changes:
        """Of one line the last counts."""
        by_line: dict[str, Change] = {}
        for text in list(texts)[: 2 * MOST_CHANGES]:
            if (change := parse_change(text)) is not None:
                by_line.pop(change.line, None)
                by_line[change.line] = change
        return cls(tuple(by_line.values())[:MOST_CHANGES])

    def of(self, line: str) -> Change | None:
        return next((change for change in self.items if change.line == line), None)

    def without(self, line: str) -> Changes:
        return Changes(tuple(change for change in self.items if change.line != line))

    def plus(self, change: Change) -> Changes:
        """With this change in place of any other of its line; an empty one takes it away."""
        others = tuple(each for each in self.items if each.line != change.line)
        return Changes(others if change.is_empty else (*others, change)[-MOST_CHANGES:])

    @property
    def query(self) -> str:
        """The address's query, `change=...&change=...`."""
        return urlencode([("change", str(change)) for change in self.items])
