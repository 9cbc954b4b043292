"""The cache that rate limits are kept in: nothing is forgotten before its time, and one of many adds."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from tests.accounts.test_two_workers import at_once

pytestmark = pytest.mark.django_db


def expire(key: str) -> None:
    """Let an entry be over without waiting for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shared_cache SET expires = '2020-01-01 00:00:00' WHERE cache_key = %s",
            [cache.make_key(key)],
        )


def test_however_much_is_added_what_counts_stays() -> None:
    cache.set("!first", 1, 600)
    for number in range(320):  # Django's own cache begins to drop at 300
        cache.set(f"guess-{number}", 1, 600)

    assert cache.get("!first") == 1
    assert len(cache.get_many([f"guess-{number}" for number in range(320)])) == 320


def test_what_is_over_is_dropped_once_there_is_much() -> None:
    cache.set("over", 1, 600)
    expire("over")
    for number in range(302):
        cache.set(f"guess-{number}", 1, 600)

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM shared_cache WHERE cache_key = %s", [cache.make_key("over")])
        assert cursor.fetchone() == (0,)


def test_of_two_workers_one_adds_also_over_an_entry_that_is_over(tmp_path: Path) -> None:
    cache.set("lock", 1, 600)
    expire("lock")

    def add(number: int) -> list[Any]:
        return [("lock", cache.add("lock", number, 10)), ("new", cache.add("new", number, 10))]

    added = Counter(at_once(tmp_path / "both.sqlite3", add))

    assert added == {("lock", True): 1, ("lock", False): 1, ("new", True): 1, ("new", False): 1}
