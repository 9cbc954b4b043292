"""Somebody takes all of their data away and leaves. The erasure is killed half-way, and ends all the same."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from carbontrack.dynamodb import decode_item, iter_scan
from carbontrack.dynamodb.tables import ALL_TABLES
from tests.fixtures.browser import ROOT, LiveApp
from tests.journeys.steps import Newcomer, expect_page, sign_up

#: Dies when the third step is through, as `kill -9` lets it.
DYING = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from accounts.privacy import due
note = due._note_done
def dying(erasure, done):
    note(erasure, done)
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
due._note_done = dying
call_command("erase", settle=0)
"""


@pytest.mark.dynamodb
def test_a_person_downloads_everything_and_deletes_the_account(
    browser_page: Page, live_app: LiveApp, tmp_path: Path
) -> None:
    page = browser_page
    person = sign_up(page)
    person.store_entries(8)

    _download(page, tmp_path / "data.zip", person)
    _delete(page)
    _let_the_week_pass(live_app, person)

    assert _run(live_app, "-c", DYING) == -9
    assert _sql(live_app, "SELECT is_active FROM accounts_user WHERE email = ?", person.email) == [(0,)]
    assert _run(live_app, "manage.py", "erase", "--settle", "0", claimed_by=person) == 0

    _wait_for_mail(live_app, person, "Your account is deleted")
    assert list(_left(live_app, person)) == []
    page.goto("/entries/")
    expect_page(page, "Sign in")


def _download(page: Page, to: Path, person: Newcomer) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Your data").click()
    page.get_by_role("button", name="Prepare my data").click()
    expect_page(page, "Your data is ready")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    download.value.save_as(to)
    with zipfile.ZipFile(to) as bundle:
        assert person.email in bundle.read("account.json").decode()
        assert bundle.read("entries.csv").count(b"\r\n") == 1 + 8
        assert bundle.testzip() is None


def _delete(page: Page) -> None:
    """Asked for without the tick it comes back, then it is kept, and at last wanted for good."""
    page.get_by_role("link", name="Your data", exact=True).first.click()
    page.get_by_role("link", name="See what would go").click()
    expect_page(page, "Delete your account?")
    expect(page.get_by_role("main")).to_contain_text("Your 8 entries")
    button = page.get_by_role("button", name="Delete my account in 7 days")
    button.click()
    expect(page.get_by_role("main")).to_contain_text("Tick this first")
    for is_final in (False, True):
        page.goto("/settings/delete/")
        page.get_by_label("Delete my account and everything listed above").check()
        button.click()
        expect_page(page, "Your account is going to be deleted")
        if not is_final:
            page.goto("/")
            page.get_by_role("button", name="Keep my account").click()
            expect(page.get_by_role("status")).to_contain_text("Your account stays.")


def _wait_for_mail(live_app: LiveApp, person: Newcomer, subject: str) -> None:
    """Mails leave one after the other through the task queue, the one that matters last."""
    deadline = time.monotonic() + 15
    while subject not in (
        subjects := [mail["Subject"] for mail in live_app.mails() if mail["To"] == person.email]
    ):
        assert time.monotonic() < deadline, subjects
        time.sleep(0.1)


def _let_the_week_pass(live_app: LiveApp, person: Newcomer) -> None:
    _sql(live_app, "UPDATE accounts_user SET erase_at = '2024-01-01 00:00:00' WHERE email = ?", person.email)


def _run(live_app: LiveApp, *command: str, claimed_by: Newcomer | None = None) -> int:
    """A process as a schedule would start it. Who died has claimed the account: that claim is over here."""
    if claimed_by is not None:
        _sql(live_app, "UPDATE accounts_erasure SET claimed_until = NULL WHERE ? <> ''", claimed_by.email)
    folder = live_app.mail_folder.parent
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"} | {
        "DJANGO_SETTINGS_MODULE": "carbontrack.settings",
        "STATE_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/carbontrack.sqlite3",
        "DYNAMODB_ENDPOINT_URL": settings.DYNAMODB_ENDPOINT_URL,
        "DYNAMODB_TABLE_PREFIX": settings.DYNAMODB_TABLE_PREFIX,
        "EMAIL_URL": f"filemail:///{live_app.mail_folder}",
    }
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, timeout=60).returncode


def _sql(live_app: LiveApp, statement: str, *values: str) -> list[tuple[object, ...]]:
    with closing(
        sqlite3.connect(live_app.mail_folder.parent / "carbontrack.sqlite3", timeout=10)
    ) as database:
        rows = database.execute(statement, values).fetchall()
        database.commit()
    return rows


def _left(live_app: LiveApp, person: Newcomer) -> Iterator[str]:
    """Where the id or the address still is, in any table of either store."""
    words = (person.user_id, person.user_id.replace("-", ""), person.email)
    for table in ALL_TABLES:
        for item in map(decode_item, iter_scan(table)):
            if any(word in str(item) for word in words):
                yield f"{table.name}: {item}"
    for (name,) in _sql(live_app, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in _sql(live_app, f'SELECT * FROM "{name}"'):
            if any(word in str(row) for word in words):
                yield f"{name}: {row}"
