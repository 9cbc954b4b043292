from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from carbontrack.dynamodb import InvalidItem, decode_item, encode_item, key_part, tables
from carbontrack.dynamodb.serialization import item_size, same_item


class Color(StrEnum):
    RED = "red"


class Scope(IntEnum):
    ONE = 1


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-(10**37), 10**37) | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@hypothesis_settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1), VALUES.filter(lambda value: value is not None), max_size=5))
def test_whatever_is_encoded_decodes_to_itself(values):
    assert decode_item(encode_item(values)) == values


@hypothesis_settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=5))
def test_quick_measure_is_never_below_the_real_size(values):
    item = encode_item(values)

    assert item_size(item) <= len(orjson.dumps(item))


def test_wire_form_is_dynamodbs():
    values = {
        "text": "x",
        "number": Decimal("1.50"),
        "flag": True,
        "nothing": None,
        "list": [1, None],
        "map": {"a": Color.RED},
        "scope": Scope.ONE,
        "words": {"b", "a"},
        "numbers": frozenset({1, Decimal("2.5")}),
    }

    assert encode_item(values) == {
        "text": {"S": "x"},
        "number": {"N": "1.50"},
        "flag": {"BOOL": True},
        "list": {"L": [{"N": "1"}, {"NULL": True}]},
        "map": {"M": {"a": {"S": "red"}}},
        "scope": {"N": "1"},
        "words": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1", "2.5"]},
    }


@pytest.mark.parametrize(
    "value", [1.5, date(2024, 3, 15), datetime(2024, 3, 15, tzinfo=UTC), b"x", object(), {1: "x"}, [0.1]]
)
def test_types_that_would_lose_something_are_refused(value):
    with pytest.raises(TypeError):
        encode_item({"value": value})


@pytest.mark.parametrize(
    "number",
    [
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1." + "1" * 38),
        10**38 + 1,
        Decimal("1E+127"),
        Decimal("1E-131"),
        Decimal("-Infinity"),
    ],
)
def test_numbers_that_dynamodb_cannot_hold_are_refused(number):
    with pytest.raises(InvalidItem):
        encode_item({"number": number})


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("0E-500"), "0"),
        (Decimal("-0"), "0"),
        (Decimal("1E-130"), "1E-130"),
        (Decimal("9.9E+125"), "9.9E+125"),
        (-(10**37), "-10000000000000000000000000000000000000"),
    ],
)
def test_numbers_at_the_edge_are_written(number, text):
    assert encode_item({"number": number}) == {"number": {"N": text}}


def test_digits_that_are_only_zeros_do_not_count():
    assert encode_item({"number": Decimal("1." + "0" * 50)})["number"]["N"].startswith("1.000")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "user_id of CarbonDataTable must be text and not empty."),
        ({"user_id": "", "timestamp": "t"}, "user_id of CarbonDataTable must be text and not empty."),
        ({"user_id": 5, "timestamp": "t"}, "user_id of CarbonDataTable must be text and not empty."),
        (
            {"user_id": "u", "timestamp": "t\x00"},
            "timestamp of CarbonDataTable may not hold control characters",
        ),
        ({"user_id": "u", "timestamp": "é" * 513}, "timestamp of CarbonDataTable may have 1024 bytes"),
        ({"user_id": "u" * 2049, "timestamp": "t"}, "user_id of CarbonDataTable may have 2048 bytes"),
        (
            {"user_id": "u", "timestamp": "t", "organization_id": ""},
            "organization_id of CarbonDataTable must be text and not empty.",
        ),
    ],
)
def test_bad_keys_are_refused(values, message):
    with pytest.raises(InvalidItem) as caught:
        encode_item(values, tables.CARBON_DATA)

    assert str(caught.value).startswith(message)


def test_item_over_400_kb_is_refused():
    with pytest.raises(InvalidItem, match="this one has 401 KB"):
        encode_item({"text": "x" * 401 * 1024})


def test_item_whose_wire_form_alone_is_over_400_kb_is_fine():
    item = {"list": [1] * 50_000}

    assert item_size(encode_item(item)) == len("list") + 3 + 50_000 * 3


def test_empty_set_and_bottomless_nesting_are_refused():
    nested: list[object] = []
    for _ in range(40):
        nested = [nested]

    with pytest.raises(InvalidItem):
        encode_item({"set": set()})
    with pytest.raises(InvalidItem):
        encode_item({"nested": nested})


@pytest.mark.parametrize("text", ["car-petrol", "0190a5b4-7c1e", "Ü"])
def test_part_of_a_key_is_passed_on(text):
    assert key_part(text) == text


@pytest.mark.parametrize("text", ["", " a", "a ", "a#b", "a\nb", "a\x00", "a\u200bb", "x" * 201])
def test_part_of_a_key_that_would_confuse_is_refused(text):
    with pytest.raises(InvalidItem):
        key_part(text)


def test_items_are_the_same_whatever_way_they_are_written():
    ours = encode_item({"n": Decimal("1.50"), "s": {"b", "a"}})
    stored = {"n": {"N": "1.5"}, "s": {"SS": ["b", "a"]}}

    assert same_item(stored, ours)
    assert not same_item({**stored, "more": {"NULL": True}}, ours)
    assert not same_item({"n": {"S": "1.5"}, "s": {"SS": ["b", "a"]}}, ours)
