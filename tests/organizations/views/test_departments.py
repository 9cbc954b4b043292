"""The pages of departments, as plain pages and with HTMX."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction, count_requests, tables, update_item
from organizations.domain import Department, Organization
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository
from organizations.services.departments import archive_department, create_department, merge_department
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LIST, NEW = "/organization/departments/", "/organization/departments/new/"
HTMX = {"HX-Request": "true", "HX-Target": "departments"}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def stored(organization: Organization) -> Organization:
    return OrganizationRepository(organization.id).get()


def department(organization: Organization, department_id: str) -> Department | None:
    return stored(organization).find_department(department_id)


def names(organization: Organization) -> list[str]:
    return [stored(organization).department_label(each.id) for each in stored(organization).open_departments]


def actions(organization: Organization) -> list[tuple[str, str]]:
    trail = AuditRepository(organization_subject(organization.id)).all()
    return [(each.action, each.actor_name) for each in trail]


def errors_in(response: Any) -> dict[str, str]:
    found = re.findall(r'id="id_(\w+)_error">(.*?)</p>', response.content.decode())
    return {name: html.unescape(words) for name, words in found}


def edit(department_id: str) -> str:
    return f"{LIST}{department_id}/"


# -- The list -----------------------------------------------------------------------------------------------


def test_the_tree_shows_everybody_for_two_reads(acme: Organization, alice: Person, bob: Person) -> None:
    with count_requests() as meter:
        response = alice.client.get(LIST)

    page = text_of(response)
    assert [request.operation for request in meter.requests] == ["get_item", "query"]
    assert "Engineering 0 members Change Engineering Sales 1 member Change Sales Field 0 members" in page
    assert "1 of 2 members is in no department." in page


def test_members_of_a_merged_department_count_in_the_other(acme: Organization, alice: Person) -> None:
    merge_department(alice.stored_profile(), acme, FIELD, into_id=ENGINEERING, seen_version=acme.version)
    archived = archive_department(alice.stored_profile(), stored(acme), SALES)
    assert archived.members_of(SALES) == 1

    page = text_of(alice.client.get(LIST))

    assert "Engineering 0 members" in page
    assert "Archived and merged (2) Sales 1 member" in page
    assert "Field: merged into Engineering" in page


def test_an_organization_without_departments_is_taught(globex: Organization, charlie: Person) -> None:
    page = text_of(charlie.client.get(LIST))

    assert "No departments yet" in page
    assert "One may be inside another" in page
    assert "Inside optional" not in page


# -- Adding -------------------------------------------------------------------------------------------------


def test_a_department_is_added_for_two_reads_and_one_write(acme: Organization, alice: Person) -> None:
    with count_requests() as meter:
        response = alice.client.post(NEW, {"name": "  Legal ", "parent": SALES})

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert [request.operation for request in meter.requests] == [
        "get_item",
        "query",
        "transact_write_items",
    ]
    assert names(acme) == ["Engineering", "Sales", "Sales › Field", "Sales › Legal"]
    assert "Sales › Legal is added." in text_of(alice.client.get(LIST))


def test_htmx_gets_the_tree_a_message_and_an_empty_form_to_type_in(acme: Organization, alice: Person) -> None:
    response = alice.client.post(NEW, {"name": "Legal", "parent": ""}, headers=HTMX)

    body = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in body
    assert body.strip().startswith('<div id="departments"')
    assert '<div id="messages" hx-swap-oob="innerHTML">' in body
    assert "Legal is added." in text_of(response)
    [name] = re.findall(r'<input[^>]*name="name"[^>]*>', body)
    assert "autofocus" in name
    assert "value=" not in name


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_refused_name_is_said_beside_it_and_kept(
    acme: Organization, alice: Person, headers: dict[str, str]
) -> None:
    response = alice.client.post(NEW, {"name": "SALES", "parent": ""}, headers=headers)

    assert response.status_code == 422
    assert errors_in(response) == {"name": "There is a department called Sales already."}
    assert 'value="SALES"' in response.content.decode()
    assert stored(acme).version == 1


@pytest.mark.parametrize("parent", [FIELD, "N0NESUCH", "../x"])
def test_a_parent_that_cannot_be_is_said_beside_it(acme: Organization, alice: Person, parent: str) -> None:
    response = alice.client.post(NEW, {"name": "Deep", "parent": parent})

    assert response.status_code == 422
    assert errors_in(response) == {"parent": "Choose an open department from the list."}
    assert stored(acme).version == 1


def test_a_parent_that_is_gone_is_noticed_even_if_none_is_left(globex: Organization, charlie: Person) -> None:
    response = charlie.client.post(NEW, {"name": "Deep", "parent": SALES})

    assert errors_in(response) == {"parent": "Choose an open department from the list."}
    assert stored(globex).departments == ()


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_who_adds_in_the_same_moment_as_another_is_told_and_keeps_the_name(
    acme: Organization, alice: Person, bob: Person, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN)

    def meanwhile(actor: Any, seen: Organization, **named: Any) -> Any:
        create_department(bob.stored_profile(), stored(acme), name="His", parent_id=None)
        return create_department(actor, seen, **named)

    monkeypatch.setattr("organizations.views.departments.create_department", meanwhile)

    response = alice.client.post(NEW, {"name": "Hers", "parent": ""}, headers=headers)

    assert response.status_code == 409
    assert f"{CHANGED_MEANWHILE} Nothing was added." in text_of(response)
    assert 'value="Hers"' in response.content.decode()
    assert "His 0 members" in text_of(response)
    assert response.get("HX-Retarget") == ("#departments" if headers else None)
    assert names(acme) == ["Engineering", "His", "Sales", "Sales › Field"]


def test_probe_05_what_the_form_has_not_changes_nothing(acme: Organization, alice: Person) -> None:
    more = {"id": "MINE0000", "members": "9", "merged_into": SALES, "organization_id": "x", "version": "7"}

    alice.client.post(NEW, {"name": "Legal", "parent": "", **more})

    [made] = [each for each in stored(acme).departments if each.name == "Legal"]
    assert made == Department(made.id, "Legal")
    assert made.id != "MINE0000"
    assert stored(acme).version == 2


# -- Changing -----------------------------------------------------------------------------------------------


def test_a_department_is_renamed_and_moved(acme: Organization, alice: Person) -> None:
    page = alice.client.get(edit(FIELD))
    assert "Sales › Field" in text_of(page)
    assert f'<option value="{SALES}" selected>Sales</option>' in page.content.decode()

    response = alice.client.post(edit(FIELD), {"name": "Site", "parent": ENGINEERING, "seen_version": "1"})

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert department(acme, FIELD) == Department(FIELD, "Site", parent_id=ENGINEERING)


def test_the_second_of_two_administrators_is_told_and_can_save_again(
    acme: Organization, alice: Person, bob: Person
) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN)
    alice.client.post(edit(FIELD), {"name": "Hers", "parent": SALES, "seen_version": "1"})

    response = bob.client.post(edit(FIELD), {"name": "His", "parent": SALES, "seen_version": "1"})

    assert response.status_code == 409
    assert CHANGED_MEANWHILE in text_of(response)
    assert "This department is now “Sales › Hers”" in text_of(response)
    assert 'value="His"' in response.content.decode()
    assert department(acme, FIELD) == Department(FIELD, "Hers", parent_id=SALES)
    [version] = re.findall(r'name="seen_version" value="(\d+)"', response.content.decode())
    bob.client.post(edit(FIELD), {"name": "His", "parent": SALES, "seen_version": version})
    assert department(acme, FIELD) == Department(FIELD, "His", parent_id=SALES)
    assert actions(acme) == [("department.changed", "Alice"), ("department.changed", "Bob")]


def test_one_with_departments_inside_is_not_offered_a_place(acme: Organization, alice: Person) -> None:
    page = alice.client.get(edit(SALES))
    response = alice.client.post(edit(SALES), {"name": "Sales", "parent": ENGINEERING, "seen_version": "1"})

    assert "It has departments inside it, so it stays on the top level." in text_of(page)
    assert 'name="parent"' not in page.content.decode()
    assert errors_in(response) == {"parent": "Choose an open department from the list."}
    assert department(acme, SALES) == Department(SALES, "Sales", members=1)


def test_a_refused_change_is_said_and_kept(acme: Organization, alice: Person) -> None:
    response = alice.client.post(edit(FIELD), {"name": "Sales", "parent": "", "seen_version": "1"})

    assert response.status_code == 422
    assert errors_in(response) == {"name": "There is a department called Sales already."}
    response = alice.client.post(edit(FIELD), {"name": "", "parent": SALES, "seen_version": "1"})
    assert errors_in(response) == {"name": "Give it a name."}


@pytest.mark.parametrize("address", ["", "merge/", "archive/", "restore/"])
def test_probe_02_what_is_not_there_is_404_whosever_it_is(
    acme: Organization, globex: Organization, charlie: Person, address: str
) -> None:
    answers = [
        charlie.client.post(f"{edit(department_id)}{address}", {"name": "Mine", "seen_version": "1"})
        for department_id in (SALES, "N0NESUCH")
    ]

    assert [each.status_code for each in answers] == [404, 404]
    bodies = [re.sub(r"[0-9a-f]{32}", "", each.content.decode()) for each in answers]
    assert bodies[0] == bodies[1]
    assert {*stored(acme).departments} == {*acme.departments}


def test_who_was_demoted_sees_no_form_again(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from organizations.services.departments import change_department

    def meanwhile(actor: Any, seen: Organization, *arguments: Any, **named: Any) -> Any:
        update_item(tables.USERS, {"user_id": alice.user_id}, set={"role": "user", "membership_version": 2})
        return change_department(actor, seen, *arguments, **named)

    monkeypatch.setattr("organizations.views.departments.change_department", meanwhile)

    response = alice.client.post(edit(FIELD), {"name": "X", "parent": SALES, "seen_version": "1"})

    assert response.status_code == 409
    assert "Somebody changed what you may do" in text_of(response)
    assert "Name and place" not in text_of(response)
    assert department(acme, FIELD) == Department(FIELD, "Field", parent_id=SALES)
    assert alice.client.get(edit(FIELD)).status_code == 403


# -- Merging ------------------------------------------------------------------------------------------------


def test_merging_asks_twice_and_names_how_many_it_concerns(acme: Organization, alice: Person) -> None:
    first = alice.client.get(f"{edit(SALES)}merge/")
    assert f'<option value="{ENGINEERING}">Engineering</option>' in first.content.decode()
    assert f'value="{FIELD}"' not in first.content.decode()

    second = alice.client.get(f"{edit(SALES)}merge/?into={ENGINEERING}")

    page = text_of(second)
    assert "Merge Sales into Engineering?" in page
    assert "The 1 member of Sales becomes a member of Engineering, which then has 1." in page
    assert "What is inside Sales moves inside Engineering: Field." in page
    assert "This cannot be undone." in page
    assert stored(acme).version == 1

    response = alice.client.post(f"{edit(SALES)}merge/", {"into": ENGINEERING, "seen_version": "1"})

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert names(acme) == ["Engineering", "Engineering › Field"]
    assert stored(acme).members_of(ENGINEERING) == 1
    assert "Sales is merged into Engineering." in text_of(alice.client.get(LIST))
    assert alice.client.get(edit(SALES)).status_code == 404


def test_merging_what_has_changed_since_is_409(acme: Organization, alice: Person) -> None:
    create_department(alice.stored_profile(), acme, name="Legal", parent_id=None)

    response = alice.client.post(f"{edit(FIELD)}merge/", {"into": SALES, "seen_version": "1"})

    assert response.status_code == 409
    assert CHANGED_MEANWHILE in text_of(response)
    assert department(acme, FIELD) == Department(FIELD, "Field", parent_id=SALES)


@pytest.mark.parametrize("into", ["", SALES, FIELD, "N0NESUCH"])
def test_what_cannot_take_it_is_said(acme: Organization, alice: Person, into: str) -> None:
    response = alice.client.post(f"{edit(SALES)}merge/", {"into": into, "seen_version": "1"})

    assert response.status_code == 422
    assert errors_in(response) == {"into": "Choose an open department from the list."}
    assert alice.client.get(f"{edit(SALES)}merge/?into={into}").status_code == 200
    assert stored(acme).version == 1


def test_children_of_one_name_are_said_above_the_form(acme: Organization, alice: Person) -> None:
    create_department(alice.stored_profile(), acme, name="field", parent_id=ENGINEERING)

    response = alice.client.post(f"{edit(SALES)}merge/", {"into": ENGINEERING, "seen_version": "2"})

    assert response.status_code == 422
    assert "There is a department called field inside Engineering already." in text_of(response)


def test_the_only_department_has_nothing_to_go_up_in(globex: Organization, charlie: Person) -> None:
    _, only = create_department(charlie.stored_profile(), globex, name="Only", parent_id=None)

    page = text_of(charlie.client.get(f"{edit(only.id)}merge/"))

    assert "There is no other open department." in page


# -- Archiving ----------------------------------------------------------------------------------------------


def test_a_department_is_archived_and_restored(acme: Organization, alice: Person) -> None:
    response = alice.client.post(f"{edit(FIELD)}archive/")
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert department(acme, FIELD) == Department(FIELD, "Field", parent_id=SALES, archived_at=NOW)

    page = alice.client.get(edit(FIELD))
    assert "Restore" in text_of(page)
    assert 'name="name"' not in page.content.decode()
    assert alice.client.post(edit(FIELD), {"name": "X", "parent": "", "seen_version": "2"}).status_code == 422

    alice.client.post(f"{edit(FIELD)}restore/")
    assert department(acme, FIELD) == Department(FIELD, "Field", parent_id=SALES)
    assert actions(acme) == [("department.archived", "Alice"), ("department.restored", "Alice")]


def test_what_cannot_be_archived_or_restored_is_said(acme: Organization, alice: Person) -> None:
    response = alice.client.post(f"{edit(SALES)}archive/", follow=True)
    assert "Sales has open departments inside it: Field." in text_of(response)
    assert department(acme, SALES) == Department(SALES, "Sales", members=1)

    for department_id in (FIELD, SALES):
        alice.client.post(f"{edit(department_id)}archive/")
    response = alice.client.post(f"{edit(FIELD)}restore/", follow=True)

    assert "Restore Sales first." in text_of(response)
    assert not stored(acme).open_departments[1:]


# -- An organization that goes ------------------------------------------------------------------------------


def test_the_departments_of_an_organization_that_goes_stay_as_they_are(
    acme: Organization, alice: Person
) -> None:
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).save(
            replace(acme, deleting_at=NOW), seen_version=1, transaction=transaction
        )
    form = {"name": "X", "parent": "", "seen_version": "2", "into": ENGINEERING}

    for address in (LIST, NEW, edit(FIELD), f"{edit(FIELD)}merge/"):
        page = alice.client.get(address)
        assert (page.status_code, "This organization is being deleted." in text_of(page)) == (200, True)
    for address in (NEW, edit(FIELD), f"{edit(FIELD)}merge/", f"{edit(FIELD)}archive/"):
        assert alice.client.post(address, form).status_code == 409
        response = alice.client.post(address, form, headers=HTMX)
        assert (response.status_code, response["HX-Retarget"]) == (409, "#messages")

    assert {*stored(acme).departments} == {*acme.departments}
    assert actions(acme) == []
