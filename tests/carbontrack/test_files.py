"""Files in ImportsTable: there as a whole or not at all, in flat memory, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from carbontrack import clock
from carbontrack.dynamodb import InvalidItem, batch_get, count_requests, get_item
from carbontrack.dynamodb.tables import IMPORTS
from carbontrack.files import PART_BYTES, FileGone, FileRepository, StoredFile
from tests.factories import NOW

pytestmark = pytest.mark.dynamodb

FILES = FileRepository("owner")
KEEP = timedelta(days=7)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def save(*chunks: bytes, name: str = "trips.csv", file_id: str = "one") -> StoredFile:
    return FILES.save(file_id, chunks, name=name, content_type="text/csv", keep=KEEP)


def part_of(stored: StoredFile, number: int) -> dict[str, str]:
    return {"user_id": "owner", "record": f"file#{stored.file_id}#{stored.version}#{number:04}"}


def content(stored: StoredFile) -> bytes:
    return b"".join(FILES.read(stored))


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_a_file_of_any_size_comes_back_as_it_was(size: int) -> None:
    body = bytes(number * 31 % 251 for number in range(1000)) * (size // 1000 + 1)
    chunks = [body[:size][start : start + 100_000] for start in range(0, size, 100_000)]

    stored = save(*chunks)

    assert FILES.find("one") == stored
    assert content(stored) == body[:size]
    assert (stored.name, stored.content_type, stored.size) == ("trips.csv", "text/csv", size)
    assert (stored.created_at, stored.expires_at) == (NOW, NOW + KEEP)
    assert stored.part_count == -(-size // PART_BYTES)


def test_a_file_is_invisible_from_the_moment_it_ends_and_dynamodb_removes_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = save(b"x")

    items = batch_get(IMPORTS, [{"user_id": "owner", "record": "file#one"}, part_of(stored, 1)])
    assert [item["expires_at"] for item in items] == [{"N": str(int((NOW + KEEP).timestamp()))}] * 2
    at(monkeypatch, NOW + KEEP - timedelta(seconds=1))
    assert FILES.find("one") is not None
    at(monkeypatch, NOW + KEEP)
    assert FILES.find("one") is None


def test_a_file_that_breaks_off_is_not_there_and_leaves_an_earlier_one_whole() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * PART_BYTES * 2
        raise OSError("the connection is gone")

    with pytest.raises(OSError, match="gone"):
        save(*broken())
    with pytest.raises(OSError, match="gone"):
        FILES.save("one", broken(), name="a", content_type="b", keep=KEEP)
    assert FILES.find("one") is None

    earlier = save(b"first")
    with pytest.raises(OSError, match="gone"):
        FILES.save("one", broken(), name="a", content_type="b", keep=KEEP)
    assert FILES.find("one") == earlier
    assert content(earlier) == b"first"


def test_a_new_file_replaces_an_earlier_one_with_all_its_parts() -> None:
    earlier = save(b"x" * (PART_BYTES + 1))

    stored = save(b"second", name="later.csv")

    assert FILES.find("one") == stored
    assert content(stored) == b"second"
    assert [get_item(IMPORTS, part_of(earlier, number)) for number in (1, 2)] == [None, None]
    with pytest.raises(FileGone):
        content(earlier)


def test_a_removed_file_leaves_nothing_and_others_stay() -> None:
    stored, other = save(b"x" * (PART_BYTES + 1)), save(b"y", file_id="one-more")

    FILES.remove("one")
    FILES.remove("one")

    assert FILES.find("one") is None
    assert [get_item(IMPORTS, part_of(stored, number)) for number in (1, 2)] == [None, None]
    assert content(other) == b"y"


def test_owners_have_their_own_files_only() -> None:
    save(b"x")

    assert FileRepository("somebody").find("one") is None


@pytest.mark.parametrize("file_id", ["", "a#b", " a", "a\n"])
def test_what_would_reach_another_item_is_no_id(file_id: str) -> None:
    with pytest.raises(InvalidItem):
        FILES.find(file_id)


def test_parts_are_asked_for_one_by_one() -> None:
    stored = save(b"x" * PART_BYTES * 3)

    with count_requests() as meter:
        reading = FILES.read(stored)
        next(reading)
        assert meter.count == 1
        assert len(list(reading)) == 2
        assert meter.count == 3
