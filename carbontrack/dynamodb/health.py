"""Whether DynamoDB answers, for `/readyz` and for whoever waits for the engine to come up."""

from __future__ import annotations

from botocore.exceptions import ClientError

from carbontrack.dynamodb.calls import UNANSWERED, translate
from carbontrack.dynamodb.client import probe
from carbontrack.dynamodb.errors import Unavailable
from carbontrack.dynamodb.serialization import encode_key
from carbontrack.dynamodb.tables import USERS


def ping() -> None:
    """One read by key, tried once, answered within half a second. Raises Unavailable when it is not answered.

    Needs no permission beyond those of the web process. A missing table counts as unavailable as well: the
    product cannot work without it.
    """
    key = encode_key(USERS, {USERS.partition_key: "ping"})
    try:
        probe().get_item(TableName=USERS.physical_name, Key=key)
    except (ClientError, *UNANSWERED) as error:
        raise translate(error) or Unavailable("DynamoDB answers, but has no tables for us.") from error
