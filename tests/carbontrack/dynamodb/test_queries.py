import pytest

from carbontrack.dynamodb import Attr, Key, batch_write, count_requests, iter_query, query, tables

pytestmark = pytest.mark.dynamodb

ALICE = Key("user_id").eq("alice")


def store(count, size=0, user_id="alice"):
    batch_write(
        tables.CARBON_DATA,
        puts=[
            {
                "user_id": user_id,
                "timestamp": f"{number:03d}",
                "even": number % 2 == 0,
                "organization_id": "acme",
                "category": "car",
                "note": "x" * size,
            }
            for number in range(count)
        ],
    )


def timestamps(items):
    return [item["timestamp"]["S"] for item in items]


def test_query_is_one_request_with_a_place_to_go_on():
    store(5)

    with count_requests() as meter:
        first = query(tables.CARBON_DATA, ALICE, limit=3)
        second = query(tables.CARBON_DATA, ALICE, limit=3, start=first.last_key)

    assert timestamps(first.items) == ["000", "001", "002"]
    assert timestamps(second.items) == ["003", "004"]
    assert second.last_key is None
    assert meter.count == 2


def test_query_reads_backwards_filters_and_projects():
    store(5)

    result = query(
        tables.CARBON_DATA,
        ALICE & Key("timestamp").between("001", "004"),
        filter=Attr("even").eq(True),
        forward=False,
        consistent=True,
        projection=["timestamp", "even"],
    )

    assert result.items == [
        {"timestamp": {"S": "004"}, "even": {"BOOL": True}},
        {"timestamp": {"S": "002"}, "even": {"BOOL": True}},
    ]


def test_query_of_an_index_gives_what_it_projects():
    store(1)

    result = query(tables.CARBON_DATA, Key("organization_id").eq("acme"), index="OrganizationIndex")

    assert result.items == [
        {
            "organization_id": {"S": "acme"},
            "timestamp": {"S": "000"},
            "user_id": {"S": "alice"},
            "category": {"S": "car"},
        }
    ]


def test_query_of_an_unknown_index_is_refused():
    with pytest.raises(KeyError):
        query(tables.CARBON_DATA, ALICE, index="NoSuchIndex")


def test_iter_query_follows_every_page():
    store(6, size=300_000)

    with count_requests() as meter:
        found = timestamps(iter_query(tables.CARBON_DATA, ALICE))

    assert found == ["000", "001", "002", "003", "004", "005"]
    assert meter.count > 1


def test_iter_query_asks_only_for_what_is_used():
    store(6, size=300_000)

    with count_requests() as meter:
        next(iter_query(tables.CARBON_DATA, ALICE))

    assert meter.count == 1
