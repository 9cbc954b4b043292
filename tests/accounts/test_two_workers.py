"""Limits hold for all processes together: two of them, on one database file, as with two web workers."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from tests.fixtures.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb, pytest.mark.no_cover]

SIGN_IN = "/account/login/"
KNOWN = "known@example.com"


def at_once(file: Path, work: Callable[[int], list[Any]]) -> list[Any]:
    """What `work(number)` returns in each of two processes that begin at the same time."""
    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:  # what this test has not committed is in it as well
        copy.executescript("\n".join(connection.connection.iterdump()))
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(2), context.SimpleQueue()
    workers = [
        context.Process(target=_work, args=(file, barrier, answers, work, number), daemon=True)
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0]
    return [*answers.get(), *answers.get()]


def _work(file: Path, barrier: Barrier, answers: Any, work: Callable[[int], list[Any]], number: int) -> None:
    """In the child: a connection of its own, to the file."""
    own = connections["default"].copy()
    own.settings_dict |= {
        "NAME": str(file),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL",
        },
    }
    connections["default"] = own
    barrier.wait(20)
    answers.put(work(number))


def test_probe_12_two_workers_give_no_more_tries_than_one(tmp_path: Path) -> None:
    make_user(KNOWN)

    def guess(number: int) -> list[Any]:
        return [
            "Too many tries." in page.text
            for page in (
                Client().post(SIGN_IN, {"login": KNOWN, "password": f"guess {number} {attempt}"})
                for attempt in range(5)
            )
        ]

    refused = at_once(tmp_path / "both.sqlite3", guess)

    assert Counter(refused) == {False: 5, True: 5}
