"""The promises of `tests/fixtures/dynamodb.py` that other tests build on."""

import socket

import pytest

from carbontrack.dynamodb import (
    Unavailable,
    WriteTransaction,
    batch_write,
    delete_item,
    get_item,
    put_item,
    reset_client,
    tables,
    update_item,
)
from carbontrack.dynamodb.client import client

ALICE = {"user_id": "alice"}


def count(table):
    return client().scan(TableName=table.physical_name, Select="COUNT")["Count"]


@pytest.mark.dynamodb
@pytest.mark.parametrize("again", range(2))
def test_tables_are_clean_for_each_test(again):
    before = [count(table) for table in tables.ALL_TABLES]

    put_item(tables.USERS, ALICE)
    update_item(tables.USERS, {"user_id": "bob"}, set={"name": "Bob"})
    delete_item(tables.USERS, {"user_id": "nobody"})
    batch_write(tables.CARBON_DATA, puts=[{"user_id": "a", "timestamp": str(n)} for n in range(30)])
    reset_client()
    with WriteTransaction(token="the same in every test") as transaction:
        transaction.put(tables.AUDIT, {"subject": "s", "timestamp": "t"})
        transaction.update(tables.EMISSION_TOTALS, {"subject": "s", "period": "p"}, add={"n": 1})

    assert before == [0] * len(tables.ALL_TABLES)
    assert count(tables.AUDIT) == 1


@pytest.mark.dynamodb
@pytest.mark.parametrize("again", range(2))
def test_tables_are_clean_after_very_many_items(again, monkeypatch):
    monkeypatch.setattr("tests.fixtures.dynamodb.MANY_ITEMS", 10)
    before = count(tables.CARBON_DATA)

    batch_write(tables.CARBON_DATA, puts=[{"user_id": "a", "timestamp": str(n)} for n in range(20)])

    assert before == 0


def test_test_that_forgot_the_fixture_is_told(request):
    with pytest.raises((RuntimeError, Unavailable), match=r"asks for the fixture `dynamodb`|reached"):
        get_item(tables.USERS, ALICE)


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_sockets_beyond_this_machine_are_closed():
    with socket.socket() as beyond, pytest.raises(RuntimeError, match="A test tried to use socket"):
        beyond.connect(("192.0.2.1", 80))
