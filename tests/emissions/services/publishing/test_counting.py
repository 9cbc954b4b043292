"""How many entries an edition touches, and by how many kg: what a recalculation then does, to the gram."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.domain import Preferences
from carbontrack import clock
from carbontrack.jobs import ProgressRepository
from emissions.domain.publications import PLATFORM, PublicationState
from emissions.domain.recalculation import Sums
from emissions.services.entries import record_entry
from emissions.services.publishing import counting
from emissions.services.publishing.deciding import publish
from emissions.services.publishing.own import OwnDraft, set_own
from emissions.services.recalculation import applying
from emissions.services.recalculation.newer import Whose
from organizations.domain import Organization
from tests.emissions.services.recalculation.test_recalculation import apply, check
from tests.emissions.services.working import close_month, work_draft
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
from tests.fixtures.people import Person, make_person

pytestmark = pytest.mark.usefixtures("published_factors")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def one_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kg of a single person are told, too: to be compared with what is changed."""
    monkeypatch.setattr(counting, "DEFAULT_MINIMUM_GROUP", 1)


@pytest.mark.parametrize(("people", "is_withheld"), [(4, True), (5, False)])
def test_kg_of_fewer_than_five_people_are_neither_told_nor_kept(
    people: int, is_withheld: bool, grace: Person
) -> None:
    for number in range(people):
        log(make_person(f"Person{number}", Preferences(region="gb", time_zone="Europe/London")), number + 1)
    draft = draft_edition(grace)

    counting.count(draft.id)

    affected = stored_edition(draft).affected
    assert affected is not None
    assert (affected.entries, affected.is_withheld) == (people, is_withheld)
    assert (affected.kg_before == affected.kg_after == 0) is is_withheld


def test_the_count_is_what_a_recalculation_then_changes(
    one_is_enough: None, grace: Person, alice: Person, bob: Person, acme: Organization
) -> None:
    """Over everybody's entries, work included; entries of another factor or an earlier day are left out."""
    entries = [log(person, number) for number, person in enumerate((alice, alice, bob), start=1)]
    record_entry(alice.stored_profile(), make_draft(f"{DAY}T09:00"), entry_id=entry_id_of(7))
    early = make_draft("2025-03-05T08:00", variant="electricity", unit="kwh", amount=Decimal(5))
    record_entry(alice.stored_profile(), early, entry_id=entry_id_of(8))
    mine = [entry for entry in entries if entry.factor.id == GRID]
    draft = draft_edition(grace)

    counting.count(draft.id)

    counted = stored_edition(draft)
    affected = counted.affected
    assert affected is not None
    assert (counted.state, affected.entries) == (PublicationState.COUNTED, len(mine))
    assert affected.kg_before == sum(entry.co2_emissions for entry in mine)
    assert affected.kg_after == len(mine) * 100 * GRID_KG
    progress = ProgressRepository(PLATFORM).find(counting.job_id(draft.id))
    assert progress is not None
    assert progress.is_done
    publish(grace.stored_profile(), counted, seen_version=counted.version)
    whose = Whose(alice.user_id)
    found = check(alice, whose)
    assert found.found == Sums(affected.entries, affected.kg_before, affected.kg_after)
    assert apply(alice, whose, found.id).applied == found.found


def test_what_another_edition_changes_is_not_counted_with_this_one(grace: Person, alice: Person) -> None:
    early = make_draft("2025-03-05T08:00", variant="electricity", unit="kwh", amount=Decimal(5))
    record_entry(alice.stored_profile(), early, entry_id=entry_id_of(1))
    publish_edition(grace, row(kg="0.3"), valid_from=date(2025, 3, 1))
    draft = draft_edition(grace)

    counting.count(draft.id)

    affected = stored_edition(draft).affected
    assert affected is not None
    assert (affected.entries, check(alice, Whose(alice.user_id)).found.entries) == (0, 1)


def test_a_recalculation_goes_by_the_factors_that_were_agreed_to(grace: Person, alice: Person) -> None:
    log(alice)
    publish_edition(grace)
    whose = Whose(alice.user_id)
    found = check(alice, whose)
    applying.start(alice.stored_profile(), whose, found.id)
    publish_edition(grace, row(kg="0.3"))
    applying.apply(whose, found.id)

    assert Whose(alice.user_id).factors().fingerprint != found.fingerprint
    assert check(alice, whose).found.entries == 1


def test_a_work_entry_is_counted_with_the_factor_of_its_organization(
    grace: Person, alice: Person, acme: Organization
) -> None:
    """Which goes before the edition, so publishing it changes nothing for them."""
    set_own(
        alice.stored_profile(),
        acme,
        OwnDraft(GRID, Decimal("0.05"), "Green tariff", date(2026, 1, 1)),
        publication_id="01HS0000000000000000000001",
        seen_version=acme.version,
    )
    draft = work_draft(f"{DAY}T08:00", variant="electricity", unit="kwh", amount=Decimal(100))
    record_entry(alice.stored_profile(), draft, entry_id=entry_id_of(1))
    edition = draft_edition(grace)

    counting.count(edition.id)

    affected = stored_edition(edition).affected
    assert affected is not None
    assert affected.entries == 0


def test_closed_months_and_what_a_correction_lacks_are_counted_as_a_recalculation_finds_them(
    one_is_enough: None, grace: Person, alice: Person, acme: Organization
) -> None:
    first = publish_edition(grace)
    for number, day in enumerate(("2026-01-05", "2026-03-05"), start=1):
        draft = work_draft(f"{day}T08:00", variant="electricity", unit="kwh", amount=Decimal(100))
        record_entry(alice.stored_profile(), draft, entry_id=entry_id_of(number))
    log(alice, 3)
    close_month("2026-01")
    lacking = draft_edition(grace, row("energy.electricity.grid-hydro.gb", "0.01"), corrects=first)

    counting.count(lacking.id)

    counted = stored_edition(lacking)
    publish(grace.stored_profile(), counted, seen_version=counted.version)
    found = [
        check(alice, whose).found for whose in (Whose(acme.id, is_organization=True), Whose(alice.user_id))
    ]
    assert [sums.entries for sums in found] == [1, 1]
    assert counted.affected is not None
    assert (counted.affected.entries, counted.affected.kg_before, counted.affected.kg_after) == (
        2,
        sum(sums.kg_before for sums in found),
        sum(sums.kg_after for sums in found),
    )


def test_a_slip_that_makes_an_absurd_figure_of_one_entry_keeps_no_other_from_being_recalculated(
    grace: Person, alice: Person
) -> None:
    log(alice, 1)
    large = make_draft(f"{DAY}T09:00", variant="electricity", unit="kwh", amount=Decimal(10_000))
    record_entry(alice.stored_profile(), large, entry_id=entry_id_of(2))
    draft = draft_edition(grace, row(kg="1000000"))
    counting.count(draft.id)
    counted = stored_edition(draft)
    publish(grace.stored_profile(), counted, seen_version=counted.version)

    found = check(alice, Whose(alice.user_id))

    assert counted.affected is not None
    assert (counted.affected.entries, found.found.entries) == (1, 1)
    assert apply(alice, Whose(alice.user_id), found.id).applied == found.found
