"""What a worker does before its first request, and what it makes of requests in odd charsets."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest

from carbontrack import health, wsgi
from carbontrack.dynamodb import client as clients
from carbontrack.dynamodb import reset_client
from emissions.factors.resolution import built_in


@pytest.fixture
def cold(dynamodb: None) -> None:
    reset_client()


def test_a_worker_has_its_clients_and_the_catalogue_before_its_first_request(cold: None) -> None:
    importlib.reload(wsgi)

    assert set(clients._clients) == {"client", "probe"}
    assert built_in.cache_info().currsize == 1


def test_the_patience_of_a_readiness_check_begins_when_the_clients_are_made(
    cold: None, client: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[set[str]] = []
    monkeypatch.setattr(health, "CHECKS", {"dynamodb": lambda: made.append(set(clients._clients))})

    assert client.get("/readyz").status_code == 200
    assert made == [{"client", "probe"}]


def test_a_worker_and_a_command_that_is_only_listed_load_no_heavy_library() -> None:
    heavy = {"pyarrow", "typst", "python_calamine", "duckdb"}
    program = (
        "import sys, carbontrack.wsgi, carbontrack.urls, emissions.management.commands.warehouse;"
        f"print(*sorted({heavy} & sys.modules.keys()))"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings"}

    run = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | settings, capture_output=True, text=True, check=True
    )

    assert run.stdout.split() == []


@pytest.mark.parametrize("charset", ["rot13", "undefined", "unicode_escape", "utf-7", '"utf-16"'])
@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("separator", ["; charset=", ";CHARSET =", "; charset*=utf-8''"])
def test_every_request_is_in_utf_8_whatever_it_claims(
    charset: str, content_type: str, separator: str, db: None
) -> None:
    environ: dict[str, Any] = {
        "CONTENT_TYPE": f"{content_type}{separator}{charset}",
        "QUERY_STRING": urlencode({"variant": "beef", "amount": "12,5+AGE-\\ud800"}),
        "HTTP_HOST": "localhost",
        "wsgi.input": BytesIO(b""),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    response: Any = wsgi.application(environ, lambda status, headers, *_: statuses.append(status))
    body = b"".join(response).decode()
    response.close()

    assert statuses == ["422 Unprocessable Entity"]
    assert 'value="12,5+AGE-\\ud800"' in body
