"""A person's report over HTTP: at once where it is small, by a job where it is large."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.dynamodb import Unavailable, count_requests, update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.files import FileRepository
from carbontrack.jobs import JobState, ProgressRepository
from emissions.dashboard.periods import Month
from emissions.reports import preparing, store
from emissions.reports.periods import months_period
from emissions.reports.preparing import PersonalRequest
from emissions.services.entries import record_entry
from emissions.tasks import reports as tasks
from emissions.views.reports import shared
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

URL = "/insights/report/"
YEAR = f"{URL}2026-01_2026-12/"
EVIL = "=HYPERLINK(1) <script>alert(1)</script> #panic()"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def logged(alice: Person) -> Person:
    """alice, who has logged three trips this year."""
    for number in range(3):
        draft = make_draft(f"2026-0{number + 1}-15T10:30")
        record_entry(alice.stored_profile(), draft, entry_id=entry_id_of(number))
    return alice


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries are many."""
    monkeypatch.setattr(shared, "AT_ONCE", 2)


def request_of(person: Person) -> PersonalRequest:
    period = months_period(Month(2026, 1), Month(2026, 12), NOW.date())
    return PersonalRequest.read(person.stored_profile(), period)


def digest(html: str) -> str:
    match = re.search(r"Content digest \(SHA-256\)</dt><dd>([0-9a-f]{64})</dd>", html)
    assert match is not None
    return match[1]


def test_report_stands_on_the_page_at_once_in_four_requests(logged: Person) -> None:
    with count_requests() as requests:
        response = logged.client.get(URL)

    page = response.content.decode()
    assert response.status_code == 200
    # The profile, totals, entries, the audit trail.
    assert requests.count == 4, requests
    assert "2026 so far (January–November 2026)" in page
    assert "3.15 Investments" in page
    assert "none recorded" in page


def test_name_stays_a_name_on_the_page_in_the_pdf_and_in_the_workbook(logged: Person) -> None:
    update_item(USERS, {"user_id": logged.user_id}, set={"name": EVIL})

    page = logged.client.get(URL).content.decode()
    pdf = logged.client.get(f"{YEAR}file/?format=pdf")
    xlsx = logged.client.get(f"{YEAR}file/?format=xlsx")

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert pdf.content.startswith(b"%PDF-")
    assert b"#panic()" in pdf.content
    assert digest(page).encode() in pdf.content
    with zipfile.ZipFile(io.BytesIO(xlsx.content)) as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
        assert "=HYPERLINK(1)" in sheet
        assert "<f>" not in sheet
        assert digest(page) in sheet
    assert xlsx["Content-Disposition"].endswith('.xlsx"')


@pytest.mark.parametrize("query", ["?period=2099", "?since=2026-03", "?since=x&until=%00"])
def test_months_that_make_no_sense_are_answered_by_the_form(alice: Person, query: str) -> None:
    response = alice.client.get(f"{URL}{query}")

    assert response.status_code == 422
    assert 'class="field-error"' in response.content.decode()


def test_period_without_entries_teaches_the_first_step(alice: Person) -> None:
    page = alice.client.get(f"{URL}?period=2025").content.decode()

    assert "Nothing was logged in January–December 2025" in page
    assert alice.client.get(f"{URL}2025-01_2025-12/file/").status_code == 302


def test_large_report_is_prepared_by_a_job_and_kept(logged: Person, large: None) -> None:
    offered = logged.client.get(URL).content.decode()
    assert "Prepare the report" in offered
    assert "report-title" not in offered
    assert logged.client.get(f"{YEAR}file/").status_code == 404

    response = logged.client.post(f"{URL}prepare/", {"period": "2026"}, follow=True)

    assert response.redirect_chain == [(YEAR, 302)]
    page = response.content.decode()
    assert "Prepared on 22 November 2026" in page
    for extension in ("pdf", "xlsx"):
        assert logged.client.get(f"{YEAR}file/?format={extension}").status_code == 200
    assert "Open the report" in logged.client.get(URL).content.decode()
    assert logged.client.get(f"{YEAR}file/?format=exe").status_code == 400


def test_prepared_report_says_what_the_page_says_at_once(
    logged: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = digest(logged.client.get(URL).content.decode())
    monkeypatch.setattr(shared, "AT_ONCE", 2)
    logged.client.post(f"{URL}prepare/", {"period": "2026"})
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))

    assert digest(logged.client.get(YEAR).content.decode()) == at_once

    monkeypatch.setattr(clock, "now", lambda: NOW + store.KEPT)
    assert "Prepare the report" in logged.client.get(YEAR, follow=True).content.decode()


def test_report_of_somebody_else_is_out_of_reach(logged: Person, bob: Person, large: None) -> None:
    logged.client.post(f"{URL}prepare/", {"period": "2026"})

    assert bob.client.get(YEAR, follow=True).redirect_chain == [(f"{URL}?period=2026", 302)]
    assert FileRepository(bob.user_id).find(request_of(logged).file_id) is None


def test_report_under_way_is_not_queued_twice_and_shows_how_far_it_is(
    logged: Person, large: None, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

    for _ in range(2):
        logged.client.post(f"{URL}prepare/", {"period": "2026"})

    assert DBTaskResult.objects.count() == 1
    part = logged.client.get(YEAR, headers={"HX-Request": "true"}).content.decode()
    assert "Waiting for its turn" in part
    assert "<html" not in part
    task = DBTaskResult.objects.get()
    tasks.prepare_report.call(*task.args_kwargs["args"])
    done = logged.client.get(YEAR, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == YEAR


def test_job_is_tried_again_while_a_store_is_away_and_gives_up_on_mistakes(
    logged: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    asked = request_of(logged)
    names = {"kind": "personal", "slug": asked.slug, "reader": logged.user_id}

    monkeypatch.setattr(preparing.PersonalRequest, "build", _raising(Unavailable("away")))
    tasks.prepare_report.call(asked.file_id, asked.owner, names)
    assert DBTaskResult.objects.count() == 1

    monkeypatch.setattr(preparing.PersonalRequest, "build", _raising(KeyError("ours")))
    with pytest.raises(KeyError):
        tasks.prepare_report.call(asked.file_id, asked.owner, names)
    progress = ProgressRepository(asked.owner).find(asked.file_id)
    assert progress is not None
    assert progress.state is JobState.FAILED


def _raising(error: Exception) -> Any:
    def build(*_: Any, **__: Any) -> None:
        raise error

    return build


def test_job_of_somebody_who_is_gone_keeps_nothing(logged: Person) -> None:
    asked = request_of(logged)
    names = {"kind": "personal", "slug": asked.slug, "reader": "00000000-0000-4000-8000-000000000000"}

    tasks.prepare_report.call(asked.file_id, asked.owner, names)

    assert FileRepository(asked.owner).find(asked.file_id) is None
