"""The pages of archives, and what lists say of months that are there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import count_requests
from carbontrack.jobs import SILENCE, Reporter
from emissions.domain.archives import ArchiveState
from emissions.domain.totals import Subject
from emissions.repositories.archives import ArchiveRepository
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving import storing
from emissions.services.archiving.due import JOB_ID
from emissions.services.archiving.restoring import begin_restore
from emissions.services.archiving.storing import archive_month
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from tests.emissions.services.colleagues import log_by
from tests.emissions.services.working import close_month, reopen_month
from tests.factories import NOW, make_entry
from tests.fixtures.people import Person
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

URL, OURS = "/settings/archive/", "/organization/archive/"
HTMX = {"HX-Request": "true"}
MONTHS = ("2023-12", "2024-01", "2024-03")


@pytest.fixture(autouse=True)
def time(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ARCHIVE_URL = str(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(storing, "INDEX_LAG_SECONDS", 0)


@pytest.fixture
def owner(alice: Person) -> Subject:
    """Alice, with an entry in each of some months, and one of today."""
    for number, month in enumerate((*MONTHS, "2026-11"), start=1):
        day = datetime.fromisoformat(f"{month}-15").replace(tzinfo=UTC)
        record_entries(alice.user_id, [make_entry(number, user_id=alice.user_id, occurred_at=day)])
    return Subject.user(alice.user_id)


def choose(person: Person, choice: str, *, url: str = URL, version: int | None = None) -> Any:
    page = person.client.get(url).content.decode()
    (seen,) = re.findall(r'name="seen_version" value="(\d+)"', page)
    data = {"keep_months": choice, "seen_version": seen if version is None else str(version)}
    return person.client.post(url, data)


def states(owner: Subject) -> list[tuple[str, ArchiveState]]:
    return [(record.month, record.state) for record in ArchiveRepository(owner).all()]


def test_what_somebody_keeps_for_two_years_is_archived_shown_and_restored(
    alice: Person, owner: Subject
) -> None:
    answer = choose(alice, "24")

    assert answer.status_code == 302
    assert alice.stored_profile().preferences.keep_months == 24
    page = alice.client.get(URL)
    assert "Entries stay for 2 years. Older ones go to the archive now." in text_of(page)
    assert "March 2024 1 entry · 14.3 kg CO2e · archived on 22 November 2026" in text_of(page)
    assert "every 2s" not in page.content.decode()  # nothing moves any more
    listed = text_of(alice.client.get("/entries/"))
    assert "Older months are in the archive" in listed
    assert "December 2023 1 entry · 14.3 kg CO2e Restore December 2023" in listed
    assert "Nothing matches" not in text_of(alice.client.get("/entries/?period=2024-03"))
    assert "March 2024 is in the archive" in text_of(alice.client.get("/entries/?period=2024-03"))
    assert "in the archive" not in text_of(alice.client.get("/entries/?period=2026-11"))

    answer = alice.client.post(f"{URL}2024-03/restore/", follow=True)

    assert "March 2024 is on its way back to the list of entries." in text_of(answer)
    assert "March 2024 In the list again, at least until 22 December 2026" in text_of(answer)
    assert "in the archive" not in text_of(alice.client.get("/entries/?period=2024-03"))
    assert len(list(EntryRepository(alice.user_id).iter_month("2024-03"))) == 1
    again = alice.client.post(f"{URL}2024-03/restore/", follow=True)
    assert "There is nothing to restore" in text_of(again)


def test_a_year_is_restored_at_once(alice: Person, owner: Subject) -> None:
    choose(alice, "24")

    answer = alice.client.post(f"{URL}2024/restore/", follow=True)

    assert "2 months are on their way back" in text_of(answer)
    assert states(owner) == [
        ("2023-12", ArchiveState.ARCHIVED),
        ("2024-01", ArchiveState.RESTORED),
        ("2024-03", ArchiveState.RESTORED),
    ]


def test_for_ever_keeps_what_is_archived_and_archives_no_more(alice: Person, owner: Subject) -> None:
    archive_month(owner, "2023-12")
    choose(alice, "120")

    answer = choose(alice, "ever")

    assert answer.status_code == 302
    assert alice.stored_profile().preferences.keep_months is None
    assert states(owner) == [("2023-12", ArchiveState.ARCHIVED)]


@pytest.mark.parametrize("choice", ["", "13", "-1", "<script>"])
def test_what_cannot_be_chosen_is_refused_beside_the_field(alice: Person, choice: str) -> None:
    answer = choose(alice, choice)

    assert answer.status_code == 422
    assert "Choose one from the list." in text_of(answer)
    assert alice.stored_profile().version == 1


def test_a_choice_made_elsewhere_meanwhile_is_shown_and_not_overwritten(alice: Person) -> None:
    choose(alice, "36")

    answer = choose(alice, "12", version=1)

    assert answer.status_code == 409
    assert "Stored by now: 3 years." in text_of(answer)
    assert '<option value="12" selected' in answer.content.decode()
    assert alice.stored_profile().preferences.keep_months == 36


def test_logging_into_an_archived_month_says_what_to_do(alice: Person, owner: Subject) -> None:
    archive_month(owner, "2024-03")
    page = alice.client.get("/log/?variant=car-petrol-medium&amount=5&unit=km").content.decode()
    (key,) = re.findall(r'name="key" value="([^"]+)"', page)
    form = {"key": key, "variant": "car-petrol-medium", "amount": "5", "unit": "km", "people": "1"}

    answer = alice.client.post("/log/", form | {"date": "2024-03-20"})

    assert answer.status_code == 409
    assert "March 2024 is in your archive" in text_of(answer)
    assert list(EntryRepository(alice.user_id).iter_month("2024-03")) == []


def test_a_month_that_moves_is_looked_at_again_and_one_that_stopped_can_go_on(
    alice: Person, owner: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_month(owner, "2024-03")
    begin_restore(owner, "2024-03")
    Reporter(alice.user_id, JOB_ID, total=3).step("Archiving January 2024")

    part = alice.client.get(URL, headers=HTMX)

    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "<h1" not in part.content.decode()
    assert "March 2024 On its way back: 0%" in text_of(part)
    assert "Archiving January 2024 0%" in text_of(part)
    listed = text_of(alice.client.get("/entries/?period=2024-03"))
    assert "On its way back" in listed

    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * SILENCE)
    stopped = alice.client.get(URL)
    assert "every 2s" not in stopped.content.decode()
    assert "Archiving has stopped." in text_of(stopped)
    assert "Go on restoring March 2024" in text_of(stopped)
    alice.client.post(URL, {"go_on": "1"})  # which also brings back what was coming
    assert states(owner) == [("2024-03", ArchiveState.RESTORED)]
    assert "has stopped" not in text_of(alice.client.get(URL))


def test_pages_cost_the_same_whatever_is_archived(alice: Person, acme: Organization, owner: Subject) -> None:
    counts = []
    for months in ((), MONTHS):
        for month in months:
            archive_month(owner, month)
        with count_requests() as meter:
            alice.client.get(URL)
        counts.append([request.operation for request in meter.requests])
        with count_requests() as meter:
            alice.client.get(OURS)
        counts.append([request.operation for request in meter.requests])

    assert counts[0] == counts[2] == ["get_item", "query", "get_item"]
    assert counts[1] == counts[3] == ["get_item", "query", "query", "get_item"]


def test_work_is_archived_by_an_administrator_and_figures_of_few_stay_hidden(
    acme: Organization, alice: Person, bob: Person
) -> None:
    log_by(3, "2024-03")
    log_by(1, "2024-01")
    work: dict[str, Any] = {"user_id": bob.user_id, "organization_id": acme.id}
    record_entries(bob.user_id, [make_entry(91, **work), make_entry(92, **work)])
    close_month("2024-03")

    answer = choose(alice, "12", url=OURS)

    assert answer.status_code == 302
    page = text_of(alice.client.get(OURS))
    assert "March 2024 5 work entries" in page
    assert "January 2024 Fewer than 3 people logged · archived on" in page
    months = text_of(alice.client.get("/organization/months/?before=2024-12"))
    assert "March 2024 Closed Archived 5 work entries" in months
    listed = text_of(bob.client.get("/entries/"))
    assert "2 work entries in the archive of your organization: its administrators can restore them" in listed
    assert "Restore March" not in listed
    trail = text_of(alice.client.get("/organization/audit/"))
    assert "Work entries of March 2024 were archived." in trail
    assert bob.client.get(OURS).status_code == 403

    alice.client.post(f"{OURS}2024-03/restore/")

    assert (
        "Archived"
        not in text_of(alice.client.get("/organization/months/?before=2024-12")).split("February 2024")[0]
    )
    assert len(list(EntryRepository(bob.user_id).iter_month("2024-03"))) == 2
    reopen_month("2024-03")


def test_without_a_place_for_archives_the_page_says_so(alice: Person, settings: Any) -> None:
    settings.ARCHIVE_URL = ""

    assert "This installation keeps everything." in text_of(alice.client.get(URL))
