import pytest

from carbontrack.dynamodb import (
    Key,
    Throttled,
    backoff,
    batch_get,
    batch_write,
    count_requests,
    iter_query,
    tables,
)

pytestmark = pytest.mark.dynamodb


def key(number):
    return {"user_id": "alice", "timestamp": f"{number:04d}"}


def stored():
    items = iter_query(tables.CARBON_DATA, Key("user_id").eq("alice"))
    return [int(item["timestamp"]["S"]) for item in items]


def test_batches_of_any_size_are_written_and_read_in_order():
    batch_write(tables.CARBON_DATA, puts=map(key, range(120)))

    with count_requests() as meter:
        items = batch_get(tables.CARBON_DATA, map(key, [119, 3, 500, *range(100), 3]), consistent=True)

    assert [int(item["timestamp"]["S"]) for item in items] == [119, 3, 0, 1, 2, *range(4, 100)]
    assert meter.count == 2


def test_batch_removes_what_it_is_told_to():
    batch_write(tables.CARBON_DATA, puts=map(key, range(3)))

    batch_write(tables.CARBON_DATA, puts=[key(7)], deletes=map(key, range(2)))

    assert stored() == [2, 7]


def test_nothing_to_do_is_no_request(faults):
    batch_write(tables.CARBON_DATA)

    assert batch_get(tables.CARBON_DATA, []) == []
    assert faults.sent == []


def test_item_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="only once"):
        batch_write(tables.CARBON_DATA, puts=[key(1)], deletes=[key(1)])

    assert stored() == []


def test_unprocessed_items_are_followed(faults):
    faults.leave_unprocessed(times=3)

    batch_write(tables.CARBON_DATA, puts=map(key, range(30)))

    assert stored() == list(range(30))


def test_unprocessed_keys_are_followed(faults):
    batch_write(tables.CARBON_DATA, puts=map(key, range(3)))
    faults.leave_unprocessed(times=3)

    items = batch_get(tables.CARBON_DATA, map(key, range(3)))

    assert len(items) == 3


@pytest.mark.parametrize(
    ("operation", "batch"),
    [
        ("BatchWriteItem", lambda: batch_write(tables.CARBON_DATA, puts=[key(1)])),
        ("BatchGetItem", lambda: batch_get(tables.CARBON_DATA, [key(1)])),
    ],
)
def test_endless_unprocessed_items_are_throttled_after_bounded_tries(faults, operation, batch):
    faults.leave_unprocessed()

    with pytest.raises(Throttled):
        batch()

    assert faults.sent == [operation] * backoff.BATCH_ATTEMPTS


def test_waits_are_random_grow_and_are_bounded():
    waits = [[backoff.delay_seconds(attempt) for _ in range(50)] for attempt in (1, 4, 30)]

    assert all(0 <= wait <= backoff.MAX_SECONDS for series in waits for wait in series)
    assert max(waits[0]) <= backoff.BASE_SECONDS * 2
    assert len(set(waits[2])) > 1
