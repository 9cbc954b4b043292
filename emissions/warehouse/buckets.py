"""Into how many files a month of entries goes, and which people are in which.

A bucket is a range of pseudonyms, which are random, so buckets are about equal. One edit rewrites one bucket:
a hundred thousand rows, not the millions of a month. A small installation has one file a month.
"""

from __future__ import annotations

#: What a bucket is made for, and how far it may grow before its month is split anew.
ROWS_PER_BUCKET = 100_000
GROWTH = 4
MOST_BUCKETS = 4_096


def bucket_count(entries: int, current: int | None = None) -> int:
    """A power of two for a month of so many entries; the `current` one while that does."""
    if current is not None and entries <= current * ROWS_PER_BUCKET * GROWTH:
        return current
    count = 1
    while count < MOST_BUCKETS and entries > count * ROWS_PER_BUCKET:
        count *= 2
    return count


def bucket_of(person: str, count: int) -> int:
    """The bucket of a pseudonym, from 0; those of a sorted list of people come in order."""
    return int(person[:8], 16) * count >> 32
