"""One DynamoDB client per process, made on first use and never shared across a fork.

The client is thread-safe and keeps a pool of connections. Time-outs are short because a person is waiting: a
page that cannot be served in seconds is better answered with "try again" than with silence.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore
from botocore.config import Config
from botocore.session import Session
from django.conf import settings

from carbontrack.dynamodb.attempts import watch
from carbontrack.dynamodb.parser import LeanParserFactory
from carbontrack.dynamodb.serializer import LeanSerializer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 3
#: The first try and two retries. Transactions are retried by `WriteTransaction`, with one token, instead.
TOTAL_ATTEMPTS = 3
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

PROBE_TIMEOUT_SECONDS = 0.5

_lock = threading.Lock()
_clients: dict[str, DynamoDBClient] = {}


def client() -> DynamoDBClient:
    """The client of this process."""
    return _clients.get("client") or _make("client")


def probe() -> DynamoDBClient:
    """A client for "are you there?": one try, answered in half a second or not at all."""
    return _clients.get("probe") or _make(
        "probe",
        connect_timeout=PROBE_TIMEOUT_SECONDS,
        read_timeout=PROBE_TIMEOUT_SECONDS,
        total_attempts=1,
    )


def narrowed_client(credentials: Any) -> DynamoDBClient:
    """The client for one's own data. Its `credentials` know whose (`carbontrack.dynamodb.narrowing`)."""
    return _clients.get("narrowed") or _make("narrowed", credentials=credentials)


def warm_up() -> None:
    """Make both clients now. That takes longer than most answers, so nobody should wait for it."""
    client()
    probe()


def reset_client() -> None:
    """Close and forget the clients, so that the next use reads the settings again. For tests."""
    with _lock:
        for made in _clients.values():
            made.close()
        _clients.clear()


def _make(name: str, **options: Any) -> DynamoDBClient:
    with _lock:
        if name not in _clients:
            _clients[name] = make_client(**options)
        return _clients[name]


def _forget_after_fork() -> None:
    """A child must not speak on its parent's connections, nor wait for a lock that a lost thread holds."""
    global _lock
    _clients.clear()
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)


def make_client(
    *,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout: float = READ_TIMEOUT_SECONDS,
    total_attempts: int = TOTAL_ATTEMPTS,
    credentials: Any = None,
) -> DynamoDBClient:
    """A new client for the configured endpoint. Time-outs are in seconds.

    `credentials` sign its requests instead of those of the process.
    """
    endpoint_url = settings.DYNAMODB_ENDPOINT_URL or None
    session = Session()
    if credentials is not None:
        own: Any = session
        own._credentials = credentials
    session.register_component("response_parser_factory", LeanParserFactory())
    options: dict[str, Any] = {
        "retries": {"mode": "standard", "total_max_attempts": total_attempts},
        "connect_timeout": connect_timeout,
        "read_timeout": read_timeout,
        "max_pool_connections": settings.DYNAMODB_MAX_CONNECTIONS,
        "tcp_keepalive": True,
        # A fixed one: botocore would put together a long one for every request.
        "user_agent": f"carbontrack botocore/{botocore.__version__}",
        # The layer above builds every request itself; DynamoDB validates them again.
        "parameter_validation": False,
    }
    placeholders: dict[str, str] = {}
    if endpoint_url is not None:
        options["account_id_endpoint_mode"] = "disabled"
        if credentials is None:
            placeholders = _placeholder_credentials(session, endpoint_url)
    create_client: Any = session.create_client  # boto3-stubs types the clients, but not this session
    made: DynamoDBClient = create_client(
        "dynamodb",
        region_name=settings.DYNAMODB_REGION,
        endpoint_url=endpoint_url,
        config=Config(**options),
        **placeholders,
    )
    inside: Any = made
    inside._serializer = LeanSerializer(inside._serializer)
    # A transaction keeps one token over all its tries: its own loop decides, not the SDK's.
    events: Any = made.meta.events
    events.register_first("needs-retry.dynamodb.TransactWriteItems", _leave_to_the_caller)
    watch(events)
    return made


def _leave_to_the_caller(**_: Any) -> bool:
    return False


def _placeholder_credentials(session: Session, endpoint_url: str) -> dict[str, str]:
    """Credentials for an endpoint that checks none, when there are no real ones; else nothing."""
    if urlsplit(endpoint_url).hostname in LOOPBACK_HOSTS:
        # The metadata service of a cloud machine is no source for the engine beside us, and slow to miss.
        session.get_component("credential_provider").remove("iam-role")
    if session.get_credentials() is not None:
        return {}
    return {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
