"""Deleting an organization, as an administrator sees it: the name, the progress, the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from accounts.domain import Role
from carbontrack import clock
from carbontrack.jobs import SILENCE, JobState, Progress, ProgressRepository, Reporter
from emissions.services import deletion, releasing
from emissions.tasks import deletion as tasks
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.colleagues import log_by
from tests.factories import NOW
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/organization/delete/"
PROGRESS = f"{URL}progress/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue of production: nothing runs until a worker takes it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(releasing, "INDEX_LAG_SECONDS", 0)


def stored(organization: Organization) -> Organization | None:
    return OrganizationRepository(organization.id).find()


def queued() -> list[str]:
    return [result.task_path.rpartition(".")[2] for result in DBTaskResult.objects.order_by("enqueued_at")]


def begin(person: Person, name: str = "Acme") -> Any:
    return person.client.post(URL, {"name": name})


def test_page_says_what_stays_and_what_goes(acme: Organization, alice: Person) -> None:
    text = text_of(alice.client.get(URL))

    assert "Their work entries become personal ones, with all figures, also those of closed months." in text
    assert "The audit trail is kept" in text
    assert "its 3 departments, its targets, closed months and invitations." in text
    assert "The membership of 2 people." in text


@pytest.mark.parametrize("name", ["", "acme", "Acme Ltd", "ACME"])
def test_name_must_be_typed_exactly(acme: Organization, alice: Person, name: str) -> None:
    response = begin(alice, name)

    assert response.status_code == 422
    assert stored(acme) == acme
    assert queued() == []


def test_name_that_is_right_begins_the_job(acme: Organization, alice: Person) -> None:
    response = begin(alice)

    assert (response.status_code, response["Location"]) == (302, PROGRESS)
    organization = stored(acme)
    assert organization is not None
    assert organization.deleting_at == NOW
    assert queued() == ["delete_organization"]
    assert "Waiting for its turn" in text_of(alice.client.get(PROGRESS))
    assert alice.client.get(URL)["Location"] == PROGRESS


def test_page_polls_while_the_job_runs_and_stops_when_it_is_done(acme: Organization, alice: Person) -> None:
    log_by(3, "2024-03")
    begin(alice)
    words = "Giving entries back to their authors"
    running = Progress(deletion.JOB_ID, JobState.RUNNING, NOW, step=words, done=3, total=12)
    ProgressRepository(acme.id).save(running)

    part = alice.client.get(PROGRESS, headers=HTMX)
    assert part.content.decode().lstrip().startswith('<section id="deletion-progress"')
    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "Giving entries back to their authors 25% 3 of 12 entries and members" in text_of(part)

    tasks.delete_organization.call(acme.id, alice.user_id)
    part = alice.client.get(PROGRESS, headers=HTMX)
    assert "Done Every work entry belongs to its author alone now" in text_of(part)
    assert "hx-trigger" not in part.content.decode()


def test_whole_way_to_the_end(acme: Organization, alice: Person, bob: Person) -> None:
    begin(alice)
    tasks.delete_organization.call(acme.id, alice.user_id)
    last = DBTaskResult.objects.get(task_path="emissions.tasks.deletion.end_organization")
    assert last.run_after == NOW + deletion.FAREWELL

    tasks.end_organization.call(*last.args_kwargs["args"])

    assert stored(acme) is None
    assert [person.client.get(URL).status_code for person in (alice, bob)] == [404, 404]
    assert "Create" in text_of(alice.client.get("/organization/"))


def test_tab_left_open_is_told_that_it_is_over(acme: Organization, alice: Person) -> None:
    begin(alice)
    deletion.empty(acme.id, alice.user_id)
    deletion.end(acme.id, alice.user_id)

    page, part = (alice.client.get(PROGRESS, headers=headers) for headers in ({}, HTMX))

    assert "Nothing is left to delete" in text_of(page)
    assert part.content.decode().lstrip().startswith('<section id="deletion-progress"')
    for response in (page, part):
        assert response.status_code == 200
        assert "what you logged for it is your own now. Go to your own dashboard" in text_of(response)
        assert "hx-trigger" not in response.content.decode().partition('id="deletion-progress"')[2]


@pytest.mark.parametrize(
    "path",
    ["dashboard/", "members/", "invitations/", "departments/", "targets/", "months/", "audit/", "settings/"],
)
def test_every_page_leads_full_administrators_to_the_progress(
    acme: Organization, alice: Person, charlie: Person, path: str
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    begin(alice)

    whole = alice.client.get(f"/organization/{path}")
    assert "This organization is being deleted." in text_of(whole)
    assert f'href="{PROGRESS}"' in whole.content.decode()
    limited = charlie.client.get(f"/organization/{path}")
    assert f'href="{PROGRESS}"' not in limited.content.decode()


def test_progress_is_shown_to_full_administrators_while_there_is_some(
    acme: Organization, alice: Person, bob: Person
) -> None:
    assert alice.client.get(PROGRESS)["Location"] == URL
    assert bob.client.get(PROGRESS)["Location"] == "/organization/"
    assert bob.client.get(PROGRESS, headers=HTMX)["HX-Redirect"] == "/organization/"

    begin(alice)

    assert "Acme" in text_of(alice.client.get(PROGRESS))
    assert bob.client.get(PROGRESS)["Location"] == "/organization/"
    assert "This organization is being deleted." in text_of(bob.client.get("/organization/"))


def test_while_it_is_deleted_nothing_in_it_can_be_changed(acme: Organization, alice: Person) -> None:
    begin(alice)

    for url, data in (
        ("/organization/targets/", {}),
        ("/organization/months/2026-10/close/", {}),
        ("/organization/months/2026-10/reopen/", {"reason": "x"}),
    ):
        assert alice.client.post(url, data).status_code == 409
    overview = OrganizationRepository(acme.id).overview()
    assert (overview.targets, overview.closed_months) == ((), ())


def test_second_form_begins_no_second_job(acme: Organization, alice: Person) -> None:
    begin(alice)
    begin(alice)

    assert queued() == ["delete_organization"]


@pytest.mark.parametrize("left", ["silent", "failed", "never queued"])
def test_job_that_has_stopped_can_be_started_again(
    acme: Organization, alice: Person, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(alice)
    if left == "failed":
        Reporter(acme.id, deletion.JOB_ID).fail()
    elif left == "never queued":
        monkeypatch.setattr(ProgressRepository, "find", lambda *_: None)
    if left != "failed":
        monkeypatch.setattr(clock, "now", lambda: NOW + SILENCE + timedelta(seconds=1))

    assert "It has stopped" in text_of(alice.client.get(PROGRESS))
    alice.client.post(URL)

    assert queued() == ["delete_organization"] * 2


def test_emptied_organization_that_nobody_ended_can_be_started_again(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(alice)
    deletion.empty(acme.id, alice.user_id)
    monkeypatch.setattr(clock, "now", lambda: NOW + deletion.FAREWELL)
    assert "Done" in text_of(alice.client.get(PROGRESS))

    monkeypatch.setattr(clock, "now", lambda: NOW + deletion.FAREWELL + timedelta(minutes=3))
    assert "It has stopped" in text_of(alice.client.get(PROGRESS))


def test_probe_03_members_and_limited_administrators_may_not(
    acme: Organization, bob: Person, charlie: Person
) -> None:
    """probe_03."""
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    for person in (bob, charlie):
        assert begin(person).status_code == 403
        assert person.client.get(URL, headers=HTMX).status_code == 403
    assert queued() == []


def test_probe_05_extra_fields_delete_nothing_else(
    acme: Organization, globex: Organization, alice: Person
) -> None:
    """probe_05: which organization it is comes from the profile."""
    alice.client.post(URL, {"name": "Globex", "organization_id": globex.id})
    alice.client.post(URL, {"name": "Acme", "organization_id": globex.id, "deleting_at": ""})

    assert stored(globex) == globex
    organization = stored(acme)
    assert organization is not None
    assert organization.deleting_at == NOW
