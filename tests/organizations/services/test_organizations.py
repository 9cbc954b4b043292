"""Founding an organization and changing what it says of itself: all in one transaction, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Profile, Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction, count_requests, get_item, tables, update_item
from organizations.domain import Organization
from organizations.errors import RIGHTS_CHANGED, OrganizationConflict, OrganizationRefused, RightsLost
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository
from organizations.repositories.remains import OrganizationRemains
from organizations.services.changes import BEING_DELETED
from organizations.services.organizations import (
    ALREADY_A_MEMBER,
    FORM_USED,
    PROFILE_CHANGED,
    SYSTEM_ADMINISTRATOR,
    OrganizationDraft,
    change_organization,
    create_organization,
)
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import join, make_organization
from tests.fixtures.people import Person

NOW = datetime(2026, 11, 22, 10, 0, 0, 123, tzinfo=UTC)
NEW_ID = "01JD0000000000000000000NEW"
DRAFT = OrganizationDraft(
    name="Initech",
    country="de",
    sector="manufacturing",
    headcount=40,
    floor_area_m2=Decimal("1250.5"),
    reporting_year_start=4,
    minimum_group=5,
)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def trail(organization_id: str) -> list[tuple[Any, ...]]:
    """The audit records, oldest first, without their ids."""
    return [
        (each.action, each.actor_name, each.about, dict(each.before), dict(each.after), each.at)
        for each in AuditRepository(organization_subject(organization_id)).all()
    ]


# -- Founding -----------------------------------------------------------------------------------------------


def test_the_founder_is_its_only_member_and_administers_it(charlie: Person) -> None:
    founded = create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    expected = Organization(
        id=NEW_ID,
        name="Initech",
        country="de",
        sector="manufacturing",
        headcount=40,
        floor_area_m2=Decimal("1250.5"),
        reporting_year_start=4,
        minimum_group=5,
        created_at=NOW.replace(microsecond=0),
        members=1,
        administrators=1,
    )
    assert founded == expected
    assert OrganizationRepository(NEW_ID).get() == expected
    assert charlie.stored_profile() == replace(
        charlie.profile, organization_id=NEW_ID, role=Role.ORG_ADMIN, membership_version=1
    )
    item = get_item(tables.USERS, {"user_id": charlie.user_id})
    assert item is not None
    assert item["joined_on"] == {"S": "2026-11-22"}


def test_founding_is_in_the_audit_trail_with_all_that_was_said(charlie: Person) -> None:
    create_organization(
        charlie.stored_profile(), replace(DRAFT, sector="", headcount=None), organization_id=NEW_ID
    )

    said = {
        "name": "Initech",
        "country": "de",
        "floor_area_m2": Decimal("1250.5"),
        "reporting_year_start": 4,
        "minimum_group": 5,
    }
    at = NOW.replace(microsecond=0)
    assert trail(NEW_ID) == [("organization.created", "Charlie", "Initech", {}, said, at)]


def test_founding_is_one_read_and_one_write(charlie: Person) -> None:
    profile = charlie.stored_profile()

    with count_requests() as meter:
        create_organization(profile, DRAFT, organization_id=NEW_ID)

    assert [request.operation for request in meter.requests] == ["query", "transact_write_items"]


def test_the_same_form_again_is_the_same_organization_whatever_it_says(charlie: Person) -> None:
    first = create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    again = create_organization(
        charlie.stored_profile(), replace(DRAFT, name="Other"), organization_id=NEW_ID
    )

    assert again == first
    assert len(trail(NEW_ID)) == 1


def test_two_at_once_of_the_same_form_found_one(charlie: Person) -> None:
    before = charlie.stored_profile()

    first = create_organization(before, DRAFT, organization_id=NEW_ID)
    second = create_organization(before, replace(DRAFT, name="Other"), organization_id=NEW_ID)

    assert second == first
    assert charlie.stored_profile().membership_version == 1
    assert len(trail(NEW_ID)) == 1


def test_two_at_once_of_different_forms_found_one_and_say_so(charlie: Person) -> None:
    before = charlie.stored_profile()
    create_organization(before, DRAFT, organization_id=NEW_ID)

    with pytest.raises(OrganizationConflict) as refused:
        create_organization(before, DRAFT, organization_id="01JD000000000000000000ELSE")

    assert refused.value.sentence == PROFILE_CHANGED
    assert OrganizationRepository("01JD000000000000000000ELSE").find() is None
    assert trail("01JD000000000000000000ELSE") == []


def test_a_form_that_was_used_by_somebody_who_left_is_refused(charlie: Person) -> None:
    make_organization(NEW_ID, name="Left behind")

    with pytest.raises(OrganizationConflict) as refused:
        create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    assert refused.value.sentence == FORM_USED
    assert charlie.stored_profile() == charlie.profile
    assert OrganizationRepository(NEW_ID).get().name == "Left behind"


def test_a_form_that_was_used_for_an_organization_that_is_gone_does_not_open_its_trail(
    charlie: Person,
) -> None:
    create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)
    with WriteTransaction() as transaction:
        OrganizationRemains(NEW_ID).remove_organization(transaction=transaction)
    update_item(tables.USERS, {"user_id": charlie.user_id}, remove=["organization_id"])

    with pytest.raises(OrganizationConflict) as refused:
        create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    assert refused.value.sentence == FORM_USED
    assert OrganizationRepository(NEW_ID).find() is None


def test_a_lost_answer_is_found_out(charlie: Person, faults: Faults) -> None:
    faults.lose_reply("TransactWriteItems")

    create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    assert OrganizationRepository(NEW_ID).get().members == 1
    assert len(trail(NEW_ID)) == 1


def test_who_belongs_to_an_organization_leaves_it_first(acme: Organization, bob: Person) -> None:
    with pytest.raises(OrganizationRefused) as refused:
        create_organization(bob.stored_profile(), DRAFT, organization_id=NEW_ID)

    assert (refused.value.message, refused.value.field) == (ALREADY_A_MEMBER, None)
    assert OrganizationRepository(NEW_ID).find() is None
    assert bob.stored_profile().organization_id == acme.id


def test_a_system_administrator_keeps_that_role(charlie: Person) -> None:
    update_item(tables.USERS, {"user_id": charlie.user_id}, set={"role": "admin"})

    with pytest.raises(OrganizationRefused) as refused:
        create_organization(charlie.stored_profile(), DRAFT, organization_id=NEW_ID)

    assert refused.value.message == SYSTEM_ADMINISTRATOR
    assert charlie.stored_profile().role is Role.ADMIN


def by_id(organization: Organization) -> Organization:
    """The same with its departments in one order: they are a map, which has none."""
    departments = sorted(organization.departments, key=lambda each: each.id)
    return replace(organization, departments=tuple(departments))


# -- Changing -----------------------------------------------------------------------------------------------


def changed(organization: Organization, **changes: Any) -> OrganizationDraft:
    return replace(OrganizationDraft.of(organization), **changes)


def test_changes_are_stored_and_the_trail_has_only_what_changed(acme: Organization, alice: Person) -> None:
    saved = change_organization(
        alice.stored_profile(),
        acme,
        changed(acme, name="Acme & Co", headcount=None, floor_area_m2=Decimal(900), minimum_group=4),
        seen_version=acme.version,
    )

    expected = replace(
        acme, name="Acme & Co", headcount=None, floor_area_m2=Decimal(900), minimum_group=4, version=2
    )
    assert saved == expected
    assert by_id(OrganizationRepository(acme.id).get()) == by_id(expected)
    assert trail(acme.id) == [
        (
            "organization.changed",
            "Alice",
            "Acme & Co",
            {"name": "Acme", "headcount": 40, "floor_area_m2": None, "minimum_group": 3},
            {"name": "Acme & Co", "headcount": None, "floor_area_m2": Decimal(900), "minimum_group": 4},
            NOW.replace(microsecond=0),
        )
    ]


def test_changing_leaves_departments_and_counters_alone(acme: Organization, alice: Person) -> None:
    stale_counters = replace(acme, members=77, administrators=0)

    change_organization(
        alice.stored_profile(), stale_counters, changed(acme, name="Acme 2"), seen_version=acme.version
    )

    assert by_id(OrganizationRepository(acme.id).get()) == by_id(replace(acme, name="Acme 2", version=2))


def test_saving_what_is_stored_writes_nothing(acme: Organization, alice: Person) -> None:
    with count_requests() as meter:
        same = change_organization(alice.profile, acme, changed(acme), seen_version=acme.version)

    assert same == acme
    assert meter.count == 0
    assert trail(acme.id) == []


def test_of_two_administrators_at_once_one_is_told(acme: Organization, alice: Person, bob: Person) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN)
    seen = OrganizationRepository(acme.id).get()
    change_organization(alice.stored_profile(), seen, changed(seen, name="Hers"), seen_version=seen.version)

    for organization in (seen, OrganizationRepository(acme.id).get()):
        with pytest.raises(OrganizationConflict) as refused:
            change_organization(
                bob.stored_profile(), organization, changed(seen, name="His"), seen_version=seen.version
            )
        assert refused.value.sentence == CHANGED_MEANWHILE

    assert OrganizationRepository(acme.id).get().name == "Hers"
    assert [record[1] for record in trail(acme.id)] == ["Alice"]


def demoted(person: Person) -> Profile:
    """The profile as it was before somebody took the role away."""
    before = person.stored_profile()
    update_item(
        tables.USERS,
        {"user_id": person.user_id},
        set={"role": "user", "membership_version": before.membership_version + 1},
    )
    return before


def test_who_was_demoted_in_the_same_moment_changes_nothing(acme: Organization, alice: Person) -> None:
    before = demoted(alice)

    with pytest.raises(RightsLost) as refused:
        change_organization(before, acme, changed(acme, name="Mine"), seen_version=acme.version)

    assert refused.value.sentence == RIGHTS_CHANGED
    assert by_id(OrganizationRepository(acme.id).get()) == by_id(acme)
    assert trail(acme.id) == []


def test_an_organization_that_is_being_deleted_stays_as_it_is(acme: Organization, alice: Person) -> None:
    going = replace(acme, deleting_at=NOW)

    with pytest.raises(OrganizationConflict) as refused:
        change_organization(alice.profile, going, changed(acme, name="Mine"), seen_version=acme.version)

    assert refused.value.sentence == BEING_DELETED
    assert ProfileRepository().get(alice.user_id).is_full_organization_admin
