"""An organization's own factor is for its work entries, from its day on, and for nobody and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import count_requests, iter_scan
from carbontrack.dynamodb.errors import Unavailable
from carbontrack.dynamodb.tables import FACTORS
from emissions.domain.entries import Entry
from emissions.domain.publications import Publication
from emissions.domain.recalculation import Sums
from emissions.domain.totals import Subject
from emissions.explanation import explain_entry
from emissions.factors import catalog, catalog_for
from emissions.imports.columns import Columns
from emissions.repositories.entries import EntryRepository
from emissions.repositories.publications import PublicationRepository
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import edit_entry, record_entry
from emissions.services.publishing.errors import FormUsed, PublicationRefused
from emissions.services.publishing.own import (
    OwnDraft,
    OwnFactor,
    find_own,
    own_factors,
    remove_all,
    set_own,
    withdraw_own,
)
from emissions.services.recalculation.newer import Whose
from organizations.domain import Organization
from organizations.errors import OrganizationConflict, RightsLost
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.recalculation.test_recalculation import apply, check
from tests.emissions.services.working import counted, totals_of
from tests.factories import NOW, entry_id_of, make_draft
from tests.fixtures.factors import GRID, publish_edition, row
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import join
from tests.fixtures.people import Person

pytestmark = pytest.mark.usefixtures("published_factors")
OWN_KG = Decimal("0.05")
DAY = "2026-03-05T08:00"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def now_of(acme: Organization) -> Organization:
    return OrganizationRepository(acme.id).get()


def tariff(
    alice: Person, acme: Organization, number: int = 1, *, replaces: Publication | None = None, **changes: Any
) -> Publication:
    values: dict[str, Any] = {"source": "Green tariff", "valid_from": date(2026, 1, 1)} | changes
    values.setdefault("kg_co2e_per_unit", OWN_KG)
    organization = now_of(acme)
    return set_own(
        alice.stored_profile(),
        organization,
        OwnDraft(GRID, **values),
        publication_id=f"01HS000000000000000000000{number}",
        seen_version=organization.version,
        replaces=replaces,
    )


def electricity(acme: Organization | None, day: str = DAY, **changes: Any) -> EntryDraft:
    work = None if acme is None else Work(acme.id)
    values = {"variant": "electricity", "unit": "kwh", "amount": Decimal(100), "work": work}
    return make_draft(day, **(values | changes))


def log(person: Person, draft: EntryDraft, number: int = 1) -> Entry:
    return record_entry(person.stored_profile(), draft, entry_id=entry_id_of(number)).entry


def test_it_is_for_work_entries_of_its_days_and_nothing_else(
    alice: Person, charlie: Person, acme: Organization, globex: Organization
) -> None:
    theirs = log(alice, electricity(None), 1)
    tariff(alice, acme, valid_to=date(2026, 6, 30))

    work = log(alice, electricity(acme), 2)
    assert (work.co2_emissions, work.factor.source, work.factor.year) == (100 * OWN_KG, "Green tariff", 2026)
    assert explain_entry(work).how_found.startswith("It is your organization's own figure")
    elsewhere = [
        log(alice, electricity(None, "2026-03-05T09:00"), 3),
        log(alice, electricity(acme, "2025-12-31T09:00"), 4),
        log(charlie, electricity(globex), 5),
    ]
    assert [entry.factor.source_id.startswith("own-") for entry in elsewhere] == [False] * 3
    assert elsewhere[0].co2_emissions == theirs.co2_emissions
    subject = Subject.organization(acme.id)
    entries = [*EntryRepository(alice.user_id).iter_stored()]
    assert totals_of(subject) == counted(entries, subject)


def test_every_change_moves_the_version_and_is_in_the_trail_of_the_organization(
    alice: Person, acme: Organization
) -> None:
    first = tariff(alice, acme)
    second = tariff(alice, acme, 2, replaces=first, kg_co2e_per_unit=Decimal("0.06"))
    withdraw_own(alice.stored_profile(), now_of(acme), OwnFactor(second, row(kg="0.06")))

    assert now_of(acme).factors_version == 3
    assert catalog_for(now_of(acme)).in_force(GRID, date(2026, 3, 5)) == catalog().in_force(
        GRID, date(2026, 3, 5)
    )
    trail = list(AuditRepository(organization_subject(acme.id)).all())
    assert sorted(each.action for each in trail) == [
        "factors.corrected",
        "factors.published",
        "factors.withdrawn",
    ]
    (corrected,) = [each for each in trail if each.action == "factors.corrected"]
    assert corrected.before["kg_co2e_per_unit"] == OWN_KG
    assert corrected.after["kg_co2e_per_unit"] == Decimal("0.06")
    standing, over = own_factors(acme.id)
    assert (standing, [each.publication.reason for each in over]) == ([], ["Withdrawn", "Replaced"])


def test_once_at_hand_it_costs_no_request(alice: Person, acme: Organization) -> None:
    tariff(alice, acme)
    organization = now_of(acme)

    with count_requests() as first:
        catalog_for(organization)
    with count_requests() as second:
        catalog_for(organization)

    assert [request.operation for request in first.requests][-2:] == ["query", "batch_get_item"]
    assert [request.operation for request in second.requests] == ["get_item"]  # the platform's version


def test_the_same_form_twice_sets_one_and_the_same_day_is_refused(alice: Person, acme: Organization) -> None:
    first = tariff(alice, acme)

    assert tariff(alice, acme) == first
    with pytest.raises(PublicationRefused, match="that very day"):
        tariff(alice, acme, 2)
    assert now_of(acme).factors_version == 1


def test_who_does_not_administer_the_organization_sets_nothing(
    alice: Person, bob: Person, acme: Organization
) -> None:
    with pytest.raises(RightsLost):
        tariff(bob, acme)
    with pytest.raises(OrganizationConflict):
        set_own(
            alice.stored_profile(),
            replace(acme, version=99),
            OwnDraft(GRID, OWN_KG, "Tariff", date(2026, 1, 1)),
            publication_id="01HS0000000000000000000001",
            seen_version=99,
        )

    assert (now_of(acme).factors_version, PublicationRepository(acme.id).all()) == (0, [])


def test_an_entry_that_moves_between_life_and_work_is_worked_out_for_where_it_counts(
    alice: Person, acme: Organization
) -> None:
    tariff(alice, acme)
    personal = log(alice, electricity(None))
    profile = alice.stored_profile()

    to_work = edit_entry(profile, personal.key, electricity(acme), version=1).entry
    assert to_work.co2_emissions == 100 * OWN_KG
    back = edit_entry(profile, personal.key, electricity(None), version=2).entry
    assert (back.co2_emissions, back.factor) == (personal.co2_emissions, personal.factor)


def test_another_amount_keeps_the_figure_that_the_entry_is_frozen_with(
    alice: Person, acme: Organization
) -> None:
    entry = log(alice, electricity(acme))
    tariff(alice, acme)

    edited = edit_entry(
        alice.stored_profile(), entry.key, electricity(acme, amount=Decimal(200)), version=1
    ).entry

    assert edited.factor == entry.factor
    assert edited.co2_emissions == 2 * entry.co2_emissions


def test_a_recalculation_follows_it_for_work_entries_alone(alice: Person, acme: Organization) -> None:
    work = log(alice, electricity(acme), 1)
    log(alice, electricity(None, "2026-03-05T09:00"), 2)
    publication = tariff(alice, acme)
    whose = Whose(acme.id, is_organization=True)

    assert check(alice, Whose(alice.user_id)).found == Sums()
    found = check(alice, whose)
    assert found.found == Sums(1, work.co2_emissions, 100 * OWN_KG)
    assert apply(alice, whose, found.id).applied == found.found

    withdraw_own(alice.stored_profile(), now_of(acme), find_own(acme.id, publication.id))
    back = check(alice, whose)
    assert back.found == Sums(1, 100 * OWN_KG, work.co2_emissions)


def test_it_goes_before_what_is_published_for_everybody_later(
    alice: Person, grace: Person, acme: Organization
) -> None:
    tariff(alice, acme)
    publish_edition(grace, row(kg="0.4"), valid_from=date(2026, 2, 1))

    assert log(alice, electricity(acme), 1).co2_emissions == 100 * OWN_KG
    assert log(alice, electricity(None, "2026-03-05T09:00"), 2).co2_emissions == 40


def test_an_import_for_work_and_one_for_life_use_their_own(alice: Person, acme: Organization) -> None:
    from emissions.imports.rows import RowReader
    from emissions.services.work import factors_for

    tariff(alice, acme)
    work = Work(acme.id)
    for place, expected in ((work, True), (None, False)):
        reader = RowReader(
            alice.stored_profile(),
            Columns({}),
            import_id="I",
            work=place,
            factors=factors_for(place, None),
        )
        pattern = reader._patterns.find(electricity(None, work=place), "")
        assert pattern.factor.source_id.startswith("own-") is expected


def test_when_the_organization_ends_nothing_of_its_factors_is_left(alice: Person, acme: Organization) -> None:
    first = tariff(alice, acme)
    tariff(alice, acme, 2, replaces=first, kg_co2e_per_unit=Decimal("0.06"))

    remove_all(acme.id)
    remove_all(acme.id)

    assert PublicationRepository(acme.id).all() == []


def test_an_administrator_of_a_department_is_not_asked(
    alice: Person, charlie: Person, acme: Organization
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=["SALES001"])

    for url in ("/organization/factors/", "/organization/factors/new/"):
        assert charlie.client.get(url).status_code == 403


def test_a_form_that_comes_again_with_another_figure_is_refused_and_one_that_fails_leaves_nothing(
    alice: Person, acme: Organization, faults: Faults
) -> None:
    faults.fail("TransactWriteItems", times=ALWAYS)
    with pytest.raises(Unavailable):
        tariff(alice, acme)
    faults.heal()
    assert list(iter_scan(FACTORS)) == []

    first = tariff(alice, acme)
    with pytest.raises(FormUsed):
        tariff(alice, acme, kg_co2e_per_unit=Decimal("0.06"))
    withdraw_own(alice.stored_profile(), now_of(acme), find_own(acme.id, first.id))
    with pytest.raises(FormUsed):
        tariff(alice, acme)
