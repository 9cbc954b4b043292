"""Departments: created, renamed, moved, merged, archived, restored: in two levels, each on record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.domain import Profile, Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import ItemNotFound, count_requests, tables, update_item
from organizations.domain import MOST_DEPARTMENTS, Department, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused, RightsLost
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository
from organizations.services.changes import BEING_DELETED
from organizations.services.departments import (
    archive_department,
    change_department,
    create_department,
    get_department,
    merge_department,
    restore_department,
)
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def actor(acme: Organization, alice: Person) -> Profile:
    return alice.stored_profile()


def by_id(organization: Organization) -> Organization:
    """The same with its departments in one order: they are a map, which has none."""
    departments = sorted(organization.departments, key=lambda each: each.id)
    return replace(organization, departments=tuple(departments))


def stored(organization: Organization) -> Organization:
    return by_id(OrganizationRepository(organization.id).get())


def trail(organization: Organization) -> list[tuple[Any, ...]]:
    return [
        (each.action, each.actor_name, each.about, each.about_id, dict(each.before), dict(each.after))
        for each in AuditRepository(organization_subject(organization.id)).all()
    ]


def with_departments(actor: Profile, *departments: Department) -> Organization:
    """Another organization, administered by the same person, with just these."""
    organization = make_organization("01HS000000000000000000HOOLI", name="Hooli", departments=departments)
    update_item(tables.USERS, {"user_id": actor.user_id}, set={"organization_id": organization.id})
    return organization


def administrator(person: Profile, organization: Organization) -> Profile:
    return replace(person, organization_id=organization.id)


def refusal(of: Any, *arguments: Any, **named: Any) -> tuple[str, str | None]:
    """The sentence and the field of what is refused."""
    with pytest.raises(OrganizationRefused) as refused:
        of(*arguments, **named)
    return refused.value.message, refused.value.field


# -- Creating -----------------------------------------------------------------------------------------------


def test_a_department_is_added_on_the_top_level_or_inside_another(acme: Organization, actor: Profile) -> None:
    before = acme
    acme, legal = create_department(actor, acme, name="Legal", parent_id=None)
    acme, inside = create_department(actor, acme, name="Patents", parent_id=legal.id)

    assert stored(acme) == by_id(acme)
    assert acme.version == 3
    assert {*stored(acme).departments} == {
        *before.departments,
        Department(legal.id, "Legal"),
        Department(inside.id, "Patents", parent_id=legal.id),
    }
    assert trail(acme) == [
        ("department.created", "Alice", "Legal", legal.id, {}, {"name": "Legal"}),
        (
            "department.created",
            "Alice",
            "Legal › Patents",
            inside.id,
            {},
            {"name": "Patents", "inside": "Legal"},
        ),
    ]


def test_an_id_is_eight_characters_that_nobody_mistakes_and_new(
    acme: Organization, actor: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = iter(f"{SALES}7Q2W9X4Z")
    monkeypatch.setattr("organizations.services.departments.secrets.choice", lambda _: next(digits))

    _, department = create_department(actor, acme, name="Legal", parent_id=None)

    assert department.id == "7Q2W9X4Z"
    monkeypatch.undo()
    _, department = create_department(actor, stored(acme), name="Patents", parent_id=None)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", department.id)


@pytest.mark.parametrize("name", ["Sales", "SALES", "sales"])
def test_names_on_one_level_differ_in_more_than_capitals(
    acme: Organization, actor: Profile, name: str
) -> None:
    refused = refusal(create_department, actor, acme, name=name, parent_id=None)

    assert refused == ("There is a department called Sales already.", "name")
    assert stored(acme) == by_id(acme)


def test_the_same_name_may_stand_on_another_level(acme: Organization, actor: Profile) -> None:
    acme, _ = create_department(actor, acme, name="Field", parent_id=None)
    acme, inside = create_department(actor, acme, name="Field", parent_id=ENGINEERING)

    assert acme.department_label(inside.id) == "Engineering › Field"
    refused = refusal(create_department, actor, acme, name="field", parent_id=SALES)
    assert refused == ("There is a department called Field inside Sales already.", "name")


def test_the_name_of_an_archived_one_is_free(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, ENGINEERING)

    acme, department = create_department(actor, acme, name="Engineering", parent_id=None)

    assert stored(acme).find_department(department.id) == Department(department.id, "Engineering")


@pytest.mark.parametrize("parent_id", [FIELD, "N0NESUCH", ""])
def test_there_are_two_levels_and_only_what_exists(
    acme: Organization, actor: Profile, parent_id: str
) -> None:
    refused = refusal(create_department, actor, acme, name="Deep", parent_id=parent_id)

    assert refused == ("Choose an open department of the top level.", "parent")


def test_nothing_is_added_inside_an_archived_one(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, ENGINEERING)

    refused = refusal(create_department, actor, acme, name="New", parent_id=ENGINEERING)

    assert refused == ("Choose an open department of the top level.", "parent")


def test_there_is_an_end_to_departments(actor: Profile) -> None:
    many = [Department(f"D{number:07}", f"Department {number}") for number in range(MOST_DEPARTMENTS)]
    hooli = with_departments(actor, *many)

    message, field = refusal(
        create_department, administrator(actor, hooli), hooli, name="One more", parent_id=None
    )

    assert (message.split(" departments")[0], field) == ("An organization has at most 200", None)


# -- Renaming and moving ------------------------------------------------------------------------------------


def test_renaming_and_moving_are_one_change(acme: Organization, actor: Profile) -> None:
    acme = change_department(
        actor, acme, FIELD, name="Site", parent_id=ENGINEERING, seen_version=acme.version
    )

    assert stored(acme) == by_id(acme)
    assert acme.find_department(FIELD) == Department(FIELD, "Site", parent_id=ENGINEERING)
    assert trail(acme) == [
        (
            "department.changed",
            "Alice",
            "Sales › Field",
            FIELD,
            {"name": "Field", "inside": "Sales"},
            {"name": "Site", "inside": "Engineering"},
        )
    ]


def test_the_trail_holds_only_what_changed(acme: Organization, actor: Profile) -> None:
    acme = change_department(actor, acme, FIELD, name="FIELD", parent_id=SALES, seen_version=1)
    acme = change_department(actor, acme, FIELD, name="FIELD", parent_id=None, seen_version=2)

    assert [record[4:] for record in trail(acme)] == [
        ({"name": "Field"}, {"name": "FIELD"}),
        ({"inside": "Sales"}, {"inside": ""}),
    ]


def test_saving_what_is_stored_writes_nothing(acme: Organization, actor: Profile) -> None:
    with count_requests() as meter:
        change_department(actor, acme, FIELD, name="Field", parent_id=SALES, seen_version=1)

    assert meter.count == 0


def test_one_with_departments_inside_stays_on_the_top_level(acme: Organization, actor: Profile) -> None:
    sentence = "It has departments inside it, archived ones included, so it stays on the top level."
    acme = archive_department(actor, acme, FIELD)

    refused = refusal(
        change_department, actor, acme, SALES, name="Sales", parent_id=ENGINEERING, seen_version=2
    )

    assert refused == (sentence, "parent")


def test_none_is_inside_itself(acme: Organization, actor: Profile) -> None:
    refused = refusal(
        change_department, actor, acme, ENGINEERING, name="E", parent_id=ENGINEERING, seen_version=1
    )

    assert refused == ("Choose an open department of the top level.", "parent")


def test_a_move_into_a_level_where_the_name_is_taken_is_refused(acme: Organization, actor: Profile) -> None:
    acme, other = create_department(actor, acme, name="Field", parent_id=None)

    refused = refusal(
        change_department, actor, acme, other.id, name="Field", parent_id=SALES, seen_version=acme.version
    )

    assert refused == ("There is a department called Field inside Sales already.", "name")


def test_an_archived_one_is_restored_before_it_is_renamed(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, FIELD)

    refused = refusal(change_department, actor, acme, FIELD, name="X", parent_id=SALES, seen_version=2)

    assert refused == ("It is archived. Restore it first.", None)


# -- Merging ------------------------------------------------------------------------------------------------


def test_a_merged_department_points_to_the_other_and_keeps_its_members(
    acme: Organization, actor: Profile, bob: Person
) -> None:
    join(bob.user_id, acme.id, department_id=FIELD)
    acme = stored(acme)

    acme = merge_department(actor, acme, FIELD, into_id=ENGINEERING, seen_version=acme.version)

    assert stored(acme) == by_id(acme)
    assert acme.find_department(FIELD) == Department(
        FIELD, "Field", parent_id=SALES, merged_into=ENGINEERING, members=1
    )
    assert acme.effective_department(FIELD) == Department(ENGINEERING, "Engineering")
    assert (acme.members_of(ENGINEERING), acme.members_of(SALES)) == (1, 1)
    assert trail(acme) == [
        (
            "department.merged",
            "Alice",
            "Sales › Field",
            FIELD,
            {"state": "open"},
            {"state": "merged", "into": "Engineering", "into_id": ENGINEERING},
        )
    ]


def test_what_is_inside_comes_along(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, FIELD)

    acme = merge_department(actor, acme, SALES, into_id=ENGINEERING, seen_version=acme.version)

    assert stored(acme) == by_id(acme)
    assert acme.department_label(FIELD) == "Engineering › Field"
    assert [each.id for each in acme.children(ENGINEERING)] == [FIELD]
    assert trail(acme)[-1][5] == {
        "state": "merged",
        "into": "Engineering",
        "into_id": ENGINEERING,
        "moved_with_it": ["Field"],
    }


def test_merging_twice_makes_a_chain_that_ends_in_the_last(acme: Organization, actor: Profile) -> None:
    acme, last = create_department(actor, acme, name="Last", parent_id=None)
    acme = merge_department(actor, acme, FIELD, into_id=ENGINEERING, seen_version=acme.version)
    acme = merge_department(actor, acme, ENGINEERING, into_id=last.id, seen_version=acme.version)

    assert acme.effective_department(FIELD) == last
    assert acme.merged_ids(last.id) == {FIELD, ENGINEERING, last.id}
    assert acme.managed_ids([FIELD]) == frozenset({FIELD, ENGINEERING, last.id})


def test_a_child_merges_into_its_parent_but_not_the_other_way(acme: Organization, actor: Profile) -> None:
    refused = refusal(merge_department, actor, acme, SALES, into_id=FIELD, seen_version=1)
    assert refused == (
        "Sales has departments inside it, which would come along, and Field is inside another itself. "
        "Move Field to the top level first.",
        "into",
    )

    acme = merge_department(actor, acme, FIELD, into_id=SALES, seen_version=1)

    assert acme.effective_department(FIELD) == acme.find_department(SALES)


def test_an_archived_one_can_go_up_in_another(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, ENGINEERING)

    acme = merge_department(actor, acme, ENGINEERING, into_id=FIELD, seen_version=2)

    assert acme.department_label(ENGINEERING) == "Sales › Field"
    assert trail(acme)[-1][4] == {"state": "archived"}


@pytest.mark.parametrize("into_id", [SALES, "N0NESUCH", ENGINEERING])
def test_only_another_open_one_takes_a_department(acme: Organization, actor: Profile, into_id: str) -> None:
    acme = archive_department(actor, acme, ENGINEERING)

    refused = refusal(merge_department, actor, acme, SALES, into_id=into_id, seen_version=2)

    assert refused == ("Choose another department that is open.", "into")
    assert stored(acme) == by_id(acme)


def test_children_of_one_name_are_not_brought_together(acme: Organization, actor: Profile) -> None:
    acme, _ = create_department(actor, acme, name="FIELD", parent_id=ENGINEERING)

    refused = refusal(merge_department, actor, acme, SALES, into_id=ENGINEERING, seen_version=2)

    assert refused == (
        "There is a department called FIELD inside Engineering already. Rename one of the two first.",
        None,
    )


def test_a_merged_department_is_not_there_any_more(acme: Organization, actor: Profile) -> None:
    acme = merge_department(actor, acme, FIELD, into_id=SALES, seen_version=1)

    for gone in (FIELD, "N0NESUCH"):
        with pytest.raises(ItemNotFound):
            get_department(acme, gone)
    with pytest.raises(ItemNotFound):
        restore_department(actor, acme, FIELD)


# -- Archiving ----------------------------------------------------------------------------------------------


def test_archiving_and_restoring(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, FIELD)
    assert stored(acme).find_department(FIELD) == Department(FIELD, "Field", parent_id=SALES, archived_at=NOW)
    assert archive_department(actor, acme, FIELD) == acme

    acme = restore_department(actor, acme, FIELD)
    assert stored(acme).find_department(FIELD) == Department(FIELD, "Field", parent_id=SALES)
    assert restore_department(actor, acme, FIELD) == acme

    assert trail(acme) == [
        ("department.archived", "Alice", "Sales › Field", FIELD, {"state": "open"}, {"state": "archived"}),
        ("department.restored", "Alice", "Sales › Field", FIELD, {"state": "archived"}, {"state": "open"}),
    ]


def test_one_with_open_departments_inside_is_not_archived(acme: Organization, actor: Profile) -> None:
    assert refusal(archive_department, actor, acme, SALES) == (
        "Sales has open departments inside it: Field. Archive, merge or move them first.",
        None,
    )

    acme = archive_department(actor, archive_department(actor, acme, FIELD), SALES)

    assert refusal(restore_department, actor, acme, FIELD) == (
        "Field is inside Sales, which is archived. Restore Sales first.",
        None,
    )


def test_one_whose_name_was_given_away_is_not_restored(acme: Organization, actor: Profile) -> None:
    acme = archive_department(actor, acme, ENGINEERING)
    acme, _ = create_department(actor, acme, name="engineering", parent_id=None)

    assert refusal(restore_department, actor, acme, ENGINEERING) == (
        "There is a department called engineering already. Rename one of the two first.",
        None,
    )


# -- At the same moment -------------------------------------------------------------------------------------


def changes(actor: Profile, seen: Organization) -> dict[str, Any]:
    """Every change there is, from the same state."""
    return {
        "create": lambda: create_department(actor, seen, name="Legal", parent_id=None),
        "change": lambda: change_department(
            actor, seen, FIELD, name="Site", parent_id=SALES, seen_version=seen.version
        ),
        "merge": lambda: merge_department(actor, seen, FIELD, into_id=SALES, seen_version=seen.version),
        "archive": lambda: archive_department(actor, seen, FIELD),
    }


@pytest.mark.parametrize("kind", ["create", "change", "merge", "archive"])
def test_of_two_administrators_at_once_one_is_told(
    acme: Organization, actor: Profile, bob: Person, kind: str
) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN)
    seen = stored(acme)
    create_department(bob.stored_profile(), seen, name="His", parent_id=None)
    theirs = stored(acme)

    with pytest.raises(OrganizationConflict) as refused:
        changes(actor, seen)[kind]()

    assert refused.value.sentence == CHANGED_MEANWHILE
    assert stored(acme) == theirs
    assert [record[1] for record in trail(acme)] == ["Bob"]


@pytest.mark.parametrize("kind", ["create", "change", "merge", "archive"])
def test_who_was_demoted_in_the_same_moment_changes_nothing(
    acme: Organization, actor: Profile, kind: str
) -> None:
    update_item(
        tables.USERS,
        {"user_id": actor.user_id},
        set={"managed_departments": [SALES], "membership_version": actor.membership_version + 1},
    )

    with pytest.raises(RightsLost):
        changes(actor, acme)[kind]()

    assert stored(acme) == by_id(acme)
    assert trail(acme) == []


@pytest.mark.parametrize("kind", ["create", "change", "merge", "archive"])
def test_nothing_changes_in_an_organization_that_is_being_deleted(
    acme: Organization, actor: Profile, kind: str
) -> None:
    with pytest.raises(OrganizationConflict) as refused:
        changes(actor, replace(acme, deleting_at=NOW))[kind]()

    assert refused.value.sentence == BEING_DELETED
    assert stored(acme) == by_id(acme)


def test_an_older_form_is_refused_before_anything_is_asked(acme: Organization, actor: Profile) -> None:
    with count_requests() as meter, pytest.raises(OrganizationConflict):
        merge_department(actor, acme, FIELD, into_id=SALES, seen_version=acme.version - 1)

    assert meter.count == 0


def test_a_change_is_one_request_of_three_writes(acme: Organization, actor: Profile) -> None:
    with count_requests() as meter:
        archive_department(actor, acme, FIELD)

    assert [request.operation for request in meter.requests] == ["transact_write_items"]
