"""From the check to the result and back out again, as the page of an import tells it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.dynamodb import count_requests
from carbontrack.jobs import SILENCE
from emissions.domain.imports import Import, ImportState
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.services.importing import checking
from emissions.services.importing.checking import work_out
from emissions.tasks import imports as tasks
from emissions.views.imports import columns
from organizations.domain import Organization, SecondStep
from tests.emissions.views.imports.bringing import (
    COLUMNS,
    HTMX,
    TRIPS,
    URL,
    checked,
    finished,
    newest,
    personal_total,
    stored_total,
    upload,
    uploaded,
)
from tests.factories import NOW
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person
from tests.organizations.suspended import store
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def queue(settings: Any) -> None:
    """The queue of production: nothing runs until a worker takes it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def queued() -> list[str]:
    return [result.task_path.rpartition(".")[2] for result in DBTaskResult.objects.order_by("enqueued_at")]


def test_check_tells_what_would_be_added_and_what_needs_a_look(alice: Person) -> None:
    found = checked(alice)

    text = text_of(alice.client.get(f"{URL}{found.id}/"))

    assert "3 of 6 rows can come in Entries 3 would be added" in text
    assert "Need a look 3 rows left out" in text
    assert "Add 3 entries, " in text
    assert "Line 4 Activity We have no emission factor for “Trian”. Did you mean" in text
    assert "Line 6 Amount" in text
    assert "Line 7 Date" in text
    assert "Line 2, 2 March 2026: 100 km makes " in text
    assert personal_total(alice) == (0, Decimal(0))


def test_nothing_usable_cannot_be_started(alice: Person) -> None:
    found = checked(alice, "Date,What,How much,Unit,Remark\n2026-03-02,Flying carpet,3,km,\n")

    page = alice.client.get(f"{URL}{found.id}/")
    assert "None of the rows can come in yet" in text_of(page)
    assert f"{URL}{found.id}/start/" not in page.text


def test_yes_brings_the_rows_in_and_the_page_says_what_became_of_them(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = finished(alice)

    page = alice.client.get(f"{URL}{found.id}/")
    text = text_of(page)
    assert (found.state, found.created, found.refused) == (ImportState.FINISHED, 3, 3)
    assert personal_total(alice) == (3, found.co2_emissions)
    assert "In your log Entries 3 added" in text
    assert "Get the 3 rows to correct" in text
    assert "/entries/?since=2026-03-02&amp;until=2026-03-05" in page.text
    assert "In your log" in text_of(alice.client.get(URL))

    entry = EntryRepository(alice.user_id).recent(1)[0]
    assert f'href="{URL}{found.id}/"' in alice.client.get(f"/entries/{entry.slug}/").text
    assert "You can take it back until 27 December 2027" in text
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=401))  # nothing is left to lead to
    alice.client.force_login(alice.user)
    assert f'href="{URL}{found.id}/"' not in alice.client.get(f"/entries/{entry.slug}/").text


def test_rows_to_correct_come_back_as_a_file_that_adds_only_what_was_missing(alice: Person) -> None:
    found = finished(alice)

    response = alice.client.get(f"{URL}{found.id}/errors/")
    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert response["Content-Disposition"] == 'attachment; filename="trips-to-correct.csv"'
    assert rows[0][:5] == ["Date", "What", "How much", "Unit", "Remark"]
    assert [row[:2] for row in rows[1:]] == [
        ["2026-03-04", "Trian"],
        ["2026-03-06", "Electricity"],
        ["30/02/2026", "Train"],
    ]
    corrected = text.replace("Trian", "Train").replace("lots", "8").replace("30/02/2026", "28/02/2026")
    again = finished(alice, TRIPS + "\n".join(corrected.splitlines()[1:]) + "\n")
    assert (again.created, again.existing) == (3, 3)


def test_a_cell_that_looks_like_a_formula_comes_back_as_text(alice: Person) -> None:
    evil = '=HYPERLINK("http://evil")'
    found = finished(
        alice,
        f"Date,What,How much,Unit,Remark\n2026-03-02,Train,1,km,\n2026-03-03,{evil},1,km,\n".replace(
            evil, '"=HYPERLINK(""http://evil"")"'
        ),
    )

    body = alice.client.get(f"{URL}{found.id}/errors/").getvalue().decode()

    assert "'=HYPERLINK" in body
    assert '<a href="http://evil' not in alice.client.get(f"{URL}{found.id}/").text


# -- While it runs ------------------------------------------------------------------------------------------


