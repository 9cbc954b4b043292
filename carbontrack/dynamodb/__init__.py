"""The data layer: DynamoDB, used directly. The only code of the product that knows boto3.

Repositories import from here; what each name promises is told where it is defined.
"""

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from carbontrack.dynamodb import tables
from carbontrack.dynamodb.batches import batch_get, batch_write
from carbontrack.dynamodb.client import reset_client, warm_up
from carbontrack.dynamodb.errors import (
    Conflict,
    DataLayerError,
    InvalidCursor,
    ItemAlreadyExists,
    ItemNotFound,
    Throttled,
    TokenReused,
    Unavailable,
)
from carbontrack.dynamodb.health import ping
from carbontrack.dynamodb.items import delete_item, get_item, put_item, update_item
from carbontrack.dynamodb.metering import Meter, Request, count_requests
from carbontrack.dynamodb.narrowing import acting_for
from carbontrack.dynamodb.pagination import Page, query_page
from carbontrack.dynamodb.queries import QueryResult, iter_query, query
from carbontrack.dynamodb.records import fast_constructor
from carbontrack.dynamodb.scans import iter_scan
from carbontrack.dynamodb.serialization import (
    InvalidItem,
    Item,
    decode_item,
    decode_value,
    encode_item,
    encode_value,
    key_part,
)
from carbontrack.dynamodb.tables import Table
from carbontrack.dynamodb.transactions import WriteTransaction, new_token

__all__ = [
    "Attr",
    "ConditionBase",
    "Conflict",
    "DataLayerError",
    "InvalidCursor",
    "InvalidItem",
    "Item",
    "ItemAlreadyExists",
    "ItemNotFound",
    "Key",
    "Meter",
    "Page",
    "QueryResult",
    "Request",
    "Table",
    "Throttled",
    "TokenReused",
    "Unavailable",
    "WriteTransaction",
    "acting_for",
    "batch_get",
    "batch_write",
    "count_requests",
    "decode_item",
    "decode_value",
    "delete_item",
    "encode_item",
    "encode_value",
    "fast_constructor",
    "get_item",
    "iter_query",
    "iter_scan",
    "key_part",
    "new_token",
    "ping",
    "put_item",
    "query",
    "query_page",
    "reset_client",
    "tables",
    "update_item",
    "warm_up",
]
