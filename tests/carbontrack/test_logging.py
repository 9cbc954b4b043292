"""What the logs tell, and what they never tell."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
from typing import Any

import pytest
from django.test import Client

from carbontrack import logging as structured
from tests.fixtures.people import Person


def request_line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    lines = [record.msg for record in caplog.records if record.name == "carbontrack.requests"]
    assert isinstance(lines[-1], dict)
    return lines[-1]


def rendered(record: logging.LogRecord, *, as_json: bool = True) -> str:
    config = structured.configure(as_json=as_json, level="INFO")
    formatter = dict(config["formatters"]["structured"])
    made: logging.Formatter = formatter.pop("()")(**formatter)
    return made.format(record)


def test_a_request_is_one_line_without_personal_data(alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    response = alice.client.get(
        "/factors/", {"q": "alice@example.com"}, headers={"X-Request-ID": "from-the-proxy-1"}
    )

    line = request_line(caplog)
    assert {name: line[name] for name in ("event", "method", "route", "status", "request_id", "level")} == {
        "event": "request",
        "method": "GET",
        "route": "emissions:factor-list",
        "status": response.status_code,
        "request_id": "from-the-proxy-1",
        "level": "info",
    }
    assert line["ms"] > 0
    assert line["dynamodb_requests"] >= 0
    assert "alice" not in str(line)


def test_requests_to_dynamodb_are_counted(alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    alice.client.get("/settings/")

    assert request_line(caplog)["dynamodb_requests"] == 1


@pytest.mark.parametrize(
    "offered", ["", "short", "has space in it", "x" * 65, "newline\\nx", "<script>alert(1)</script>"]
)
def test_an_odd_request_id_from_outside_is_replaced(offered: str, client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": offered})

    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


@pytest.mark.parametrize("url", ["/healthz", "/static/css/base.css"])
def test_a_probe_or_a_file_is_not_logged(
    url: str, client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    response = client.get(url)
    response.close()

    assert response.status_code == 200

    assert [record for record in caplog.records if record.name == "carbontrack.requests"] == []


def test_an_address_in_an_exception_is_blacked_out() -> None:
    try:
        raise ValueError("Key (email)=(alice@example.com) already exists")
    except ValueError:
        record = logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, "%s: %s", ("Error", "/x/alice"), sys.exc_info()
        )

    for as_json in (True, False):
        line = rendered(record, as_json=as_json)

        assert "alice" not in line
        assert "([address]) already exists" in line


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "Invalid request from ip=203.0.113.7: Invalid HTTP Header: 'Cookie carbontrack-session=secret'",
            "Invalid request: Invalid HTTP Header",
        ),
        (
            "Invalid request from ip=2001:db8::7: Request Line is too large (5000 > 4094)",
            "Invalid request: Request Line is too large (5000 > 4094)",
        ),
        ("Booting worker with pid: 7", "Booting worker with pid: 7"),
    ],
)
def test_what_gunicorn_cannot_read_is_not_repeated(said: str, kept: str) -> None:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, __file__, 1, said, None, None)

    assert json.loads(rendered(record))["event"] == kept


def test_production_logs_are_json() -> None:
    record = logging.LogRecord("emissions", logging.INFO, __file__, 1, "totals rebuilt", None, None)

    line = json.loads(rendered(record))

    assert {name: line[name] for name in ("event", "level", "logger")} == {
        "event": "totals rebuilt",
        "level": "info",
        "logger": "emissions",
    }


def test_djangos_own_lines_about_answers_are_left_out() -> None:
    only_exceptions = structured.OnlyExceptions()
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "Service Unavailable: /x", None, None
    )

    assert not only_exceptions.filter(record)
