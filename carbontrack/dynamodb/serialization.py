"""Python values to and from DynamoDB's attribute values.

    encode_item({"amount": Decimal("1.5")}) == {"amount": {"N": "1.5"}}

Numbers are Decimal or int, never float, so that what was saved is what is read. Dates and moments are text in
the product's own forms: a repository writes them.

`decode_item` is for single items. Code that reads many takes values straight from the wire form and makes its
dataclasses with `fast_constructor`: `records.py` shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, Overflow, Underflow
from typing import Any

import orjson

from carbontrack.dynamodb.tables import Index, Table

#: An item in DynamoDB's wire form, attribute name to attribute value: `{"amount": {"N": "50"}}`.
Item = dict[str, Any]

MAX_ITEM_BYTES = 400 * 1024
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_KEY_PART_CHARACTERS = 200
MAX_DEPTH = 32
#: The exponent of the smallest number that DynamoDB holds, 1E-130.
MIN_EXPONENT = -130
#: DynamoDB keeps 38 significant digits and refuses what it would have to round.
NUMBERS = Context(Emin=-128, Emax=126, prec=38, traps=[Clamped, Inexact, Overflow, Underflow])


class InvalidItem(ValueError):
    """An item that DynamoDB would refuse, or that would not be found again under its key."""


def key_part(text: str) -> str:
    """`text`, safe to stand in a composite key. Raises InvalidItem.

    `#` separates the parts of our keys, so a part may not contain it; control characters and blanks at the
    ends make keys that look alike and are not.
    """
    if not text or text != text.strip() or len(text) > MAX_KEY_PART_CHARACTERS:
        raise InvalidItem(f"Part of a key must be 1 to {MAX_KEY_PART_CHARACTERS} characters: {text[:40]!r}")
    if "#" in text or not text.isprintable():
        raise InvalidItem(f"Part of a key may hold neither # nor control characters: {text[:40]!r}")
    return text


# -- Writing ------------------------------------------------------------------------------------------------


def encode_item(values: Mapping[str, Any], table: Table | None = None) -> Item:
    """The wire form of an item. Attributes that are None are left out.

    With `table`, its key attributes must be there and be good keys, those of its indexes if they are there.
    Raises TypeError for a type that DynamoDB does not know (float and dates included), InvalidItem otherwise.
    """
    item = {name: encode_value(value) for name, value in values.items() if value is not None}
    if table is not None:
        _check_keys(table, item)
    # The wire form is never shorter than what DynamoDB counts, so nearly every item is measured in one step.
    if len(orjson.dumps(item)) > MAX_ITEM_BYTES and (size := item_size(item)) > MAX_ITEM_BYTES:
        raise InvalidItem(f"An item may have 400 KB; this one has {size / 1024:.0f} KB.")
    return item


def encode_key(table: Table, key: Mapping[str, Any]) -> Item:
    """The wire form of a primary key: exactly the table's key attributes. Raises InvalidItem."""
    if key.keys() != set(table.key_attributes):
        raise InvalidItem(f"The key of {table.name} is {', '.join(table.key_attributes)}; got {sorted(key)}.")
    item = {name: encode_value(value) for name, value in key.items()}
    _check_keys(table, item)
    return item


