import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbontrack.dynamodb import (
    Key,
    Unavailable,
    batch_write,
    decode_item,
    iter_query,
    query,
    streaming,
    tables,
)
from carbontrack.dynamodb.parser import parse_success
from carbontrack.dynamodb.streaming import ItemStream, parse_in_pieces

#: Texts made of what cuts could mistake for the end of an item.
NASTY = st.text(alphabet='}]{[",:\\xé"S', max_size=12)
VALUES = st.recursive(
    st.builds(lambda text: {"S": text}, NASTY),
    lambda inner: (
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=4))
        | st.builds(lambda values: {"M": values}, st.dictionaries(NASTY, inner, max_size=4))
    ),
    max_leaves=8,
)
ITEMS = st.lists(st.dictionaries(NASTY, VALUES, max_size=4), max_size=8)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(streaming, "LARGE_BODY_BYTES", 0)
    monkeypatch.setattr(streaming, "PIECE_BYTES", 1)


@pytest.fixture
def pieces(monkeypatch):
    """What was given to orjson, one after the other."""
    given = []

    def loads(piece, loads=orjson.loads):
        given.append(piece)
        return loads(piece)

    monkeypatch.setattr(orjson, "loads", loads)
    return given


def answer(items, last_key):
    return orjson.dumps({"Count": 1, "Items": items, "LastEvaluatedKey": {"k": {"S": last_key}}, "Z": [1]})


@pytest.mark.no_cover
@settings(max_examples=50)
@given(items=ITEMS, last_key=NASTY)
def test_items_in_pieces_are_the_items_in_one(items, last_key):
    body = answer(items, last_key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "LARGE_BODY_BYTES", 0)
        patch.setattr(streaming, "PIECE_BYTES", 1)
        parsed = parse_in_pieces(body) or orjson.loads(body)
        again = [list(parsed["Items"]), list(parsed["Items"])]

    assert again == [items, items]
    assert {**parsed, "Items": items} == orjson.loads(body)


def test_usual_items_are_cut_one_by_one(small_pieces, pieces):
    items = [{"a": {"S": str(number)}, "m": {"M": {"x": {"N": "1"}}}} for number in range(5)]
    body = orjson.dumps(items)

    found = list(ItemStream(body, 1, len(body) - 1))

    assert found == items
    assert len(pieces) == 5


def test_item_with_many_maps_is_read_in_few_tries(small_pieces, pieces):
    items = [{"list": {"L": [{"M": {"a": {"S": "x"}}}] * 2000}}, {"a": {"S": "x"}}]
    body = orjson.dumps(items)

    found = list(ItemStream(body, 1, len(body) - 1))

    assert found == items
    assert len(pieces) < 25


def test_small_answers_are_parsed_in_one_piece():
    assert parse_in_pieces(answer([{"a": {"S": "x"}}], "k")) is None


@pytest.mark.parametrize(
    "body", [b"{}" * 50, b'{"Item":{"a":{"S":"x"}}}', b'{"Items":[{"a":{"S":"x"}}', b'"Items":[']
)
def test_what_cannot_be_cut_is_left_alone(small_pieces, body):
    assert parse_in_pieces(body) is None


def test_damaged_items_are_unavailable(small_pieces):
    body = b'{"Items":[{"a":{"S":"x"}},{"a":{"S":oops"}}],"Count":2}'
    response = {"body": body, "headers": {}, "status_code": 200}

    with pytest.raises(Unavailable):
        list(parse_success(response)["Items"])


@pytest.mark.dynamodb
def test_large_answers_of_the_engine_are_whole():
    puts = [
        {"user_id": "alice", "timestamp": f"{number:04d}", "list": [{"a": "x" * 90}, {"b": '}},{"'}]}
        for number in range(400)
    ]
    batch_write(tables.CARBON_DATA, puts=puts)
    key = Key("user_id").eq("alice")

    assert [decode_item(item) for item in iter_query(tables.CARBON_DATA, key)] == puts
    assert [decode_item(item) for item in query(tables.CARBON_DATA, key).items] == puts
