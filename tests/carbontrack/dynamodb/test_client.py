import os
import socket
import threading
import time
from typing import Any

import pytest

from carbontrack.dynamodb import Unavailable, get_item, ping, put_item, reset_client, tables
from carbontrack.dynamodb.client import client, make_client, probe

ALICE = {"user_id": "alice"}


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def credentials(made):
    found = made._request_signer._credentials
    return found and found.access_key


def test_client_is_made_once(dynamodb):
    assert client() is client()
    assert probe() is not client()


def test_threads_that_start_together_share_one_client(dynamodb):
    reset_client()
    found = []
    threads = [threading.Thread(target=lambda: found.append(client())) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(made) for made in found}) == 1


def test_child_of_a_fork_makes_its_own_client(dynamodb):
    put_item(tables.USERS, ALICE)
    parents = id(client())

    child = os.fork()
    if child == 0:
        healthy = get_item(tables.USERS, ALICE) is not None and id(client()) != parents
        os._exit(0 if healthy else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert id(client()) == parents
    assert get_item(tables.USERS, ALICE) is not None


def test_client_is_configured_for_people_who_wait(settings):
    settings.DYNAMODB_MAX_CONNECTIONS = 77

    config: Any = make_client().meta.config

    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.max_pool_connections == 77
    assert config.account_id_endpoint_mode == "disabled"


def test_placeholder_credentials_only_where_nobody_checks(settings, no_credentials):
    settings.DYNAMODB_ENDPOINT_URL = "http://127.0.0.1:9"

    assert credentials(make_client()) == "local"


def test_real_credentials_win(settings, no_credentials, monkeypatch):
    settings.DYNAMODB_ENDPOINT_URL = "http://127.0.0.1:9"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    assert credentials(make_client()) == "AKREAL"


def test_amazon_never_gets_placeholder_credentials(settings, no_credentials, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings.DYNAMODB_ENDPOINT_URL = ""
    settings.DYNAMODB_REGION = "eu-west-1"

    made = make_client()

    assert credentials(made) is None
    assert made.meta.endpoint_url == "https://dynamodb.eu-west-1.amazonaws.com"


def test_ping_is_content_with_an_engine_that_answers(dynamodb):
    ping()


def test_ping_fails_when_nobody_is_there(faults):
    faults.engine_gone()

    with pytest.raises(Unavailable):
        ping()

    assert faults.sent == ["GetItem"]


def test_ping_fails_when_the_tables_are_missing(dynamodb, settings):
    settings.DYNAMODB_TABLE_PREFIX = "elsewhere-"

    with pytest.raises(Unavailable, match="no tables"):
        ping()


def test_ping_does_not_wait_for_an_engine_that_hangs(dynamodb, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.DYNAMODB_ENDPOINT_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        reset_client()
        began = time.monotonic()

        with pytest.raises(Unavailable):
            ping()
        waited = time.monotonic() - began
    reset_client()

    assert waited < 10  # the usual patience would be minutes