def encode_value(value: Any, depth: int = 0) -> dict[str, Any]:
    """The wire form of one value. Raises TypeError for a type that DynamoDB does not know."""
    encode = _ENCODERS.get(type(value))
    if encode is not None:
        return encode(value)
    if depth >= MAX_DEPTH:
        raise InvalidItem(f"DynamoDB nests at most {MAX_DEPTH} levels deep.")
    if isinstance(value, str):  # a StrEnum
        return {"S": str(value)}
    if isinstance(value, int):  # an IntEnum
        return {"N": str(int(value))}
    if isinstance(value, Mapping):
        return {"M": {_name(name): encode_value(inner, depth + 1) for name, inner in value.items()}}
    if isinstance(value, AbstractSet):
        return _encode_set(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return {"L": [encode_value(inner, depth + 1) for inner in value]}
    raise TypeError(f"DynamoDB cannot hold a {type(value).__name__}: use Decimal, int, str, bool, or text.")


def _encode_number(value: Decimal) -> dict[str, Any]:
    if not value:
        return {"N": "0"}
    try:
        if value.is_finite() and value.adjusted() >= MIN_EXPONENT:
            return {"N": str(NUMBERS.create_decimal(value))}
    except DecimalException:
        pass
    raise InvalidItem(f"DynamoDB holds 38 digits from 1E-130 to 1E+126; {value} does not fit.")


def _encode_int(value: int) -> dict[str, Any]:
    return {"N": str(value)} if abs(value) < 10**38 else _encode_number(Decimal(value))


def _encode_float(value: float) -> dict[str, Any]:
    raise TypeError(f"Numbers are Decimal or int, never float: {value!r}.")


def _encode_set(values: AbstractSet[Any]) -> dict[str, Any]:
    if not values:
        raise InvalidItem("DynamoDB has no empty sets: leave the attribute out.")
    if all(isinstance(value, str) for value in values):
        return {"SS": sorted(str(value) for value in values)}
    return {"NS": sorted(encode_value(value)["N"] for value in values)}


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"Names in a map are text, not {type(name).__name__}.")
    return name


_ENCODERS: dict[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    type(None): lambda _: {"NULL": True},
    int: _encode_int,
    Decimal: _encode_number,
    float: _encode_float,
}


def _check_keys(table: Table, item: Item) -> None:
    sources: tuple[Table | Index, ...] = (table, *table.indexes)
    for source in sources:
        limits = ((source.partition_key, MAX_PARTITION_KEY_BYTES), (source.sort_key, MAX_SORT_KEY_BYTES))
        for name, limit in limits:
            if name is not None and (source is table or name in item):
                _check_key(table.name, name, item.get(name, {}).get("S"), limit)


def _check_key(table: str, name: str, value: str | None, limit: int) -> None:
    where = f"{name} of {table}"
    if not value:
        raise InvalidItem(f"{where} must be text and not empty.")
    if not value.isprintable():
        raise InvalidItem(f"{where} may not hold control characters: {value[:40]!r}")
    if len(value.encode()) > limit:
        raise InvalidItem(f"{where} may have {limit} bytes: {value[:40]!r}...")


def item_size(item: Item) -> int:
    """The size of an item in bytes, as DynamoDB counts it: names and values in UTF-8, numbers compactly."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_size(content)
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + _value_size(inner) for name, inner in content.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(inner) for inner in content)
    if kind == "SS":
        return sum(len(text.encode()) for text in content)
    if kind == "NS":
        return sum(_number_size(text) for text in content)
    return 1


def _number_size(text: str) -> int:
    return (len(Decimal(text).normalize().as_tuple().digits) + 1) // 2 + 1


# -- Reading ------------------------------------------------------------------------------------------------


def decode_item(item: Item) -> dict[str, Any]:
    """Python values of an item. Numbers are Decimal, sets are frozenset."""
    return {name: decode_value(value) for name, value in item.items()}


def decode_value(value: dict[str, Any]) -> Any:
    """The Python value of one attribute value."""
    ((kind, content),) = value.items()
    return _DECODERS[kind](content)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "S": lambda content: content,
    "N": Decimal,
    "BOOL": lambda content: content,
    "NULL": lambda _: None,
    "M": decode_item,
    "L": lambda content: [decode_value(value) for value in content],
    "SS": frozenset,
    "NS": lambda content: frozenset(map(Decimal, content)),
}


def same_item(stored: Item, ours: Item) -> bool:
    """Whether two items mean the same: DynamoDB writes 1.50 as 1.5 and keeps no order in sets."""
    return stored.keys() == ours.keys() and decode_item(stored) == decode_item(ours)


def has_changes(stored: Item, set: Mapping[str, Any], remove: Sequence[str]) -> bool:
    """Whether an item already is what an update with this `set` and `remove` would make of it."""
    return not any(name in stored for name in remove) and all(
        name in stored and decode_value(stored[name]) == decode_value(encode_value(value))
        for name, value in set.items()
    )