def test_page_polls_while_a_job_is_at_it_and_then_stops(alice: Person, queue: None) -> None:
    found = checked(alice)
    url = f"{URL}{found.id}/"
    assert alice.client.post(f"{url}start/")["Location"] == url
    assert queued() == ["run_import"]

    waiting = alice.client.get(url, headers=HTMX)
    assert waiting.text.lstrip().startswith('<div id="import"')
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "Adding entries 0% 0 of 6 rows." in text_of(waiting)

    tasks.run_import.call(alice.user_id, found.id, 6)
    done = alice.client.get(url, headers=HTMX)
    assert "hx-trigger" not in done.text
    assert "In your log" in text_of(done)


def test_a_check_that_was_queued_often_is_done_once(
    alice: Person, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probe_25"""
    monkeypatch.setattr(columns, "ROWS_IN_REQUEST", 1)
    found = uploaded(alice)
    for _ in range(2):
        alice.client.post(f"{URL}{found.id}/columns/", COLUMNS)
    done = []

    def work(found: Import, report: Any = None) -> Any:
        done.append(found)
        return work_out(found, report)

    monkeypatch.setattr(checking, "work_out", work)

    for _ in range(2):
        tasks.check_import.call(alice.user_id, found.id, 6)

    assert (len(done), newest(alice).state) == (1, ImportState.CHECKED)


def test_a_job_that_has_stopped_can_be_sent_on(
    alice: Person, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checked(alice)
    url = f"{URL}{found.id}/"
    alice.client.post(f"{url}start/")
    alice.client.post(f"{url}start/")
    assert queued() == ["run_import"]

    monkeypatch.setattr(clock, "now", lambda: NOW + SILENCE + timedelta(seconds=1))
    page = alice.client.get(url)
    assert "It has stopped" in text_of(page)
    assert "hx-trigger" not in page.text
    alice.client.post(f"{url}start/")
    assert queued() == ["run_import", "run_import"]


def test_the_page_of_a_running_import_costs_four_reads_at_most(alice: Person, queue: None) -> None:
    found = checked(alice)
    alice.client.post(f"{URL}{found.id}/start/")

    with count_requests() as meter:
        alice.client.get(f"{URL}{found.id}/", headers=HTMX)

    assert meter.count <= 4  # the profile, the import and its details, its job


# -- And back -----------------------------------------------------------------------------------------------


def test_undo_asks_with_the_numbers_and_then_takes_everything_back(alice: Person) -> None:
    found = finished(alice)
    url = f"{URL}{found.id}/"

    asked = text_of(alice.client.get(f"{url}undo/"))
    assert "3 entries with " in asked
    assert "Remove 3 entries Keep them" in asked
    assert personal_total(alice)[0] == 3

    assert alice.client.post(f"{url}undo/")["Location"] == url
    assert personal_total(alice) == (0, Decimal(0))
    text = text_of(alice.client.get(url))
    assert "Taken back 3 entries with" in text
    assert "Taken back" in text_of(alice.client.get(URL))
    assert alice.client.get(f"{url}undo/")["Location"] == url


def test_what_has_not_been_started_is_thrown_away_instead(alice: Person) -> None:
    found = uploaded(alice)
    url = f"{URL}{found.id}/"

    assert alice.client.get(f"{url}undo/").status_code == 302
    assert alice.client.post(f"{url}undo/").status_code == 409
    response = alice.client.post(f"{url}discard/", follow=True)

    assert "“trips.csv” is thrown away. Nothing of it was added." in text_of(response)
    assert alice.client.get(url).status_code == 404


def test_what_is_in_the_log_cannot_be_thrown_away(alice: Person) -> None:
    found = finished(alice)

    assert alice.client.post(f"{URL}{found.id}/discard/").status_code == 409
    assert alice.client.get(f"{URL}{found.id}/columns/")["Location"] == f"{URL}{found.id}/"
    assert newest(alice) == found


def test_work_entries_are_for_the_department_and_say_so(acme: Organization, alice: Person) -> None:
    found = finished(alice, target=SALES)

    assert stored_total(Subject.department(acme.id, SALES)) == (3, found.co2_emissions)
    assert "Work · Sales at Acme" in text_of(alice.client.get(f"{URL}{found.id}/"))
    assert "and the totals of Sales at Acme" in text_of(alice.client.get(f"{URL}{found.id}/undo/"))


def test_probe_17_work_comes_in_only_with_the_second_step_that_the_organization_demands(
    acme: Organization, alice: Person
) -> None:
    found = checked(alice, target=SALES)
    store(acme, second_step=SecondStep.ADMINISTRATORS)

    refused = [
        alice.client.post(f"{URL}{found.id}/start/"),
        upload(alice, target=SALES),
    ]

    assert [each.status_code for each in refused] == [302, 302]
    assert all(each["Location"].startswith("/settings/security/?next=") for each in refused)
    assert newest(alice) == found
    assert uploaded(alice, target="me").id != found.id  # for oneself nobody demands one
