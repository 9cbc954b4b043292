"""One's own data with credentials that reach nothing else.

With DYNAMODB_PERSON_ROLE_ARN set, a request to DynamoDB that touches only the partitions of who is signed in
is signed with credentials of that role, narrowed to the person by a session policy of STS: a mistake in a key
is then refused by Amazon, not only by us. Everything else (an organization's totals, an index, a job) goes
with the credentials of the process. If STS does not answer, nothing is read: never with more rights instead.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from django.conf import settings

from carbontrack import clock
from carbontrack.dynamodb import iam
from carbontrack.dynamodb.client import client, narrowed_client
from carbontrack.dynamodb.errors import Unavailable
from carbontrack.dynamodb.tables import ALL_TABLES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: For how long STS gives credentials, and how long before their end new ones are asked for.
LIFETIME = timedelta(hours=1)
MARGIN = timedelta(minutes=5)
#: People whose credentials a process keeps.
MOST_KEPT = 5_000
_PARTITION_KEYS = {table.name: table.partition_key for table in ALL_TABLES}
_ACTIONS = {
    "get_item": "GetItem",
    "put_item": "PutItem",
    "update_item": "UpdateItem",
    "delete_item": "DeleteItem",
    "query": "Query",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_EQUALS = re.compile(r"\(?(#\w+) = (:\w+)")

_person: ContextVar[str | None] = ContextVar("dynamodb_person", default=None)


@contextmanager
def acting_for(user_id: str) -> Iterator[None]:
    """Until the block ends, requests that touch only this person's partitions go with their credentials."""
    token = _person.set(user_id)
    try:
        yield
    finally:
        _person.reset(token)


def acted_for() -> str | None:
    """Whose own data is asked for at the moment; None in a job, and while nobody is signed in."""
    return _person.get()


def client_for(operation: str, params: dict[str, Any]) -> DynamoDBClient:
    """The client whose credentials a request goes with. Raises Unavailable if STS gives none."""
    user_id = acted_for()
    if (
        user_id is None
        or not settings.DYNAMODB_PERSON_ROLE_ARN
        or not iam.owns(user_id, partitions_of(operation, params))
    ):
        return client()
    credentials.of(user_id)  # before anything is sent: a failure is ours to tell, not the SDK's
    return narrowed_client(credentials)


def partitions_of(operation: str, params: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a request touches: (action, physical name of the table, partition) each; empty if not only that.

    A query of an index and a scan touch items of many.
    """
    if operation == "transact_write_items":
        writes = [(kind, write) for each in params["TransactItems"] for kind, write in each.items()]
        return [_by_key(_ACTIONS[kind], write) for kind, write in writes]
    if operation == "batch_get_item":
        return [
            _by_key("BatchGetItem", {"TableName": name, "Key": key})
            for name, request in params["RequestItems"].items()
            for key in request["Keys"]
        ]
    if operation == "batch_write_item":
        return [
            _by_key("BatchWriteItem", {"TableName": name, **write})
            for name, requests in params["RequestItems"].items()
            for request in requests
            for write in request.values()
        ]
    if operation == "query":
        return [] if "IndexName" in params else _by_condition(params)
    return [_by_key(_ACTIONS[operation], params)] if operation in _ACTIONS else []


def _by_key(action: str, params: dict[str, Any]) -> tuple[str, str, str]:
    name = params["TableName"]
    key = params.get("Key") or params["Item"]
    return action, name, key[_partition_key(name)]["S"]


def _by_condition(params: dict[str, Any]) -> list[tuple[str, str, str]]:
    """From the key condition: the value that the partition key equals."""
    name = params["TableName"]
    names, values = params["ExpressionAttributeNames"], params["ExpressionAttributeValues"]
    for attribute, value in _EQUALS.findall(params["KeyConditionExpression"]):
        if names[attribute] == _partition_key(name):
            return [("Query", name, values[value]["S"])]
    return []


def _partition_key(physical_name: str) -> str:
    return _PARTITION_KEYS[physical_name.removeprefix(settings.DYNAMODB_TABLE_PREFIX)]


class PersonCredentials:
    """Credentials of whoever is acted for, as botocore asks for them when it signs a request."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[ReadOnlyCredentials, datetime]] = OrderedDict()
        self._lock = threading.Lock()
        self._sts: Any = None

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        user_id = _person.get()
        if user_id is None:
            raise RuntimeError("A request with a person's credentials was made outside of `acting_for`.")
        return self.of(user_id)

    def get_deferred_property(self, name: str) -> Callable[[], str | None]:
        """What botocore asks for to find an endpoint: the `account_id`, which is the role's."""
        return lambda: settings.DYNAMODB_PERSON_ROLE_ARN.split(":")[4] if name == "account_id" else None

    def of(self, user_id: str) -> ReadOnlyCredentials:
        """Those of a person, kept until shortly before they expire. Raises Unavailable."""
        with self._lock:
            kept = self._kept.get(user_id)
            if kept is not None and clock.now() < kept[1] - MARGIN:
                self._kept.move_to_end(user_id)
                return kept[0]
        fresh = self._assume(user_id)  # outside of the lock: it takes as long as STS does
        with self._lock:
            self._kept[user_id] = fresh
            self._kept.move_to_end(user_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return fresh[0]

    def forget(self) -> None:
        """Forget everything, so that the next use reads the settings again."""
        with self._lock:
            self._kept.clear()
            self._sts = None

    def _assume(self, user_id: str) -> tuple[ReadOnlyCredentials, datetime]:
        try:
            given = self._client().assume_role(
                RoleArn=settings.DYNAMODB_PERSON_ROLE_ARN,
                RoleSessionName=user_id,
                Policy=json.dumps(iam.person_policy(user_id), separators=(",", ":")),
                Tags=[{"Key": iam.PERSON_TAG, "Value": user_id}],
                DurationSeconds=int(LIFETIME.total_seconds()),
            )["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("STS gave no credentials for a person's own data.") from error
        frozen = ReadOnlyCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return frozen, given["Expiration"]

    def _client(self) -> Any:
        with self._lock:
            if self._sts is None:
                config = Config(
                    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
                )
                session: Any = Session()
                self._sts = session.create_client("sts", region_name=settings.DYNAMODB_REGION, config=config)
            return self._sts


#: Of this process.
credentials = PersonCredentials()
