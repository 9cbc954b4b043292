"""An edition is in force for nobody until all of it is published, and for nobody once it is withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, AuditRepository
from carbontrack.dynamodb import WriteTransaction, count_requests, delete_item, update_item
from carbontrack.dynamodb.tables import FACTORS
from emissions.domain.publications import PLATFORM, Publication, PublicationState
from emissions.explanation import explain_entry
from emissions.factors import catalog, current
from emissions.factors.differences import Kind
from emissions.forms import EntryForm
from emissions.imports.activities import find_activity
from emissions.repositories.publications import (
    PublicationChanged,
    PublicationIncomplete,
    PublicationRepository,
)
from emissions.services.entries import edit_entry, record_entry
from emissions.services.publishing import deciding
from emissions.services.publishing.deciding import effect_of, publish, withdraw
from emissions.services.publishing.errors import PublicationRefused
from emissions.services.publishing.uploading import EditionDraft, discard, upload
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.factors import (
    DAY,
    GRID,
    GRID_KG,
    draft_edition,
    log,
    publish_edition,
    row,
    stored_edition,
)
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.people import Person

pytestmark = pytest.mark.usefixtures("published_factors")
NEW = "energy.electricity.grid-hydro.gb"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def kg(on: date = DAY) -> Decimal:
    factor = catalog().in_force(GRID, on)
    assert factor is not None
    return factor.kg_co2e_per_unit


def test_an_edition_is_in_force_once_it_is_published_and_no_more_once_it_is_withdrawn(grace: Person) -> None:
    before = kg()
    draft = draft_edition(grace)
    assert kg() == before

    published = publish(grace.stored_profile(), draft, seen_version=draft.version)
    assert kg() == GRID_KG

    withdraw(grace.stored_profile(), published, reason="A slip", seen_version=published.version)
    assert kg() == before
    stored = stored_edition(draft)
    assert (stored.state, stored.reason) == (PublicationState.WITHDRAWN, "A slip")
    trail = [record.action for record in AuditRepository(PLATFORM_SUBJECT).all()]
    assert sorted(trail) == ["factors.published", "factors.uploaded", "factors.withdrawn"]


def test_another_process_notices_by_one_small_read(grace: Person) -> None:
    assert kg() != GRID_KG
    process = current._current
    current.forget()
    publish_edition(grace)
    current._current = process

    with count_requests() as first:
        assert kg() == GRID_KG
    with count_requests() as later:
        assert kg() == GRID_KG

    assert first.count > 1
    assert [request.operation for request in later.requests] == ["get_item"]


def test_within_half_a_minute_nothing_is_read(grace: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.FACTORS_REFRESH_SECONDS", 30)
    kg()

    with count_requests() as meter:
        kg()
    assert meter.count == 0


def test_an_edition_for_a_later_day_waits_for_it(grace: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kg()
    publish_edition(grace, publish_on=NOW.date() + timedelta(days=3))
    assert kg() == before

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2, hours=11))
    assert kg() == before
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=3))
    assert kg() == GRID_KG


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_never_half_an_edition(damage: str, grace: Person, capsys: pytest.CaptureFixture[str]) -> None:
    """One of two factors is not what was uploaded: neither of them counts, and what was in force goes on."""
    before = kg()
    draft = draft_edition(grace, row(), row(NEW, "0.01"))
    key = {"factor_id": NEW, "valid_from": f"2026-01-01#{draft.id}"}
    if damage == "gone":
        delete_item(FACTORS, key)
    else:
        update_item(FACTORS, key, set={"kg_co2e_per_unit": Decimal("0.02")})

    with pytest.raises(PublicationIncomplete):
        publish(grace.stored_profile(), draft, seen_version=draft.version)
    forced = replace(draft, state=PublicationState.PUBLISHED, published_at=NOW)
    current.forget()
    _force(forced)

    assert (kg(), catalog().editions(NEW)) == (before, ())


def _force(published: Publication) -> None:
    """Publish without looking."""
    repository = PublicationRepository(PLATFORM)
    with WriteTransaction() as transaction:
        repository.replace(published, seen_version=published.version, transaction=transaction)
        manifest = repository.manifest().with_publication(published.id)
        repository.save_manifest(manifest, transaction=transaction)


def test_while_the_store_does_not_answer_what_was_in_force_stays(grace: Person, faults: Faults) -> None:
    publish_edition(grace)
    assert kg() == GRID_KG

    faults.fail("GetItem", times=ALWAYS)

    assert kg() == GRID_KG


def test_two_people_publish_one_after_the_other_and_only_one_wins_at_once(grace: Person) -> None:
    draft = draft_edition(grace)
    publish(grace.stored_profile(), draft, seen_version=draft.version)

    with pytest.raises(PublicationChanged):
        publish(grace.stored_profile(), draft, seen_version=draft.version)
    with pytest.raises(PublicationRefused):
        publish(grace.stored_profile(), stored_edition(draft), seen_version=draft.version)
    with pytest.raises(PublicationRefused):
        discard(grace.stored_profile(), stored_edition(draft))


def test_a_correction_replaces_the_whole_edition_and_its_withdrawal_brings_it_back(grace: Person) -> None:
    before = kg()
    first = publish_edition(grace, row(), row(NEW, "0.01"))
    correction = draft_edition(grace, row(kg="0.12"), corrects=first)

    kinds = {each.factor_id: each.kind for each in effect_of(correction).differences.all}
    assert kinds == {GRID: Kind.CHANGED, NEW: Kind.MISSING}
    published = publish(grace.stored_profile(), correction, seen_version=correction.version)
    assert (kg(), catalog().editions(NEW)) == (Decimal("0.12"), ())

    withdraw(grace.stored_profile(), published, reason="No", seen_version=published.version)
    assert (kg(), len(catalog().editions(NEW))) == (GRID_KG, 1)
    again = stored_edition(first)
    withdraw(grace.stored_profile(), again, reason="No", seen_version=again.version)
    assert kg() == before


def test_a_correction_of_another_day_is_refused(grace: Person) -> None:
    first = publish_edition(grace)

    with pytest.raises(PublicationRefused, match="same day"):
        draft_edition(grace, corrects=first, valid_from=date(2026, 2, 1))


def test_the_difference_is_against_what_is_in_force_on_the_first_day(grace: Person) -> None:
    before = kg(date(2026, 1, 1))
    rows = (row(kg=before), row("energy.electricity.grid.de", "9", name="Germany"), row(NEW, "0.01"))
    draft = draft_edition(grace, *rows)

    found = {each.factor_id: each for each in effect_of(draft).differences.all}

    assert [found[each.factor_id].kind for each in rows] == [Kind.SAME, Kind.CHANGED, Kind.NEW]
    german = found["energy.electricity.grid.de"]
    assert german.before is not None
    german_kg = german.before.kg_co2e_per_unit
    assert (german.percent, german.is_jump) == ((9 - german_kg) * 100 / german_kg, True)
    publish(grace.stored_profile(), draft, seen_version=draft.version)
    after = {each.factor_id: each.kind for each in effect_of(stored_edition(draft)).differences.all}
    assert after == {factor_id: each.kind for factor_id, each in found.items()}


def test_what_a_publisher_left_out_is_told(grace: Person) -> None:
    publish_edition(grace, row(), row(NEW, "0.01"))
    later = draft_edition(grace, row(), valid_from=date(2026, 6, 1))

    missing = [each.factor_id for each in effect_of(later).differences.matching(kind="missing")]

    assert missing == [NEW]


def test_an_edition_that_no_longer_fits_is_not_published(grace: Person) -> None:
    draft = draft_edition(grace, row(NEW, "0.01"))
    publish_edition(grace, row(NEW, "0.01", unit="kg"))

    with pytest.raises(PublicationRefused, match="Something else was published"):
        publish(grace.stored_profile(), draft, seen_version=draft.version)


def test_a_discarded_draft_leaves_no_factor(grace: Person) -> None:
    draft = draft_edition(grace, row(), row(NEW, "0.01"))

    discard(grace.stored_profile(), draft)

    repository = PublicationRepository(PLATFORM)
    assert repository.find(draft.id) is None
    with pytest.raises(PublicationIncomplete):
        repository.rows(draft)


def test_an_entry_keeps_its_figure_and_its_source_stays_explained_after_withdrawal(
    grace: Person, alice: Person
) -> None:
    old = log(alice, 1)
    published = publish_edition(grace, url="https://example.org/factors")
    new = log(alice, 2)

    assert new.co2_emissions == 100 * GRID_KG
    assert (new.factor.source, new.factor.source_id, new.factor.year) == (
        "Factors 2026",
        published.source_id,
        2026,
    )
    withdraw(grace.stored_profile(), published, reason="A slip", seen_version=published.version)
    current.forget()
    source = explain_entry(new).source
    assert source is not None
    assert (source.publisher, source.url) == ("Ministry", "https://example.org/factors")
    assert old.co2_emissions != new.co2_emissions


def test_an_edition_must_fit_what_is_published_for_a_later_day_or_meanwhile(
    grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    kilos = draft_edition(grace, row(NEW, "0.01", unit="kg"))
    with monkeypatch.context() as meanwhile:
        demand = deciding._demand_fitting

        def be_overtaken(*arguments: Any) -> None:
            demand(*arguments)
            meanwhile.undo()
            publish_edition(grace, row(NEW, "0.01"), publish_on=NOW.date() + timedelta(days=3))

        meanwhile.setattr(deciding, "_demand_fitting", be_overtaken)
        with pytest.raises(PublicationChanged):
            publish(grace.stored_profile(), kilos, seen_version=kilos.version)

    with pytest.raises(PublicationRefused, match="per kWh everywhere"):
        publish(grace.stored_profile(), kilos, seen_version=kilos.version)


def test_a_look_at_what_would_be_touches_nothing_that_other_threads_go_by(grace: Person) -> None:
    publish_edition(grace)
    at_hand = current._current.rows

    effect_of(draft_edition(grace, row(NEW, "0.01")))

    assert current._current.rows is at_hand
    assert len(at_hand) == 1


def test_an_import_knows_a_new_factor_by_its_name_at_once_and_a_withdrawn_one_no_more(grace: Person) -> None:
    assert find_activity("Power of the tides") is None
    published = publish_edition(grace, row(NEW, "0.01", name="Power of the tides"))
    assert find_activity("Power of the tides") == NEW.removesuffix(".gb")

    withdraw(grace.stored_profile(), published, reason="A slip", seen_version=published.version)

    assert find_activity("Power of the tides") is None
    assert find_activity(NEW.removesuffix(".gb")) is None


def test_an_entry_of_a_factor_that_was_withdrawn_can_be_edited_and_stays_what_it_is(
    grace: Person, alice: Person
) -> None:
    published = publish_edition(grace, row(NEW, "0.01"))
    key, profile = NEW.removesuffix(".gb"), alice.stored_profile()
    draft = make_draft(f"{DAY}T08:00", variant=key, unit="kwh", amount=Decimal(100))
    entry = record_entry(profile, draft, entry_id=entry_id_of(1)).entry
    withdraw(grace.stored_profile(), published, reason="A slip", seen_version=published.version)
    said = {"variant": key, "amount": "200", "unit": "kwh", "date": f"{DAY}", "time": "08:00", "people": "1"}

    form = EntryForm(said, profile=profile, entry=entry)

    assert (form.filled_in().is_valid(), form.is_valid()) == (True, True)
    changed = form.draft(time_zone=entry.time_zone, default_time=draft.local_time)
    edited = edit_entry(profile, entry.key, changed, version=1).entry
    assert (edited.factor, edited.co2_emissions) == (entry.factor, 2 * entry.co2_emissions)
    assert EntryForm({**said, "variant": "no such"}, profile=profile, entry=entry).is_valid() is False


def test_the_same_upload_twice_at_once_is_one_draft(grace: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    send = partial(
        upload,
        grace.stored_profile(),
        EditionDraft("Factors 2026", "Ministry", 2026, date(2026, 1, 1)),
        [row()],
        publication_id="01HS0000000000000000000001",
    )
    add_rows = PublicationRepository.add_rows

    def be_overtaken(*arguments: Any) -> None:
        monkeypatch.setattr(PublicationRepository, "add_rows", add_rows)
        send()
        add_rows(*arguments)

    monkeypatch.setattr(PublicationRepository, "add_rows", be_overtaken)

    assert send() == stored_edition(send())
    assert len(PublicationRepository(PLATFORM).all()) == 1
