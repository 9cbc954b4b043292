from concurrent.futures import ThreadPoolExecutor

import pytest

from carbontrack.dynamodb import (
    Attr,
    Conflict,
    Request,
    WriteTransaction,
    batch_get,
    count_requests,
    get_item,
    put_item,
    tables,
)

pytestmark = pytest.mark.dynamodb

ALICE = {"user_id": "alice"}
USERS = tables.USERS


def test_requests_are_listed_with_their_units():
    with count_requests() as meter:
        put_item(USERS, ALICE)
        get_item(USERS, ALICE)
        get_item(USERS, ALICE, consistent=True)
        batch_get(USERS, [ALICE])

    name = USERS.physical_name
    assert meter.requests == [
        Request("put_item", name, 0, 1),
        Request("get_item", name, 0.5, 0),
        Request("get_item", name, 1, 0),
        Request("batch_get_item", name, 0.5, 0),
    ]
    assert (meter.count, meter.read_units, meter.write_units) == (4, 2, 1)


def test_transaction_is_one_request_at_twice_the_units():
    with count_requests() as meter, WriteTransaction() as transaction:
        transaction.put(USERS, ALICE)
        transaction.update(tables.EMISSION_TOTALS, {"subject": "s", "period": "p"}, add={"n": 1})

    names = f"{tables.EMISSION_TOTALS.physical_name},{USERS.physical_name}"
    assert meter.requests == [Request("transact_write_items", names, 0, 4)]


def test_failed_request_counts():
    with count_requests() as meter, pytest.raises(Conflict):
        put_item(USERS, ALICE, condition=Attr("user_id").exists())

    assert meter.count == 1


def test_nothing_is_asked_for_or_counted_outside():
    with count_requests() as meter:
        pass
    get_item(USERS, ALICE)

    assert meter.count == 0


def test_blocks_nest_and_threads_count_for_themselves():
    with count_requests() as outer:
        get_item(USERS, ALICE)
        with count_requests() as inner, ThreadPoolExecutor() as pool:
            get_item(USERS, ALICE)
            pool.submit(get_item, USERS, ALICE).result()

    assert (outer.count, inner.count) == (2, 1)
