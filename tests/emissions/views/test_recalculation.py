"""Factor updates as a page: look, decide, and see what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from carbontrack import clock
from carbontrack.jobs import SILENCE
from emissions.factors import Catalog
from emissions.factors.reading import read_factors
from emissions.repositories.entries import EntryRepository
from emissions.repositories.recalculations import RecalculationRepository
from emissions.services.entries import record_entry
from emissions.services.recalculation import applying, checking
from emissions.services.recalculation.newer import Whose
from organizations.domain import Organization
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/insights/factor-updates/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def newer_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        (replace(factor, kg_co2e_per_unit=factor.kg_co2e_per_unit * 2), published)
        for factor, published in read_factors()
    ]
    corrected = Catalog(rows)
    monkeypatch.setattr(Whose, "factors", lambda whose, organization=None: corrected)


def log(person: Person) -> None:
    record_entry(person.stored_profile(), make_draft("2026-03-05T08:00"), entry_id=entry_id_of(1))


def recalculation_id(owner: str) -> str:
    found = RecalculationRepository(owner).find()
    assert found is not None
    return found.id


def test_look_then_decide_then_see_it_on_the_entry(alice: Person, newer_factors: None) -> None:
    log(alice)

    first = text_of(alice.client.get(URL))
    checked = alice.client.post(URL, {"action": "check"}, follow=True)
    applied = alice.client.post(URL, {"action": "apply", "id": recalculation_id(alice.user_id)}, follow=True)

    (entry,) = EntryRepository(alice.user_id).iter_stored()
    detail = text_of(alice.client.get(f"/entries/{entry.slug}/"))
    assert "Nothing changes by looking." in first
    assert "1 of 1 entries would change" in text_of(checked)
    assert "1 entry has a new version" in text_of(applied)
    assert entry.co2_emissions == entry.former[0].co2_emissions * 2
    assert "Recalculated on 22 November 2026" in detail


def test_without_newer_factors_everything_is_up_to_date(alice: Person) -> None:
    log(alice)

    page = alice.client.post(URL, {"action": "check"}, follow=True)

    assert "1 entry looked at: none has a newer figure for its day." in text_of(page)


def test_an_old_look_cannot_be_applied(alice: Person, newer_factors: None) -> None:
    log(alice)
    alice.client.post(URL, {"action": "check"})
    old = recalculation_id(alice.user_id)
    alice.client.post(URL, {"action": "check"})

    response = alice.client.post(URL, {"action": "apply", "id": old})

    (entry,) = EntryRepository(alice.user_id).iter_stored()
    assert response.status_code == 409
    assert "Look at it again; nothing was changed just now." in text_of(response)
    assert entry.former == ()


def test_what_has_stopped_can_go_on_from_the_page(
    alice: Person, newer_factors: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(alice)
    whose = Whose(alice.user_id)
    begun = checking.request_check(alice.stored_profile(), whose)
    waiting = text_of(alice.client.get(URL))
    monkeypatch.setattr(clock, "now", lambda: NOW + SILENCE + timedelta(seconds=1))
    stopped = text_of(alice.client.get(URL))

    page = alice.client.post(URL, {"action": "resume"}, follow=True)

    assert "Waiting for its turn" in waiting
    assert "It has stopped" in stopped
    assert "1 of 1 entries would change" in text_of(page)
    assert recalculation_id(alice.user_id) == begun.id


def test_a_decision_that_was_never_queued_can_go_on(
    alice: Person, newer_factors: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(alice)
    alice.client.post(URL, {"action": "check"})
    applying.start(alice.stored_profile(), Whose(alice.user_id), recalculation_id(alice.user_id))
    monkeypatch.setattr(clock, "now", lambda: NOW + SILENCE + timedelta(seconds=1))

    stopped = text_of(alice.client.get(URL))
    page = alice.client.post(URL, {"action": "resume"}, follow=True)

    assert "It has stopped" in stopped
    assert "1 entry has a new version" in text_of(page)


def test_an_unknown_action_changes_nothing(alice: Person) -> None:
    page = alice.client.post(URL, {"action": "delete"}, follow=True)

    assert "Nothing was asked for." in text_of(page)
    assert RecalculationRepository(alice.user_id).find() is None


def test_an_organizations_page_is_about_work_entries_only(
    acme: Organization, alice: Person, newer_factors: None
) -> None:
    log(alice)

    page = alice.client.post("/organization/factor-updates/", {"action": "check"}, follow=True)

    assert "All work entries looked at: none has a newer figure" in text_of(page)
    assert Decimal(0) == EntryRepository(alice.user_id).recent(1)[0].version - 1
