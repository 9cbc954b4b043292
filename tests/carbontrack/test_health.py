"""Probes: alive says nothing of the stores, ready asks both and waits for neither."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from carbontrack import health
from carbontrack.dynamodb import Unavailable, count_requests

DjangoAssertNumQueries = Callable[[int], Any]


def test_alive_asks_no_store(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0), count_requests() as meter:
        response = client.get("/healthz")

    assert response.json() == {"status": "alive"}
    assert meter.count == 0
    assert client.cookies == {}


@pytest.mark.django_db
def test_ready_when_both_stores_answer(client: Client, dynamodb: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "sql": "ok", "dynamodb": "ok"}


@pytest.mark.parametrize("broken", ["sql", "dynamodb"])
def test_the_store_that_fails_is_named_and_nothing_else_told(
    broken: str, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise Unavailable("password=secret")

    monkeypatch.setattr(health, "CHECKS", {"sql": lambda: None, "dynamodb": lambda: None} | {broken: fail})

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "sql": "ok", "dynamodb": "ok"} | {
        broken: "unavailable"
    }


def test_a_store_that_hangs_does_not_hang_the_probe(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "CHECKS", {"sql": released.wait, "dynamodb": lambda: None})

    response = client.get("/readyz")
    released.set()

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "sql": "unavailable", "dynamodb": "ok"}


def test_a_probe_may_call_a_process_by_its_address(client: Client, db: None) -> None:
    probe = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    page = client.get("/", headers={"Host": "10.1.2.3:8000"})

    assert (probe.status_code, page.status_code) == (200, 400)
